"""An engine that was lost, and started again: its pages go through the proxy as before."""

import asyncio
import signal
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from tests.run.process_tree import ProcessTree, send
from tests.wait_for_exit import HANG_S

from cors_harness.engines.base import Engine, LaunchOptions, LoopbackProxy, PageOptions
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine

pytestmark = pytest.mark.browser

PAGE = b"""<script>
fetch("http://nobody.invalid/").catch(() => console.error("nothing came"));
</script>"""
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s"
)
SOCKS5 = b"\x05"


@pytest.mark.parametrize("name", ["chromium", "firefox", "webkit"])
def test_fresh_engine_calls_nobody_past_the_proxy(name: str, process_tree: ProcessTree) -> None:
    asked: list[bytes] = []

    async def page(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER % (len(PAGE), PAGE))
        writer.close()

    async def proxy(reader: StreamReader, writer: StreamWriter) -> None:
        asked.append(await reader.read(1))
        writer.close()

    async def test() -> None:
        async with asyncio.timeout(HANG_S), AsyncExitStack() as stack:
            url, options = await served(stack, page, proxy)
            engine = make_engine(find_engine(name), LaunchOptions())
            stack.push_async_callback(engine.stop)
            for _ in range(2):
                asked.clear()
                await engine.start()
                await shown(engine, url, options)
                assert asked
                assert set(asked) == {SOCKS5}
                send(signal.SIGKILL, process_tree.browsers(name))
                await engine.stop()

    asyncio.run(test())


async def served(
    stack: AsyncExitStack, *takers: Callable[[StreamReader, StreamWriter], Awaitable[None]]
) -> tuple[str, PageOptions]:
    """The URL of the page, and how it is opened: nothing but its own port is called directly."""
    ports = []
    for take in takers:
        server = await asyncio.start_server(take, "127.0.0.1", 0)
        stack.callback(server.close)
        ports.append(server.sockets[0].getsockname()[1])
    through = LoopbackProxy(url=f"socks5://127.0.0.1:{ports[1]}", direct_ports=(ports[0],))
    options = PageOptions(proxy=through.url, direct_ports=through.direct_ports, loopback=through)
    return f"http://127.0.0.1:{ports[0]}/", options


async def shown(engine: Engine, url: str, options: PageOptions) -> None:
    """Shows the page until its call has failed."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    await engine.open(url, heard.put_nowait, options)
    while "nothing came" not in await heard.get():
        pass
