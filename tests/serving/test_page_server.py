"""What the page server makes of posts that come to nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from cors_harness.serving.page.server import PageServer

HEAD = b"POST /harness/tell?session=k HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n"


def serving(use: Callable[[PageServer, list[Any]], Awaitable[None]]) -> None:
    """Runs `use` with a server, and the list of what came to its session `k`."""

    async def main() -> None:
        pages, told = PageServer(), list[Any]()

        async def tell(data: Any) -> dict[str, Any]:
            told.append(data)
            return {}

        pages.bind()
        await pages.start()
        pages.sessions["k"] = {"tell": tell}
        watching = asyncio.create_task(pages.watch())
        try:
            async with asyncio.timeout(60):
                await use(pages, told)
            assert not watching.done()
        finally:
            watching.cancel()
            await pages.stop()

    asyncio.run(main())


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
    writer.write(b"GET /harness/nothing HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    await reader.read()
    writer.close()


def test_browser_that_dies_over_a_post_is_no_trouble_of_ours() -> None:
    async def use(pages: PageServer, told: list[Any]) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", pages.port)
        writer.write(HEAD)
        await writer.drain()
        await taken_in(pages)
        writer.close()
        await taken_in(pages)
        assert await status(pages, HEAD, b"{}") == b"HTTP/1.1 200 OK"
        assert told == [{}]

    serving(use)


def test_post_that_is_there_when_its_session_is_over_reaches_nobody() -> None:
    async def use(pages: PageServer, told: list[Any]) -> None:
        end = pages.sessions.clear
        assert await status(pages, HEAD, b"{}", before=end) == b"HTTP/1.1 410 Gone"
        assert told == []

    serving(use)
