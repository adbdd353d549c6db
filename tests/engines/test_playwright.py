"""The engines that Playwright drives, one at a time."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable

import pytest
from tests.run.family import DEADLINE_S, Family, send

from cors_harness.engines.base import EngineWays
from cors_harness.engines.playwright import PlaywrightEngine
from cors_harness.engines.provision import find_engine

pytestmark = pytest.mark.browser

PAGE = "data:text/html,<script>console.error('hello ' + navigator.webdriver)</script>"
Use = Callable[[PlaywrightEngine], Awaitable[None]]


@pytest.fixture(params=["chromium", "firefox"])
def engine(request: pytest.FixtureRequest) -> PlaywrightEngine:
    return PlaywrightEngine(find_engine(request.param), EngineWays())


def with_engine(engine: PlaywrightEngine, use: Use) -> None:
    async def main() -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                await use(engine)
        finally:
            await engine.stop()
            await engine.stop()

    asyncio.run(main())


def test_page_is_heard(engine: PlaywrightEngine, family: Family) -> None:
    async def use(engine: PlaywrightEngine) -> None:
        version = await engine.start()
        assert version.version in version.label
        heard: asyncio.Queue[str] = asyncio.Queue()
        tab = await engine.open(PAGE, heard.put_nowait)
        assert "hello" in await heard.get()
        assert not tab.lost.done()
        await tab.close()
        await tab.close()

    with_engine(engine, use)
    assert family.gone() == []


def test_killed_browser_is_a_lost_tab(engine: PlaywrightEngine, family: Family) -> None:
    async def use(engine: PlaywrightEngine) -> None:
        await engine.start()
        tab = await engine.open("about:blank", lambda _: None)
        send(signal.SIGKILL, family.browsers(engine.found.name))
        assert await tab.lost
        await tab.close()

    with_engine(engine, use)
    assert family.gone() == []


def test_engine_starts_again(engine: PlaywrightEngine, family: Family) -> None:
    async def use(engine: PlaywrightEngine) -> None:
        for _ in range(2):
            await engine.start()
            await engine.stop()
            assert family.gone() == []

    with_engine(engine, use)


def nothing_yet(_: Family) -> bool:
    return True


def driver_runs(family: Family) -> bool:
    return bool(family.living())


def browser_runs(family: Family) -> bool:
    return any(family.browsers(name) for name in ("chromium", "firefox"))


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


@pytest.mark.parametrize("moment", [nothing_yet, driver_runs, browser_runs])
def test_start_that_is_cancelled_leaves_nothing(
    engine: PlaywrightEngine, family: Family, moment: Callable[[Family], bool]
) -> None:
    async def use(engine: PlaywrightEngine) -> None:
        starting = asyncio.create_task(engine.start())
        async with asyncio.timeout(DEADLINE_S):
            await reached(lambda: moment(family))
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting

    with_engine(engine, use)
    assert family.gone() == []
