"""Console lines go to the cell that they name, once all of them are there."""

import asyncio

import pytest

from cors_harness.run.console_log import SILENT_S, ConsoleLog


def lines_of(console: ConsoleLog, token: str, sentinel: str) -> tuple[str, ...]:
    async def collect() -> tuple[str, ...]:
        async with asyncio.timeout(30):
            return await console.collect(token, sentinel)

    return asyncio.run(collect())


def test_lines_go_to_the_cell_that_they_name() -> None:
    console = ConsoleLog()
    console.expect("0.1")
    console.expect("0.11")
    console.add("blocked http://h/?cell=0.11 at once")
    console.add("blocked http://h/?a&cell=0.1")
    console.add("blocked http://h/?cell=9.9, which nobody waits for")
    console.add("nothing in particular")
    console.add("cors-harness sentinel=chromium-0.1")
    assert lines_of(console, "0.1", "chromium-0.1") == ("blocked http://h/?a&cell=0.1",)
    assert lines_of(console, "0.11", "chromium-0.1") == ("blocked http://h/?cell=0.11 at once",)


def test_sentinel_of_a_column_with_several_words_is_that_columns() -> None:
    console = ConsoleLog(frozenset({"edge-windows"}))
    console.expect("0.1")
    console.add("blocked http://h/?cell=0.1")
    console.add("cors-harness sentinel=chrome-grid-4.1")
    assert lines_of(console, "0.1", "edge-windows-3.1") == ()
    assert lines_of(console, "0.1", "chrome-grid-4.1") == ("blocked http://h/?cell=0.1",)


def test_line_that_names_no_cell_goes_to_the_one_that_was_redirected_there() -> None:
    console = ConsoleLog()
    console.expect("0.1")
    console.add("blocked https://h/login?next=/me", "firefox-3")
    console.add("blocked https://h/login?next=/me of another page", "firefox-4")
    console.add("blocked https://h/other", "firefox-3")
    console.add("cors-harness sentinel=firefox-3.1", "firefox-3")

    async def collect() -> tuple[str, ...]:
        return await console.collect("0.1", "firefox-3.1", ["https://h/login?next=/me"])

    assert asyncio.run(collect()) == ("blocked https://h/login?next=/me",)


def test_line_of_a_page_that_is_bound_goes_to_its_cell() -> None:
    console = ConsoleLog()
    console.expect("0.1")
    console.add("blocked https://h/me", "firefox-3", "0.1")
    console.add("cors-harness sentinel=firefox-3.1", "firefox-3", "0.1")
    assert lines_of(console, "0.1", "firefox-3.1") == ("blocked https://h/me",)


def test_lines_are_given_once() -> None:
    console = ConsoleLog()
    console.expect("0.1")
    console.add("first ?cell=0.1")
    console.add("cors-harness sentinel=webkit-2.1")
    assert lines_of(console, "0.1", "webkit-2.1") == ("first ?cell=0.1",)
    console.add("second ?cell=0.1")
    assert lines_of(console, "0.1", "webkit-2.1") == ("second ?cell=0.1",)


def test_lines_of_a_page_that_is_gone_are_not_waited_for() -> None:
    """The sentinel of a dead page never comes: only what is there counts."""

    async def main() -> tuple[str, ...]:
        console = ConsoleLog()
        console.expect("0.1")
        console.add("blocked ?cell=0.1")
        waiting = asyncio.create_task(console.collect("0.1", "chromium-7.1"))
        await asyncio.wait({waiting}, timeout=0)
        console.end_page("chromium-7")
        async with asyncio.timeout(SILENT_S / 2):
            return await waiting

    assert asyncio.run(main()) == ("blocked ?cell=0.1",)


def test_driver_that_lags_behind_its_page_is_waited_for_as_long_as_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cors_harness.run.console_log.SILENT_S", 0.2)

    async def main() -> tuple[str, ...]:
        console = ConsoleLog()
        console.expect("0.1")
        waiting = asyncio.create_task(console.collect("0.1", "chromium-7.9"))
        for number in range(1, 9):
            await asyncio.sleep(0.1)
            console.add(f"cors-harness sentinel=chromium-{number}.1")
        console.add("blocked ?cell=0.1")
        console.add("cors-harness sentinel=chromium-7.9")
        return await waiting

    assert asyncio.run(main()) == ("blocked ?cell=0.1",)


def test_engine_that_falls_silent_is_not_waited_for_whatever_others_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cors_harness.run.console_log.SILENT_S", 0.2)

    async def main() -> tuple[str, ...]:
        console = ConsoleLog()
        console.expect("0.1")
        waiting = asyncio.create_task(console.collect("0.1", "chromium-7.9"))
        while not waiting.done():
            await asyncio.sleep(0.1)
            console.add("cors-harness sentinel=firefox-1.1")
        return await waiting

    assert asyncio.run(main()) == ()


def test_engine_without_console_is_not_waited_for_at_all() -> None:
    async def main() -> tuple[str, ...]:
        console = ConsoleLog(engines_without_console={"webkit"})
        console.expect("0.1")
        async with asyncio.timeout(SILENT_S / 2):
            return await console.collect("0.1", "webkit-7.1")

    assert asyncio.run(main()) == ()
