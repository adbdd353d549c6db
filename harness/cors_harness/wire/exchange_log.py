"""ExchangeLog: exchanges by the token of the cell that caused them, until somebody takes them."""

import re
from collections.abc import Sequence
from urllib.parse import quote, urljoin, urlsplit

from cors_harness.terms.headers import REDIRECT_STATUSES, get, may_be_followed
from cors_harness.terms.origin import DEFAULT_PORTS
from cors_harness.terms.role import PAGE
from cors_harness.wire.framing import Message
from cors_harness.wire.http1_exchanges import OpenExchange

STRAYS_KEPT = 100
HostPort = tuple[str, int]  # host as in a URL, port

_TOKEN = re.compile(rb"\S+ [^?\s]*\?(?:\S*?&)??cell=([0-9A-Za-z._-]+)")
_OF_THE_PAGE = re.compile(rb"\S+ (?:https?://[^/\s]+)?//?harness/")
_AS_THEY_ARE = "!#$%&'()*+,/:;=?@[]~"  # what browsers, too, leave alone in a URL


def token_of(request_line: bytes) -> str | None:
    """The cell token in the query of the request target; None where there is none."""
    token = _TOKEN.match(request_line)
    return token[1].decode() if token else None


class ExchangeLog:
    """Every exchange that has a role, in the order in which its request's first byte came.

    Whose a request is, is told in this order: by the cell that its client is bound to; by the token
    in its URL; by a redirect that a cell of the same client was answered, and that leads there.

    Attributes:
        dropped: how many exchanges that belong to no cell were not kept, beyond the first
            STRAYS_KEPT.
    """

    def __init__(self) -> None:
        self._by_token: dict[str, list[OpenExchange]] = {}
        self._tokenless: list[OpenExchange] = []
        self._bound: dict[str, str] = {}  # token by client
        self._doubtful: set[str] = set()
        self.dropped = 0

    def bind(self, client: str, token: str) -> None:
        """Take every request of `client` for one of that cell, until another one is bound."""
        self._bound[client] = token

    def unbind(self, client: str) -> None:
        """The client has gone."""
        self._bound.pop(client, None)

    def token_for(self, head: bytes, origin: str | None, client: str) -> str | None:
        """The token of the cell that a request of `client` belongs to; None: nobody's.

        Args:
            head: of the request.
            origin: that it is sent to, serialized; None: what its Host header names, over http.
            client: as `OpenExchange.client`.
        """
        if client in self._bound:
            return None if _OF_THE_PAGE.match(head) else self._bound[client]
        if token := token_of(head):
            return token
        candidates = self._redirected_to(head, origin, client)
        return candidates[0] if candidates else None

    def add(self, exchange: OpenExchange) -> None:
        """Keep an exchange that has just begun."""
        head, client = exchange.request.head, exchange.client
        if exchange.role is None or (exchange.role == PAGE and _OF_THE_PAGE.match(head)):
            return
        if token := self.token_for(head, exchange.origin, client):
            self._note_doubt(exchange)
            self._by_token.setdefault(token, []).append(exchange)
        elif exchange.role == PAGE:
            return  # such as the page's icon
        elif len(self._tokenless) < STRAYS_KEPT:
            self._tokenless.append(exchange)
        else:
            self.dropped += 1

    def _note_doubt(self, exchange: OpenExchange) -> None:
        """Note the cells one of which has sent it, where that is all that can be known."""
        head, client = exchange.request.head, exchange.client
        if client not in self._bound and token_of(head) is None:
            candidates = self._redirected_to(head, exchange.origin, client)
            self._doubtful.update(candidates if len(candidates) > 1 else ())

    def awaited_scheme(self, address: HostPort, client: str) -> str | None:
        """The scheme of a redirect that leads a cell of `client` to that host and port, if any."""
        urls = (url for _, url in self._redirects(client) if url is not None)
        return next((urlsplit(url).scheme for url in urls if _address(url) == address), None)

    def take(self, tokens: Sequence[str]) -> dict[str, list[OpenExchange]]:
        """Remove and return what each token has so far; what comes later is kept anew."""
        return {token: _in_wire_order(self._by_token.pop(token, [])) for token in tokens}

    def take_doubtful(self, tokens: Sequence[str]) -> list[str]:
        """Those of `tokens` of which an exchange may be missing, or be another cell's; once."""
        doubtful = self._doubtful.intersection(tokens)
        self._doubtful -= doubtful
        return sorted(doubtful)

    def tokens_seen(self, tokens: Sequence[str]) -> list[str]:
        """Those of `tokens` that have something to take."""
        return [token for token in tokens if token in self._by_token]

    def strays(self) -> list[OpenExchange]:
        """Remove and return all that nobody took."""
        strays = [exchange for kept in self._by_token.values() for exchange in kept]
        strays += self._tokenless
        self._by_token, self._tokenless = {}, []
        return _in_wire_order(strays)

    def _redirects(self, client: str) -> list[tuple[str, str | None]]:
        """Cells of `client`, and where a redirect leads each that it has not followed yet."""
        return [
            (token, _location(exchanges))
            for token, exchanges in self._by_token.items()
            if exchanges[-1].client == client
        ]

    def _redirected_to(self, head: bytes, origin: str | None, client: str) -> list[str]:
        """The cells that may have sent a request without a token, the likeliest first."""
        request = Message(head)
        headers = tuple(request.headers)
        host = (get(headers, "Host") or b"").decode("latin-1")
        url = _normal(f"{origin or f'http://{host}'}{request.target.decode('latin-1')}")
        sent = get(headers, "Origin")
        return [
            token
            for token, leads_to in self._redirects(client)
            if leads_to == url and sent in {b"null", None, self._origin_of(token)}
        ]

    def _origin_of(self, token: str) -> bytes | None:
        return get(tuple(self._by_token[token][-1].request.headers), "Origin")


def _in_wire_order(exchanges: list[OpenExchange]) -> list[OpenExchange]:
    return sorted(exchanges, key=lambda exchange: exchange.request.began)


def _location(exchanges: list[OpenExchange]) -> str | None:
    """Where the last redirect leads, if a browser may follow it and has not yet; else None."""
    for exchange in reversed(exchanges):
        response = exchange.response
        if response is not None and response.status in REDIRECT_STATUSES:
            headers = tuple(response.headers)
            location = get(headers, "Location")
            is_followed = may_be_followed(tuple(exchange.request.headers), headers)
            return _resolved(exchange, location) if location and is_followed else None
        if exchange.request.method != b"OPTIONS":
            return None
    return None


def _resolved(exchange: OpenExchange, location: bytes) -> str | None:
    request = exchange.request
    host = (get(tuple(request.headers), "Host") or b"").decode("latin-1")
    origin = exchange.origin or f"http://{host}"
    try:
        url = urljoin(origin + request.target.decode("latin-1"), location.decode("latin-1"))
        return _normal(url)
    except ValueError:  # no URL
        return None


def _normal(url: str) -> str:
    """`url` without its fragment, its scheme's own port and what differs in spelling only."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return url
    path = quote(parts.path or "/", safe=_AS_THEY_ARE, encoding="latin-1", errors="replace")
    query = quote(parts.query, safe=_AS_THEY_ARE, encoding="latin-1", errors="replace")
    return f"{parts.scheme}://{host}:{port}{path}" + (f"?{query}" if query else "")


def _address(url: str) -> HostPort:
    """Host and port; a port 0 where it has none that there is."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port or 0
    except ValueError:
        port = 0
    return f"[{host}]" if ":" in host else host, port
