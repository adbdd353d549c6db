"""play(): a call as a browser makes it, on a socket; what was on the wire and what was refused."""

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from tests.advice.call_builders import PAGE, SERVER

from cors_harness.judge.cors_check import Refused, cors_refusal
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call
from cors_harness.terms.headers import REDIRECT_STATUSES, get_list
from cors_harness.terms.modes import CredentialsMode

SIMPLE = {"GET", "HEAD", "POST"}
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Played:
    """What came of a call: its exchanges, and why a browser refuses it; None: it does not."""

    wire: tuple[Exchange, ...]
    refused: Refused | None

    @property
    def status(self) -> int | None:
        return self.wire[-1].status

    def exposes(self, name: str) -> bool:
        names = get_list(self.wire[-1].response_headers, "Access-Control-Expose-Headers")
        return name.lower() in {each.lower() for each in names}


def play(port: int, path: str, call: Call, page: str = PAGE) -> Played:
    """Makes the call; every response goes through the CORS check of the standard."""
    method = call.method or "GET"
    wire: list[Exchange] = []
    names = ",".join(sorted(name.lower() for name, _ in call.headers))
    if method not in SIMPLE or names:
        asks = [("Access-Control-Request-Method", method)]
        asks += [("Access-Control-Request-Headers", names)] if names else []
        wire.append(_exchange(port, ExchangeKind.PREFLIGHT, "OPTIONS", path, asks, page))
        if refused := cors_refusal(call, wire[-1]):
            return Played(tuple(wire), refused)
    cookie = (("Cookie", "a=b"),) if call.credentials is CredentialsMode.INCLUDE else ()
    while True:
        sent = (*call.headers, *cookie)
        wire.append(_exchange(port, ExchangeKind.REQUEST, method, path, sent, page))
        refused = cors_refusal(call, wire[-1])
        if refused or wire[-1].status not in REDIRECT_STATUSES:
            return Played(tuple(wire), refused)
        location = dict(wire[-1].response_headers)[b"Location"].decode()
        path = urljoin(SERVER + path, location).removeprefix(SERVER)


def _exchange(
    port: int, kind: ExchangeKind, method: str, path: str, headers: Pairs, page: str
) -> Exchange:
    sent = (("Host", SERVER.partition("://")[2]), ("Origin", page), *headers)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in sent:
        connection.putheader(name, value)
    connection.putheader("Content-Length", "0")
    connection.endheaders()
    response = connection.getresponse()
    response.read()
    connection.close()
    return Exchange(
        kind=kind,
        role="server",
        origin=SERVER,
        method=method,
        target=path,
        status=response.status,
        request_headers=_bytes(sent),
        response_headers=_bytes(_capitalized(response.getheaders())),
    )


def _capitalized(headers: Pairs) -> Pairs:
    return [(name.title(), value) for name, value in headers]


def _bytes(headers: Pairs) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)
