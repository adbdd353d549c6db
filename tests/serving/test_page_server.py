"""What the page server answers: its files, posts of open pages, and posts that come to nothing."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cors_harness.serving.page.server import PageServer, PostRefused

HOST = "app.example.com"


def tell(pages: PageServer) -> str:
    """The request line of a post, without its protocol, as an open page sends it."""
    _, _, token = pages.url("", "k").partition("#")
    return f"POST /harness/tell?session=k&token={token}"


def head(pages: PageServer) -> bytes:
    lines = (f"{tell(pages)} HTTP/1.1", f"Host: {HOST}", "Content-Length: 2", "", "")
    return "\r\n".join(lines).encode()


def pages_with_host() -> PageServer:
    pages = PageServer()
    pages.hosts = frozenset([HOST])
    return pages


HttpResponse = tuple[int, Mapping[str, str], bytes]  # status, headers by lower-case name, body


def serving(use: Callable[[PageServer, list[Any]], Awaitable[None]]) -> None:
    """Runs `use` with a server, and the list of what came to its session `k`."""

    async def main() -> None:
        pages, posted = pages_with_host(), list[Any]()

        async def take(data: Any) -> dict[str, Any]:
            posted.append(data)
            return {}

        pages.bind()
        await pages.start()
        pages.sessions["k"] = {"tell": take}
        watching = asyncio.create_task(pages.watch())
        try:
            async with asyncio.timeout(60):
                await use(pages, posted)
            assert not watching.done()
        finally:
            watching.cancel()
            await pages.stop()

    asyncio.run(main())


async def exchange(
    port: int, request: str, body: str = "", *fields: str, host: str = HOST
) -> HttpResponse:
    """The response to one request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    length = f"Content-Length: {len(body)}"
    lines = (f"{request} HTTP/1.1", f"Host: {host}", "Connection: close", length, *fields)
    writer.write("\r\n".join((*lines, "", body)).encode())
    head, _, content = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status, *names = head.decode().split("\r\n")
    pairs = (line.partition(": ") for line in names)
    return int(status.split()[1]), {name.lower(): value for name, _, value in pairs}, content


async def status(pages: PageServer, *parts: bytes, before: Callable[[], object] = list) -> bytes:
    """The status line of the answer to a post that comes in parts; `before` the last of them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", pages.port)
    *first, last = parts
    writer.write(b"".join(first))
    await writer.drain()
    await taken_in(pages)
    before()
    writer.write(last)
    line = await reader.readline()
    writer.close()
    return line.rstrip()


async def taken_in(pages: PageServer) -> None:
    """Comes back when the server has taken in what came before: it answers what comes now."""
    reader, writer = await asyncio.open_connection("127.0.0.1", pages.port)
    writer.write(
        b"GET /harness/nothing HTTP/1.1\r\nHost: app.example.com\r\nConnection: close\r\n\r\n"
    )
    await reader.read()
    writer.close()


def test_browser_that_dies_over_a_post_is_no_trouble_of_ours() -> None:
    async def use(pages: PageServer, posted: list[Any]) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", pages.port)
        writer.write(head(pages))
        await writer.drain()
        await taken_in(pages)
        writer.close()
        await taken_in(pages)
        assert await status(pages, head(pages), b"{}") == b"HTTP/1.1 200 OK"
        assert posted == [{}]

    serving(use)


def test_post_that_is_there_when_its_session_is_over_reaches_nobody() -> None:
    async def use(pages: PageServer, posted: list[Any]) -> None:
        end = pages.sessions.clear
        assert await status(pages, head(pages), b"{}", before=end) == b"HTTP/1.1 410 Gone"
        assert posted == []

    serving(use)


REQUESTS = {
    "script": ("GET /harness/runner.js", 200, "text/javascript; charset=utf-8"),
    "page": ("GET /harness/runner.html?session=k", 200, "text/html; charset=utf-8"),
    "two slashes": ("GET //harness/runner.html", 200, "text/html; charset=utf-8"),
    "head": ("HEAD /harness/runner.html", 200, "text/html; charset=utf-8"),
    "module of ours": ("GET /harness/server.py", 404, "text/plain; charset=utf-8"),
    "no such file": ("GET /harness/nothing", 404, "text/plain; charset=utf-8"),
    "a folder more": ("GET /harness/a/runner.js", 404, "text/plain; charset=utf-8"),
    "elsewhere": ("GET /", 404, "text/plain; charset=utf-8"),
    "another method": ("PUT /harness/runner.js", 405, "text/plain; charset=utf-8"),
}


@pytest.mark.parametrize(("request_line", "status", "media_type"), REQUESTS.values(), ids=REQUESTS)
def test_files_of_the_page(request_line: str, status: int, media_type: str) -> None:
    async def use(pages: PageServer, _posted: list[Any]) -> None:
        for port in (pages.port, pages.public_port):
            response = await exchange(port, request_line)
            assert (response[0], response[1]["content-type"]) == (status, media_type)

    serving(use)


POSTS = {
    "own origin": (f"http://{HOST}", f"http://{HOST}"),
    "another origin": (f"http://{HOST}:2", None),
}


@pytest.mark.parametrize(("origin", "allowed"), POSTS.values(), ids=POSTS)
def test_post_of_an_open_page_is_answered(origin: str, allowed: str | None) -> None:
    async def use(pages: PageServer, posted: list[Any]) -> None:
        status, headers, body = await exchange(
            pages.port, tell(pages), '{"a": 1}', f"Origin: {origin}"
        )
        assert (status, json.loads(body), posted) == (200, {}, [{"a": 1}])
        assert headers["content-type"] == "application/json"
        assert headers.get("access-control-allow-origin") == allowed

    serving(use)


STRANGERS = {
    "no token": ("POST /harness/tell?session=k", HOST),
    "an empty token": ("POST /harness/tell?session=k&token=", HOST),
    "a wrong token": ("POST /harness/tell?session=k&token=%C3%A9", HOST),
    "a name that leads here": ("{tell}", "rebound.example:{port}"),
    "a name that begins so": ("{tell}", "127.0.0.1.example:{port}"),
    "another port": ("{tell}", "127.0.0.1:1"),
    "the page by a name that leads here": ("GET /harness/runner.html", "rebound.example:{port}"),
}


@pytest.mark.parametrize(("request_line", "host"), STRANGERS.values(), ids=STRANGERS)
def test_stranger_gets_nothing(request_line: str, host: str) -> None:
    async def use(pages: PageServer, posted: list[Any]) -> None:
        asked = request_line.format(tell=tell(pages)), host.format(port=pages.port)
        status, headers, body = await exchange(pages.port, asked[0], "{}", host=asked[1])
        assert (status, body, posted) == (404, b"Not Found", [])
        assert "access-control-allow-origin" not in headers

    serving(use)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "a.localhost", "[::1]"])
def test_own_page_is_answered_by_every_name_of_loopback(host: str) -> None:
    async def use(pages: PageServer, posted: list[Any]) -> None:
        for port in (pages.port, pages.public_port):
            named = f"{host}:{port}"
            assert (await exchange(port, tell(pages), "{}", host=named))[0] == 200
        assert posted == [{}, {}]

    serving(use)


async def fail(_: Any) -> dict[str, Any]:
    raise KeyError("ours")


# id -> (path, body, status, what is raised, its words)
NOT_ANSWERED: dict[str, tuple[str, str, int, type[Exception], str]] = {
    "another path": ("other", "{}", 400, PostRefused, "/harness/other .*: there is no such path"),
    "no JSON": ("tell", "{", 400, PostRefused, "line 1, column 2: found the end of the text"),
    "NaN": ("tell", "[NaN]", 400, PostRefused, "found 'NaN'; expected a number"),
    "depth": ("tell", "[" * 5000, 400, PostRefused, "found lists and objects more than 100 deep"),
    "our own mistake": ("fail", "{}", 500, KeyError, "ours"),
}


@pytest.mark.parametrize(
    ("name", "text", "answered", "error", "words"), NOT_ANSWERED.values(), ids=NOT_ANSWERED
)
def test_post_that_no_page_makes_is_told_to_whoever_watches(
    name: str, text: str, answered: int, error: type[Exception], words: str
) -> None:
    async def main() -> None:
        pages = pages_with_host()
        pages.bind()
        await pages.start()
        pages.sessions["k"] = {"tell": fail, "fail": fail}
        try:
            asked = tell(pages).replace("tell", name)
            status, _, _ = await exchange(pages.port, asked, text)
            assert status == answered
            with pytest.raises(error, match=words):
                await asyncio.wait_for(pages.watch(), 60)
        finally:
            await pages.stop()

    asyncio.run(main())


def test_compiled_modules_beside_the_page_are_no_files_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "runner.js").touch()
    monkeypatch.setattr("cors_harness.serving.page.server.PAGE_FOLDER", tmp_path)

    async def use(pages: PageServer, _posted: list[Any]) -> None:
        assert (await exchange(pages.port, "GET /harness/runner.js"))[0] == 200
        assert (await exchange(pages.port, "GET /harness/__pycache__"))[0] == 404

    serving(use)


def test_post_that_waits_when_the_server_stops_leaves_nothing_in_a_log(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def test() -> None:
        pages, waiting = pages_with_host(), asyncio.Event()

        async def wait(_: Any) -> dict[str, Any]:
            waiting.set()
            await asyncio.Event().wait()
            return {}

        pages.bind()
        await pages.start()
        pages.sessions["k"] = {"tell": wait}
        _, writer = await asyncio.open_connection("127.0.0.1", pages.port)
        writer.write(head(pages) + b"{}")
        async with asyncio.timeout(30):
            await waiting.wait()
        await pages.stop()
        writer.close()
        await writer.wait_closed()

    asyncio.run(test())
    assert capfd.readouterr().err == ""
