"""WebKitGTK's MiniBrowser: what it says, how it is lost, and that it starts at all."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.wait_for_exit import HANG_S

from cors_harness.engines.base import LaunchOptions
from cors_harness.engines.found import Driver, EngineFound
from cors_harness.engines.minibrowser import ConsoleLineJoiner, MiniBrowserEngine
from cors_harness.engines.provision import find_engine
from cors_harness.errors import EngineFailed, EngineMissing

WHY = "CONSOLE SECURITY ERROR Origin null is not allowed by Access-Control-Allow-Origin."
URL = "CONSOLE JS ERROR Fetch API cannot load http://h/?cell=0.1 due to access control checks."
METHOD = "CONSOLE SECURITY ERROR Method PUT is not allowed by Access-Control-Allow-Methods."
URL_2 = URL.replace("0.1", "0.2")
POLICY = (
    "CONSOLE SECURITY ERROR Cancelled load to http://h/?cell=0.1 because it violates the resource's"
    " Cross-Origin-Resource-Policy response header."
)
PORT = "CONSOLE SECURITY ERROR Not allowed to use restricted network port 1: ws://127.0.0.1:1/"
LINES = {
    "a pair": ([WHY, URL], [f"{WHY}\n{URL}"]),
    "two pairs": ([WHY, URL, METHOD, URL_2], [f"{WHY}\n{URL}", f"{METHOD}\n{URL_2}"]),
    "why is said once": ([WHY, URL, URL_2], [f"{WHY}\n{URL}", URL_2]),
    "half a pair, then a whole line": ([METHOD, POLICY], [POLICY]),
    "half a pair, then a port": ([PORT, METHOD, URL], [PORT, f"{METHOD}\n{URL}"]),
    "noise in between": ([WHY, "MESA: warning", URL], [f"{WHY}\n{URL}"]),
    "an URL alone": ([URL], [URL]),
    "no console": (["Gtk-WARNING: CONSOLE", ""], []),
    "a log is no error": (["CONSOLE LOG http://h/?cell=0.1"], []),
}


@pytest.mark.parametrize(("lines", "words"), LINES.values(), ids=LINES)
def test_line_that_says_why_joins_the_line_with_the_url(lines: list[str], words: list[str]) -> None:
    heard: list[str] = []
    joiner = ConsoleLineJoiner(heard.append)
    for line in lines:
        joiner.take(line)
    assert heard == words


def minibrowser() -> EngineFound:
    try:
        found = find_engine("webkit")
    except EngineMissing as missing:
        pytest.skip(str(missing))
    if found.driver is not Driver.MINIBROWSER:
        pytest.skip("WebKit is Playwright's own build here")
    return found


def with_engine(found: EngineFound, use: Callable[[MiniBrowserEngine], Awaitable[None]]) -> None:
    async def main() -> None:
        engine = MiniBrowserEngine(found, LaunchOptions())
        try:
            async with asyncio.timeout(HANG_S):
                await use(engine)
        finally:
            await engine.stop()
            await engine.stop()

    asyncio.run(main())


@pytest.mark.browser
def test_page_is_heard_and_closed_by_itself_or_with_the_engine() -> None:
    async def use(engine: MiniBrowserEngine) -> None:
        version = await engine.start()
        assert version.label == f"WebKitGTK {version.version}, not Safari"
        heard: asyncio.Queue[str] = asyncio.Queue()
        page = "data:text/html,<script>throw Error('hello ' + navigator.cookieEnabled)</script>"
        tab = await engine.open(page, heard.put_nowait)
        still_open = await engine.open("about:blank", lambda _: None)
        assert "hello" in await heard.get()
        assert engine._shared is not None
        assert [file.name for file in engine._shared.iterdir()] == ["gstreamer"]  # found once
        assert not tab.lost.done()
        await tab.close()
        await tab.close()
        assert not still_open.lost.done()
        await engine.stop()
        assert "ended with status" in await still_open.lost

    with_engine(minibrowser(), use)


@pytest.mark.browser
def test_program_that_ends_says_why(tmp_path: Path) -> None:
    program = tmp_path / "MiniBrowser"
    program.write_text("#!/bin/sh\necho 'cannot open display' >&2\nexit 3\n")
    program.chmod(0o755)
    minibrowser()
    found = EngineFound(
        name="webkit", executable=program, driver=Driver.MINIBROWSER, build=f"system {program}"
    )

    async def use(engine: MiniBrowserEngine) -> None:
        await engine.start()

    with pytest.raises(EngineFailed, match=r"ended with status 3\n  cannot open display"):
        with_engine(found, use)
