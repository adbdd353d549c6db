"""What a server answers to calls without a browser, as it would to a page's."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.wire.tap_builders import always, serving

from cors_harness.model.subject import AppSubject, UrlSubject
from cors_harness.model.survey import AskedCall
from cors_harness.serving.survey.asked import answers_of
from cors_harness.terms.origin import parse_origin

APPS = Path(__file__).parent.parent / "cases" / "errors_before_cors.py"
GET = AskedCall(method="GET", target="/orders", origin="https://app.example.com")
PUT = AskedCall(
    method="PUT",
    target="/orders/7",
    headers=(("Content-Type", "application/json"), ("X-Api-Key", "good")),
    body='{"n": 1}',
    origin="https://app.example.com",
)
RAISING = replace(GET, raises=True)


def answers(app: str, *calls: AskedCall, server: str = "https://server.test") -> list[int | None]:
    subject = AppSubject(spec=f"{APPS.stem}:{app}", folder=APPS.parent)
    known = asyncio.run(answers_of(subject, calls, parse_origin(server))).anonymous
    return [known.get(call) for call in calls]


@pytest.mark.programs
def test_app_answers_what_it_would_answer_a_page() -> None:
    assert answers("key_first", GET, PUT) == [401, 200]


@pytest.mark.programs
def test_app_with_an_exception_in_every_view_is_asked_beside_it() -> None:
    assert answers("fine", GET, RAISING) == [200, 500]


@pytest.mark.programs
@pytest.mark.parametrize(
    ("server", "status"), [("https://server.test", 400), ("https://api.shop.example", 200)]
)
def test_app_is_called_by_the_host_that_browsers_call(server: str, status: int) -> None:
    assert answers("host_first", GET, server=server) == [status]


class Server:
    """Keeps what it is sent, and answers 204, or never."""

    def __init__(self, *, answers: bool = True) -> None:
        self.requests: list[bytes] = []
        self._answers = answers

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"GET / HTTP" not in head:  # that is asked to see whether it is there
            self.requests.append(head)
            if not self._answers:
                await reader.read()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()


async def asked(server: Server, *calls: AskedCall, forwarded: bool = True) -> Mapping[str, int]:
    listening = await asyncio.start_server(server.take, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        subject = UrlSubject(origin=parse_origin(f"http://127.0.0.1:{port}"), forwarded=forwarded)
        known = await answers_of(subject, calls, parse_origin("https://api.example.org"))
    return {call.target: status for call, status in known.anonymous.items()}


HEAD = b"""\
GET /orders HTTP/1.1\r
Host: api.example.org\r
Connection: close\r
Accept: */*\r
Origin: https://app.example.com\r
"""
TOLD = b"""\
X-Forwarded-Proto: https\r
X-Forwarded-Host: api.example.org\r
X-Forwarded-For: 127.0.0.1\r
"""


@pytest.mark.parametrize("forwarded", [True, False], ids=["told of https", "not told"])
def test_server_of_its_own_gets_what_a_proxy_sends(*, forwarded: bool) -> None:
    server = Server()
    assert asyncio.run(asked(server, GET, forwarded=forwarded)) == {"/orders": 204}
    assert server.requests == [HEAD + TOLD * forwarded + b"\r\n"]


def test_call_that_is_not_answered_in_time_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cors_harness.serving.survey.asked.PATIENCE_S", 0.2)
    assert asyncio.run(asked(Server(answers=False), GET)) == {}


def test_nothing_is_asked_where_there_is_nothing_to_ask() -> None:
    assert answers("fine") == []


# Location -> where the page is led to; None: to the same server
LOCATIONS = {
    "/login": None,
    "https://api.example.org/login": None,
    "http://api.example.org:8080/login": None,
    "https://accounts.example/login?next=/": "https://accounts.example",
    "//accounts.example:8443": "https://accounts.example:8443",
    "http://127.0.0.1:8000/orders/": "http://127.0.0.1:8000",
    "myapp://login": "what is no http",
    "http://[::1": "what is no http",
}


@pytest.mark.parametrize(("location", "place"), LOCATIONS.items(), ids=LOCATIONS)
def test_redirects_to_other_servers_are_known(location: str, place: str | None) -> None:
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"

    async def answers() -> Mapping[AskedCall, str]:
        async with serving(always(answer.encode())) as port:
            subject = UrlSubject(origin=parse_origin(f"http://127.0.0.1:{port}"))
            server = parse_origin("https://api.example.org")
            return (await answers_of(subject, [GET], server)).elsewhere

    assert asyncio.run(answers()) == ({} if place is None else {GET: place})
