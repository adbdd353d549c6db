"""The word board: the engine's words go to the cell that they name."""

import asyncio

import pytest

from cors_harness.run.console_log import SILENT_S, ConsoleLog


def words_of(board: ConsoleLog, token: str, sentinel: str) -> tuple[str, ...]:
    async def take() -> tuple[str, ...]:
        async with asyncio.timeout(30):
            return await board.take(token, sentinel)

    return asyncio.run(take())


def test_words_go_to_the_cell_that_they_name() -> None:
    board = ConsoleLog()
    board.expect("0.1")
    board.expect("0.11")
    board.heard("blocked http://h/?cell=0.11 at once")
    board.heard("blocked http://h/?a&cell=0.1")
    board.heard("blocked http://h/?cell=9.9, which nobody waits for")
    board.heard("nothing in particular")
    board.heard("cors-harness sentinel=chromium-0.1")
    assert words_of(board, "0.1", "chromium-0.1") == ("blocked http://h/?a&cell=0.1",)
    assert words_of(board, "0.11", "chromium-0.1") == ("blocked http://h/?cell=0.11 at once",)


def test_words_are_given_once() -> None:
    board = ConsoleLog()
    board.expect("0.1")
    board.heard("first ?cell=0.1")
    board.heard("cors-harness sentinel=webkit-2.1")
    assert words_of(board, "0.1", "webkit-2.1") == ("first ?cell=0.1",)
    board.heard("second ?cell=0.1")
    assert words_of(board, "0.1", "webkit-2.1") == ("second ?cell=0.1",)


def test_words_are_not_waited_for_behind_a_page_that_is_gone() -> None:
    """The sentinel of a dead page never comes: only what was heard counts."""

    async def main() -> tuple[str, ...]:
        board = ConsoleLog()
        board.expect("0.1")
        board.heard("blocked ?cell=0.1")
        waiting = asyncio.create_task(board.take("0.1", "chromium-7.1"))
        await asyncio.wait({waiting}, timeout=0)
        board.end_page("chromium-7")
        async with asyncio.timeout(SILENT_S / 2):
            return await waiting

    assert asyncio.run(main()) == ("blocked ?cell=0.1",)


def test_driver_that_lags_behind_its_page_is_waited_for_as_long_as_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cors_harness.run.console_log.SILENT_S", 0.2)

    async def main() -> tuple[str, ...]:
        board = ConsoleLog()
        board.expect("0.1")
        waiting = asyncio.create_task(board.take("0.1", "chromium-7.9"))
        for number in range(1, 9):
            await asyncio.sleep(0.1)
            board.heard(f"cors-harness sentinel=chromium-{number}.1")
        board.heard("blocked ?cell=0.1")
        board.heard("cors-harness sentinel=chromium-7.9")
        return await waiting

    assert asyncio.run(main()) == ("blocked ?cell=0.1",)


def test_engine_that_falls_silent_is_not_waited_for_whatever_others_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cors_harness.run.console_log.SILENT_S", 0.2)

    async def main() -> tuple[str, ...]:
        board = ConsoleLog()
        board.expect("0.1")
        waiting = asyncio.create_task(board.take("0.1", "chromium-7.9"))
        while not waiting.done():
            await asyncio.sleep(0.1)
            board.heard("cors-harness sentinel=firefox-1.1")
        return await waiting

    assert asyncio.run(main()) == ()
