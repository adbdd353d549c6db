"""The live page's server on real sockets: who gets an answer, what it is, what a stream tells."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from tests.live.qr_reading import read_svg
from tests.reports.html.page_reading import elements, policy_of
from tests.reports.record_builders import blocked
from tests.wait_for_exit import HANG_S

from cors_harness.engines.joined import JoinedEngine
from cors_harness.engines.joined_browser import CLOSED, JoinedBrowser
from cors_harness.live.access import Access
from cors_harness.live.board import LiveBoard
from cors_harness.live.joining import STOPPED, JoinedBrowsers
from cors_harness.live.page_server import MOST_BODY, LivePageServer
from cors_harness.live.session import listener_on
from cors_harness.model.cell import recorded

WIDE_HOST = "devbox.lan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A response, headers by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Served:
    """A server on a port of loopback, and what pages have wished for."""

    access: Access
    board: LiveBoard
    server: LivePageServer
    joined: JoinedBrowsers
    wishes: list[set[str]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.access.port}"

    @property
    def path(self) -> str:
        return f"/{self.access.token}/"

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.access.port)

    async def ask(
        self, request: str, *fields: str, body: str = "", host: str | None = None
    ) -> Answered:
        reader, writer = await self.connect()
        lines = [f"{request} HTTP/1.1", f"Host: {host or self.host}", "Connection: close", *fields]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join((*lines, "", body)).encode())
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        status, *names = head.decode().split("\r\n")
        pairs = (line.partition(": ") for line in names)
        headers = {name.lower(): value for name, _, value in pairs}
        return Answered(status=int(status.split()[1]), headers=headers, body=content)

    def own(self) -> str:
        return f"Origin: http://{self.host}"


def serving(use: Callable[[Served], Awaitable[None]], *more_hosts: str) -> None:
    async def main() -> None:
        listener = listener_on("", 0)
        port = listener.getsockname()[1]
        access = Access(port=port, hosts=("127.0.0.1", "localhost", *more_hosts))
        board = LiveBoard(["serve"])
        finished = blocked()
        board.planned({finished.cell.node_id: finished.cell})
        board.finished(recorded(finished))
        joined = JoinedBrowsers(f"{access.url}window")
        server = LivePageServer(listener, access, board, joined, "".join(more_hosts))
        served = Served(access, board, server, joined)
        server.rerun = served.wishes.append
        task = asyncio.create_task(server.serve())
        try:
            async with asyncio.timeout(HANG_S):
                await use(served)
        finally:
            task.cancel()
            await asyncio.wait({task})

    asyncio.run(main())


NAVIGATES = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
IN_FRAME = (*NAVIGATES[:2], "Sec-Fetch-Dest: iframe")
REFUSALS = {
    "no token": ("GET /", (), 404),
    "a token without its slash": ("GET /{token}", (), 404),
    "another token": ("GET /{token}x/", (), 404),
    "no such part": ("GET /{token}/nothing", (), 404),
    "document without a token": ("GET /document", (), 404),
    "token as a query": ("GET /?{token}/", (), 404),
    "another origin": ("GET /{token}/document", ("Origin: https://evil.example",), 403),
    "sandboxed frame": ("GET /{token}/document", ("Origin: null",), 403),
    "same host, another port": ("GET /{token}/events", ("Origin: http://127.0.0.1:1",), 403),
    "https of the same host": ("GET /{token}/events", ("Origin: https://{host}",), 403),
    "fetch of another site": ("GET /{token}/document", ("Sec-Fetch-Site: cross-site",), 403),
    "another port by fetch": ("GET /{token}/document", ("Sec-Fetch-Site: same-site",), 403),
    "rerun that does not say whose": ("POST /{token}/rerun", (), 403),
    "rerun of another origin": ("POST /{token}/rerun", ("Origin: https://evil.example",), 403),
    "rerun typed as an address": ("POST /{token}/rerun", ("Sec-Fetch-Site: none",), 403),
    "rerun by GET": ("GET /{token}/rerun", ("Origin: http://{host}",), 405),
    "page by POST": ("POST /{token}/", ("Origin: http://{host}",), 405),
    "preflight": ("OPTIONS /{token}/rerun", ("Origin: https://evil.example",), 403),
    "own preflight": ("OPTIONS /{token}/rerun", ("Origin: http://{host}",), 405),
    "deletion": ("DELETE /{token}/document", (), 405),
    "window without a token": ("GET /window", NAVIGATES, 404),
    "window in a frame": ("GET /{token}/window", IN_FRAME, 403),
    "window by a script": ("GET /{token}/window", ("Sec-Fetch-Site: cross-site",), 403),
    "window by a form": ("GET /{token}/window", (*NAVIGATES, "Origin: null"), 403),
    "page from another origin": ("GET /{token}/", NAVIGATES, 403),
    "joining from another origin": ("POST /{token}/join", ("Origin: https://evil.example",), 403),
    "joining by a form": ("POST /{token}/join", (*NAVIGATES, "Origin: null"), 403),
    "joining without a word of whose": ("POST /{token}/join", (), 403),
    "joining without a token": ("POST /join", ("Origin: http://{host}",), 404),
    "joining by GET": ("GET /{token}/join", ("Origin: http://{host}",), 405),
    "orders for another origin": ("POST /{token}/order", ("Origin: http://127.0.0.1:1",), 403),
    "orders without a token": ("POST /order", ("Origin: http://{host}",), 404),
    "end by another origin": ("POST /{token}/leave", ("Origin: null",), 403),
    "end without a word of whose": ("POST /{token}/leave", (), 403),
}


@pytest.mark.parametrize(("request_line", "fields", "status"), REFUSALS.values(), ids=REFUSALS)
def test_who_gets_no_answer(request_line: str, fields: tuple[str, ...], status: int) -> None:
    async def use(served: Served) -> None:
        names = {"token": served.access.token, "host": served.host}
        line, more = request_line.format(**names), [text.format(**names) for text in fields]
        answer = await served.ask(line, *more)
        assert answer.status == status
        assert served.access.token.encode() not in answer.body
        assert [name for name in answer.headers if name.startswith("access-control")] == []
        assert served.wishes == []
        assert served.joined.states() == ()

    serving(use)


HOSTS = {
    "a name that leads here": "evil.example:{port}",
    "the name of a wider page": "devbox.lan:{port}",
    "without the port": "127.0.0.1",
    "another port": "127.0.0.1:1",
    "another address of loopback": "127.0.0.2:{port}",
    "a dot at the end": "localhost.:{port}",
    "credentials": "a@127.0.0.1:{port}",
    "two hosts": "127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}",
}


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
def test_other_host_names_get_no_answer(host: str) -> None:
    async def use(served: Served) -> None:
        named = host.format(port=served.access.port)
        for part in ("", "window"):
            answer = await served.ask(f"GET {served.path}{part}", host=named)
            assert answer.status in {400, 421}
            assert b"<html" not in answer.body
        answer = await served.ask(f"POST {served.path}join", f"Origin: http://{named}", host=named)
        assert answer.status in {400, 421}
        assert served.joined.states() == ()

    serving(use)


def test_own_host_names_get_the_page() -> None:
    async def use(served: Served) -> None:
        for name in ("127.0.0.1", "localhost", WIDE_HOST):
            answer = await served.ask(f"GET {served.path}", host=f"{name}:{served.access.port}")
            assert answer.status == 200

    serving(use, WIDE_HOST)


def test_page_has_no_data_and_a_policy_that_lets_it_ask_its_own_server_only() -> None:
    async def use(served: Served) -> None:
        answer = await served.ask(f"GET {served.path}")
        text = answer.body.decode()
        assert [attributes for attributes, _ in elements(text, "script") if attributes] == []
        policy = policy_of(text)
        assert (policy["default-src"], policy["connect-src"]) == ("'none'", "'self'")
        sent = answer.headers["content-security-policy"]
        assert sent.endswith("; frame-ancestors 'none'")
        assert policy["script-src"] in sent
        assert "unsafe" not in sent
        expected = {
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "x-frame-options": "DENY",
            "x-content-type-options": "nosniff",
        }
        assert {name: answer.headers[name] for name in expected} == expected

    serving(use)


@pytest.mark.parametrize("host", [WIDE_HOST, ""])
def test_page_has_its_address_as_a_qr_code_for_other_machines_only(host: str) -> None:
    async def use(served: Served) -> None:
        text = (await served.ask(f"GET {served.path}")).body.decode()
        codes = re.findall(r'<svg [^>]*id="qr-code".*?</svg>', text)
        texts = [read for code in codes for read in read_svg(code)]
        assert texts == ([served.access.url] if host else [])
        window = (await served.ask(f"GET {served.path}window")).body.decode()
        allowed = f"'self' http://{host}:*" if host else "'self'"
        assert policy_of(window)["connect-src"] == allowed

    serving(use, *filter(None, (host,)))


def test_document_is_that_of_a_report() -> None:
    async def use(served: Served) -> None:
        answer = await served.ask(f"GET {served.path}document", served.own())
        document = json.loads(answer.body)
        assert document["records"] == served.board.state.records
        assert len(document["index"]["cells"]["status"]) == 1
        assert [cause["cells"] for cause in document["index"]["causes"]] == [[0]]

    serving(use)


WISHES = {
    "everything": ("{}", 1),
    "a cell": ('{"cells": ["NAME"]}', 1),
    "its file": ('{"file": "FILE"}', 1),
    "its scenario": ('{"scenario": "ID"}', 1),
    "another cell": ('{"cells": ["nothing"]}', 0),
    "another file": ('{"file": "/etc/passwd"}', 0),
}


@pytest.mark.parametrize(("wish", "count"), WISHES.values(), ids=WISHES)
def test_page_wishes_for_cells(wish: str, count: int) -> None:
    cell = blocked().cell
    name, file = cell.node_id, cell.scenario.source.file
    body = wish.replace("NAME", name).replace("FILE", file).replace("ID", cell.scenario.id)

    async def use(served: Served) -> None:
        answer = await served.ask(f"POST {served.path}rerun", served.own(), body=body)
        assert (answer.status, json.loads(answer.body)) == (200, {"cells": count})
        assert served.wishes == [{name}] * count

    serving(use)


NO_WISHES = {
    "no JSON": "rerun",
    "a list": "[]",
    "no cells": '{"cells": []}',
    "numbers": '{"cells": [1]}',
    "a word that nothing answers to": '{"command": "rm"}',
    "file as a number": '{"file": 1}',
    "too much": f'{{"file": "{"x" * MOST_BODY}"}}',
    "too deep": "[" * 100_000,
}


@pytest.mark.parametrize("body", NO_WISHES.values(), ids=NO_WISHES)
def test_what_is_no_wish_is_refused(body: str) -> None:
    async def use(served: Served) -> None:
        answer = await served.ask(f"POST {served.path}rerun", served.own(), body=body)
        assert answer.status == 400
        assert served.wishes == []

    serving(use)


async def told(reader: asyncio.StreamReader) -> dict[str, object]:
    """The next state that a stream tells."""
    while not (line := await reader.readline()).startswith(b"data: {"):
        assert line, "the stream has ended"
    found: dict[str, object] = json.loads(line.removeprefix(b"data: "))
    return found


async def stream(served: Served) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await served.connect()
    writer.write(f"GET {served.path}events HTTP/1.1\r\nHost: {served.host}\r\n\r\n".encode())
    return reader, writer


def test_stream_tells_the_newest_state_and_leaves_out_what_came_between() -> None:
    async def use(served: Served) -> None:
        reader, writer = await stream(served)
        first = await told(reader)
        for number in range(1000):
            served.board.begin(number, "a test")
        served.board.rest("it does not start")
        versions = [first["version"]]
        while (state := await told(reader))["trouble"] != "it does not start":
            versions.append(state["version"])
        assert state["version"] == served.board.state.version
        assert len(versions) < 100
        writer.close()

    serving(use)


@pytest.mark.programs
def test_stream_that_was_cut_is_taken_up_again() -> None:
    async def use(served: Served) -> None:
        reader, writer = await stream(served)
        first = await told(reader)
        served.server.cut_streams()
        await reader.read()  # to its end
        writer.close()
        served.board.begin(3, "meanwhile")
        reader, writer = await stream(served)
        state = await told(reader)
        assert (state["why"], state["version"] == first["version"]) == ("meanwhile", False)
        writer.close()

    serving(use)


FIREFOX = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGE = "http://127.0.0.1:9/harness/runner.html?session=a-1"


def test_window_comes_back_from_pages_of_other_origins() -> None:
    async def use(served: Served) -> None:
        answer = await served.ask(f"GET {served.path}window", *NAVIGATES)
        assert answer.status == 200
        policy = policy_of(answer.body.decode())
        assert (policy["default-src"], policy["connect-src"]) == ("'none'", "'self'")
        assert answer.headers["content-security-policy"].endswith("; frame-ancestors 'none'")
        assert answer.headers["x-frame-options"] == "DENY"

    serving(use)


async def join(served: Served) -> JoinedBrowser:
    """A Firefox takes part."""
    answer = await served.ask(f"POST {served.path}join", served.own(), FIREFOX)
    told = json.loads(answer.body)
    assert (answer.status, told["label"]) == (200, "Firefox 140 on Linux")
    return served.joined.browsers()[told["column"]]


async def order(served: Served, key: str) -> dict[str, object]:
    body = json.dumps({"id": key})
    answer = await served.ask(f"POST {served.path}order", served.own(), body=body)
    assert answer.status == 200
    found: dict[str, object] = json.loads(answer.body)
    return found


def test_window_that_asks_is_sent_to_the_page_that_an_engine_opens() -> None:
    async def use(served: Served) -> None:
        browser = await join(served)
        [state] = served.joined.states()
        asking = asyncio.create_task(order(served, state.id))
        tab = await JoinedEngine(browser).open(PAGE, lambda _line: None)
        back = quote(f"{served.access.url}window#{state.id}", safe="")
        assert await asking == {"open": f"{PAGE}&back={back}"}
        assert not tab.lost.done()
        again = asyncio.create_task(order(served, state.id))  # back, and nobody has sent it
        assert await tab.lost == CLOSED
        served.joined.leave(state.id)
        assert await again == {"over": STOPPED}

    serving(use)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"id": 7}'])
@pytest.mark.parametrize("part", ["order", "leave"])
def test_window_without_an_id_gets_nothing(part: str, body: str) -> None:
    async def use(served: Served) -> None:
        answer = await served.ask(f"POST {served.path}{part}", served.own(), body=body)
        assert answer.status == 400

    serving(use)


def test_window_that_nobody_knows_is_over() -> None:
    async def use(served: Served) -> None:
        assert "does not know this window" in str((await order(served, "nobody"))["over"])

    serving(use)


def test_browser_of_no_known_engine_is_refused_with_the_reason() -> None:
    async def use(served: Served) -> None:
        answer = await served.ask(f"POST {served.path}join", served.own(), "User-Agent: Lynx/2.9")
        assert (answer.status, served.joined.states()) == (422, ())
        assert b"names neither Chromium nor Firefox nor WebKit" in answer.body

    serving(use)
