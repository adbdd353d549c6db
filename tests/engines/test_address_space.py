"""Local Network Access, with some ports of loopback declared public."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from tests.wait_for_exit import HANG_S

from cors_harness.engines.base import LaunchOptions, PageOptions
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine

pytestmark = pytest.mark.browser

LOCAL_NETWORK = "local-network-access"
DECISIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "undecided": (),
    "granted": ((LOCAL_NETWORK, "granted"),),
    "denied": ((LOCAL_NETWORK, "denied"),),
}
# Playwright cannot tell Firefox to deny, WebDriver BiDi can; WebKit has no such permission.
EXPECTED = {
    ("chromium", "undecided"): "prompt, GET refused, PUT refused",
    ("chromium", "granted"): "granted, GET 200, PUT 200",
    ("chromium", "denied"): "denied, GET refused, PUT refused",
    ("firefox", "undecided"): "prompt, GET refused, PUT refused",
    ("firefox", "granted"): "granted, GET 200, PUT 200",
    ("firefox", "denied"): "denied, GET refused, PUT refused",
    ("webkit", "undecided"): "unknown, GET 200, PUT 200",
    ("webkit", "granted"): "unknown, GET 200, PUT 200",
    ("webkit", "denied"): "unknown, GET 200, PUT 200",
}
SAYS_WHY = {
    "chromium": "Permission was denied for this request to access the `loopback` address space.",
    "firefox": "NS_ERROR_LOCAL_NETWORK_ACCESS_DENIED",
}
CORS = "access-control-allow-origin: *\r\naccess-control-allow-methods: PUT\r\n"
PAGE = """<!doctype html><link rel="icon" href="data:,"><script>
const answer = (method) => fetch(TARGET, {method}).then((it) => it.status, () => "refused");
(async () => {
  const asked = navigator.permissions.query({name: "loopback-network"});
  const state = await asked.then((it) => it.state, () => "unknown");
  const told = [state, `GET ${await answer("GET")}`, `PUT ${await answer("PUT")}`].join(", ");
  throw Error(`answers: ${told}.`);
})();
</script>"""


@dataclass(kw_only=True)
class Server:
    """Answers every request alike, and says what it was asked."""

    body: str
    methods: list[str] = field(default_factory=list)

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.methods.append(head.split(b" ")[0].decode())
                writer.write(_response(self.body))
        except (OSError, EOFError):
            writer.close()


def _response(body: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n{CORS}content-length: {len(body)}\r\n"
    return f"{head}\r\n{body}".encode()


async def started(stack: AsyncExitStack, server: Server) -> int:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    stack.callback(listening.close)
    port: int = listening.sockets[0].getsockname()[1]
    return port


async def console_lines_of_page(engine_name: str, decisions: Sequence[str]) -> dict[str, list[str]]:
    """The console lines of a public page that asks a server on loopback, by decision."""
    async with AsyncExitStack() as stack:
        target = Server(body="ok")
        url = f"http://127.0.0.1:{await started(stack, target)}/"
        page = Server(body=PAGE.replace("TARGET", json.dumps(url)))
        ports = [await started(stack, page) for _ in range(2)]
        ways = LaunchOptions(public_ports=tuple(ports))
        engine = make_engine(find_engine(engine_name), ways)
        stack.push_async_callback(engine.stop)
        await engine.start()
        lines_by_decision = {}
        for number, decision in enumerate(decisions):
            lines: list[str] = []
            finished = asyncio.Event()

            def hear(text: str, lines: list[str] = lines, end: asyncio.Event = finished) -> None:
                lines.append(text)
                if "answers: " in text:
                    end.set()

            tab_ways = PageOptions(permissions=DECISIONS[decision])
            url = f"http://127.0.0.1:{ports[number % 2]}/"
            tab = await engine.open(url, hear, tab_ways)
            await finished.wait()
            await tab.close()
            lines_by_decision[decision] = lines
        return lines_by_decision


@pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"])
def test_public_page_reaches_loopback_only_where_that_is_granted(engine: str) -> None:
    async def main() -> dict[str, list[str]]:
        async with asyncio.timeout(HANG_S):
            return await console_lines_of_page(engine, list(DECISIONS))

    for decision, lines in asyncio.run(main()).items():
        expected = EXPECTED[engine, decision]
        text = "\n".join(lines)
        assert f"answers: {expected}." in text, decision
        if "refused" in expected:
            assert SAYS_WHY[engine] in text, decision
