"""The engines that Playwright drives, one at a time."""

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext
from tests.run.process_tree import ProcessInfo, ProcessTree, send
from tests.wait_for_exit import HANG_S

from cors_harness.engines.base import LaunchOptions, PageOptions
from cors_harness.engines.playwright import PlaywrightEngine
from cors_harness.engines.provision import find_engine
from cors_harness.errors import EngineFailed

pytestmark = pytest.mark.browser

PAGE = "data:text/html,<script>console.error('hello ' + navigator.webdriver)</script>"
Use = Callable[[PlaywrightEngine], Awaitable[None]]


@pytest.fixture(params=["chromium", "firefox"])
def engine(request: pytest.FixtureRequest) -> PlaywrightEngine:
    return found(request.param)


def found(name: str) -> PlaywrightEngine:
    return PlaywrightEngine(find_engine(name, by_playwright=True), LaunchOptions())


def with_engine(engine: PlaywrightEngine, use: Use) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(HANG_S):
                await use(engine)
        finally:
            await engine.stop()
            await engine.stop()

    asyncio.run(main())


def test_page_is_heard_and_a_browser_that_starts_again_is_lost_when_killed(
    engine: PlaywrightEngine, process_tree: ProcessTree
) -> None:
    async def use(engine: PlaywrightEngine) -> None:
        version = await engine.start()
        assert version.version in version.label
        heard: asyncio.Queue[str] = asyncio.Queue()
        tab = await engine.open(PAGE, heard.put_nowait)
        assert "hello" in await heard.get()
        assert not tab.lost.done()
        await tab.close()
        await tab.close()
        await engine.stop()
        assert process_tree.survivors() == []
        await engine.start()
        tab = await engine.open("about:blank", lambda _: None)
        send(signal.SIGKILL, process_tree.browsers(engine.found.name))
        assert await tab.lost
        await tab.close()

    with_engine(engine, use)
    assert process_tree.survivors() == []


@pytest.mark.parametrize("proxy", [None, "socks5://127.0.0.1:9"], ids=["no proxy", "proxy"])
def test_start_opens_no_page_beside_the_first_tab(proxy: str | None) -> None:
    async def use(engine: PlaywrightEngine) -> None:
        await engine.start()
        for count in (1, 2):
            await engine.open("data:text/html,", lambda _: None, PageOptions(proxy=proxy))
            assert engine._browser is not None
            assert len(engine._browser.contexts) == count

    with_engine(found("chromium"), use)


def nothing_yet(_: ProcessTree) -> bool:
    return True


def driver_runs(process_tree: ProcessTree) -> bool:
    return bool(process_tree.running())


def browser_runs(process_tree: ProcessTree) -> bool:
    return any(process_tree.browsers(name) for name in ("chromium", "firefox"))


async def reached(condition: Callable[[], bool]) -> None:
    """Lets the loop go round until it holds."""
    turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def look() -> None:
        if not turn.done() and condition():
            turn.set_result(None)
        elif not turn.done():
            asyncio.get_running_loop().call_soon(look)

    asyncio.get_running_loop().call_soon(look)
    await turn


def test_page_that_opens_while_its_browser_stops_is_told(
    engine: PlaywrightEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping: list[asyncio.Task[None]] = []

    async def has_context(browser: Browser, **options: Any) -> BrowserContext:
        """A real context, and an engine that is stopped as soon as it is there."""
        context = await new_context(browser, **options)
        stopping.append(asyncio.create_task(engine.stop()))
        await asyncio.sleep(0)
        return context

    async def use(engine: PlaywrightEngine) -> None:
        await engine.start()
        await engine.open("about:blank", lambda _: None)  # takes the page that is there by now
        monkeypatch.setattr(Browser, "new_context", has_context)
        with pytest.raises(EngineFailed, match="does not open data:"):
            await engine.open(PAGE, lambda _: None)
        await stopping[0]

    new_context = Browser.new_context
    with_engine(engine, use)


# Before there is a browser, it does not matter which one it is to be.
MOMENTS = {
    "nothing yet": (nothing_yet, "chromium"),
    "driver runs": (driver_runs, "chromium"),
    "chromium runs": (browser_runs, "chromium"),
    "firefox runs": (browser_runs, "firefox"),
}


@pytest.mark.parametrize(("moment", "name"), MOMENTS.values(), ids=MOMENTS)
def test_start_that_is_cancelled_leaves_nothing(
    moment: Callable[[ProcessTree], bool], name: str, process_tree: ProcessTree
) -> None:
    async def use(engine: PlaywrightEngine) -> None:
        starting = asyncio.create_task(engine.start())
        await reached(lambda: moment(process_tree))
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting

    with_engine(found(name), use)
    assert process_tree.survivors() == []


def drivers(process_tree: ProcessTree) -> list[ProcessInfo]:
    return [p for p in process_tree.running() if "run-driver" in p.command]


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files; its path is short, as those of sockets have to be."""
    with tempfile.TemporaryDirectory() as place:
        monkeypatch.setenv("TMPDIR", place)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(place)


def test_killed_driver_is_a_lost_tab_and_takes_its_browser_along(
    engine: PlaywrightEngine,
    process_tree: ProcessTree,
    place: Path,
) -> None:
    async def use(engine: PlaywrightEngine) -> None:
        await engine.start()
        tab = await engine.open("about:blank", lambda _: None)
        send(signal.SIGKILL, drivers(process_tree))
        assert (await tab.lost).startswith("Playwright's driver went away: status -9 (SIGKILL, ")
        with pytest.raises(EngineFailed, match="driver went away"):
            await engine.open("about:blank", lambda _: None)
        await tab.close()
        await engine.stop()
        assert process_tree.survivors() == []

    with_engine(engine, use)
    assert list(place.iterdir()) == []


def test_driver_that_is_killed_while_it_starts_is_an_engine_that_does_not(
    process_tree: ProcessTree,
) -> None:
    async def use(engine: PlaywrightEngine) -> None:
        starting = asyncio.create_task(engine.start())
        while not (begun := await asyncio.to_thread(drivers, process_tree)):
            pass
        send(signal.SIGKILL, begun)
        with pytest.raises(EngineFailed, match="driver went away"):
            await starting

    with_engine(found("chromium"), use)
    assert process_tree.survivors() == []
