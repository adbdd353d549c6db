"""Access: who gets an answer of the live page, decided by the head of a request alone.

A page of any origin that the browser has open can send requests to loopback, and a name of its own
may lead there (DNS rebinding). So the address has a token that nobody can guess, the host has to be
one of ours, and what another origin asks is refused. No answer carries CORS headers.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

TOKEN_BYTES = 32
HOSTS = ("127.0.0.1", "localhost")
SAME_ORIGIN = ("same-origin", "none")  # none: the user's own doing, such as a typed address
# What a page of another origin may bring a window to, and not read: from a page of a run a joined
# browser comes back by itself.
RETURNED_TO = frozenset({"window"})
NAVIGATION = {b"sec-fetch-mode": ["navigate"], b"sec-fetch-dest": ["document"]}  # of a window

NOT_FOUND = (404, "Not Found")
MISDIRECTED = (421, "Misdirected Request: this host name is not one of this page")
FORBIDDEN = (403, "Forbidden: another origin asks")
NOT_ALLOWED = (405, "Method Not Allowed")

RequestHeaders = Sequence[tuple[bytes, bytes]]  # names in lower case
NoAnswer = tuple[int, str]  # status, and the text of the body


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Decides which requests are answered.

    Attributes:
        port: that the page is served on.
        hosts: names in a `Host` header, without the port.
        token: the first part of every path.
    """

    port: int
    hosts: tuple[str, ...] = HOSTS
    token: str = field(default_factory=lambda: secrets.token_urlsafe(TOKEN_BYTES))

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{self.hosts[0]}:{self.port}/{self.token}/"

    def part(self, path: str) -> str | None:
        """What of the page a path asks for: `""` for the page itself; None: the token is wrong."""
        given, slash, part = path.removeprefix("/").partition("/")
        is_right = secrets.compare_digest(given.encode(), self.token.encode())
        return part if is_right and slash else None

    def refusal(
        self, method: str, part: str | None, headers: RequestHeaders, parts: Mapping[str, str]
    ) -> NoAnswer | None:
        """Why a request is not answered; None: it is.

        Args:
            method: GET or POST, or one that nothing answers to.
            part: as `part` told it.
            headers: of the request.
            parts: what there is, with its method.
        """
        if self._own_host(headers) is None:
            return MISDIRECTED
        if part is None or part not in parts:
            return NOT_FOUND
        if part in RETURNED_TO and _is_navigation(method, headers):
            return None
        if self._is_of_another_origin(headers, must_say=parts[part] == "POST"):
            return FORBIDDEN
        return None if method == parts[part] else NOT_ALLOWED

    def _own_host(self, headers: RequestHeaders) -> str | None:
        named = values(headers, b"host")
        own = [f"{host}:{self.port}" for host in self.hosts]
        return named[0] if len(named) == 1 and named[0] in own else None

    def _is_of_another_origin(self, headers: RequestHeaders, *, must_say: bool) -> bool:
        """Whether the page of another origin asks; `must_say`: saying nothing counts as that."""
        origins, sites = values(headers, b"origin"), values(headers, b"sec-fetch-site")
        own = f"http://{self._own_host(headers)}"
        if any(origin != own for origin in origins) or any(s not in SAME_ORIGIN for s in sites):
            return True
        return must_say and not origins and "same-origin" not in sites


def _is_navigation(method: str, headers: RequestHeaders) -> bool:
    """Whether a window goes there, whoever sends it; no script gets the response then."""
    told = {name: values(headers, name) for name in (b"origin", *NAVIGATION)}
    return method == "GET" and told == {b"origin": [], **NAVIGATION}


def values(headers: RequestHeaders, name: bytes) -> list[str]:
    """The values of a header, in order; `name` in lower case."""
    return [value.decode("latin-1") for given, value in headers if given == name]
