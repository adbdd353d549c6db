"""StockFirefoxEngine: what Firefox starts, what it leaves, what is said when it does not come."""

import asyncio
import contextlib
import json
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trustme
from tests.run.process_tree import ProcessTree
from tests.wait_for_exit import HANG_S

from cors_harness.engines.base import Engine, LaunchOptions, Tab
from cors_harness.engines.bidi_connection import BidiConnection, BidiError
from cors_harness.engines.found import Driver, EngineFound
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine
from cors_harness.errors import EngineFailed

pytestmark = pytest.mark.browser

PAGE = "data:text/html,<script>console.error('ready')</script>"
# One of them comes some seconds after the start, where this is turned off only then.
NOTHING_TO_FORGET = 'user_pref("datareporting.healthreport.uploadEnabled", false);'
HELPERS = ("crashreporter", "pingsender", "--backgroundtask")  # they speak to Firefox's maker


def profile_of(tree: ProcessTree) -> Path:
    """The profile of the one Firefox that runs."""
    (browser,) = tree.browsers("firefox")
    return Path(browser.command[browser.command.index("--profile") + 1])


def test_firefox_starts_no_program_for_its_maker_and_leaves_nothing(
    process_tree: ProcessTree,
) -> None:
    commands: set[str] = set()
    profiles: list[Path] = []

    def look() -> None:
        commands.update(" ".join(process.command) for process in process_tree.running())

    async def test() -> None:
        async with asyncio.timeout(HANG_S), AsyncExitStack() as stack:
            engine = make_engine(find_engine("firefox"), LaunchOptions())
            stack.push_async_callback(engine.stop)
            watching = asyncio.create_task(_often(look))
            await engine.start()
            profiles.append(profile_of(process_tree))
            assert NOTHING_TO_FORGET in (profiles[0] / "user.js").read_text()
            heard: asyncio.Queue[str] = asyncio.Queue()
            await engine.open(PAGE, heard.put_nowait)
            assert "ready" in await heard.get()
            with closed_port() as port, pytest.raises(EngineFailed) as failed:
                await engine.open(f"http://127.0.0.1:{port}/", heard.put_nowait)
            assert f"does not open http://127.0.0.1:{port}/" in str(failed.value)
            await engine.stop()
            watching.cancel()

    asyncio.run(test())
    assert any("--remote-debugging-port" in command for command in commands)
    assert [line for line in commands if any(name in line for name in HELPERS)] == []
    assert not profiles[0].exists()
    assert process_tree.survivors() == []


def test_tabs_that_come_while_others_go_all_open() -> None:
    tabs, turns = 5, 10
    opened: list[Tab] = []

    async def take_turns(engine: Engine, tab: int) -> None:
        for _ in range(turns):
            shown = await engine.open(PAGE, lambda _: None)
            opened.append(shown)
            await asyncio.sleep(tab * 0.03)  # so that one goes while another comes
            await shown.close()

    async def test() -> None:
        async with asyncio.timeout(HANG_S), AsyncExitStack() as stack:
            engine = make_engine(find_engine("firefox"), LaunchOptions())
            stack.push_async_callback(engine.stop)
            await engine.start()
            await asyncio.gather(*(take_turns(engine, tab) for tab in range(tabs)))

    asyncio.run(test())
    assert len(opened) == tabs * turns


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port at which nobody listens, and nobody will."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


async def _often(look: Callable[[], None]) -> None:
    while True:
        look()
        await asyncio.sleep(0.05)


def test_firefox_that_drops_the_proxy_of_a_page_is_told_before_any_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is older than the parameter: it takes the command, and goes past the gate."""
    (tmp_path / "ca.pem").write_bytes(trustme.CA().cert_pem.bytes())
    options = LaunchOptions(ca=tmp_path / "ca.pem")

    async def test() -> None:
        async with asyncio.timeout(HANG_S):
            engine = make_engine(find_engine("firefox"), options)
            await engine.start()
            await engine.stop()
            monkeypatch.setattr(
                "cors_harness.engines.bidi_pages.BidiPages._context_params", lambda *_: {}
            )
            monkeypatch.setattr("cors_harness.engines.proxy_probe.SEEN_S", 1)
            with pytest.raises(EngineFailed, match="proxy for each page, and does not use it"):
                await engine.start()
            await engine.stop()

    asyncio.run(test())


def test_program_that_ends_at_once_is_shown_with_its_last_words(tmp_path: Path) -> None:
    program = tmp_path / "firefox"
    program.write_text("#!/bin/sh\necho 'no display, sorry' >&2\nexit 7\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    found = EngineFound(
        name="firefox", executable=program, driver=Driver.BIDI, build=f"system {program}"
    )

    async def test() -> None:
        engine = make_engine(found, LaunchOptions())
        with pytest.raises(EngineFailed) as failed:
            await engine.start()
        assert "does not start or stay up:\n  it ended with status 7" in str(failed.value)
        await engine.stop()

    asyncio.run(test())


UPGRADE = (
    "GET /session HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def test_firefox_is_driven_by_nobody_else(process_tree: ProcessTree) -> None:
    """A page is told by its Origin, a name that leads here by Host; a second session is refused."""

    def bidi_port() -> int:
        server = profile_of(process_tree) / "WebDriverBiDiServer.json"
        assert stat.S_IMODE(server.parent.stat().st_mode) == 0o700
        return int(json.loads(server.read_text())["ws_port"])

    async def test() -> None:
        async with asyncio.timeout(HANG_S), AsyncExitStack() as stack:
            engine = make_engine(find_engine("firefox"), LaunchOptions())
            stack.push_async_callback(engine.stop)
            await engine.start()
            port = bidi_port()
            own = f"Host: 127.0.0.1:{port}\r\n"
            assert await answered(port, own) == 101
            assert await answered(port, f"{own}Origin: http://attacker.example\r\n") == 400
            assert await answered(port, f"{own}Origin: http://127.0.0.1:{port}\r\n") == 400
            assert await answered(port, f"Host: rebound.example:{port}\r\n") == 400
            second = await BidiConnection.open(f"ws://127.0.0.1:{port}/session")
            with pytest.raises(BidiError, match="Maximum number of active sessions"):
                await second.call("session.new", capabilities={})
            with pytest.raises(BidiError, match="invalid session id"):
                await second.call("browsingContext.getTree")
            await second.close()

    asyncio.run(test())


async def answered(port: int, fields: str) -> int:
    """The status of the answer to a request for a WebSocket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"{UPGRADE}{fields}\r\n".encode())
    line = await reader.readline()
    writer.close()
    return int(line.split()[1])
