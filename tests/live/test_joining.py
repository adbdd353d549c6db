"""Who has joined: the names of columns, browsers that go and come back, and those taken away."""

import asyncio

import pytest
from tests.wait_for_exit import HANG_S

from cors_harness.engines.joined_browser import CLOSED, JoinedBrowser, Order
from cors_harness.errors import EngineFailed
from cors_harness.live.joining import MOST, REPLACED, STOPPED, JoinedBrowsers, JoinedState

WINDOW = "http://127.0.0.1:1/token/window"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NOWHERE = "Mozilla/5.0 (Haiku; rv:140.0) Gecko/20100101 Firefox/140.0"


def joined(browsers: JoinedBrowsers, agent: str = FIREFOX) -> JoinedState:
    state = browsers.join(agent, "")
    assert isinstance(state, JoinedState)
    return state


def test_columns_have_names_that_no_other_has() -> None:
    browsers = JoinedBrowsers(WINDOW, ["firefox-linux"])
    names = [joined(browsers, agent).column for agent in (FIREFOX, FIREFOX, NOWHERE)]
    assert names == ["firefox-linux-2", "firefox-linux-3", "firefox-2"]


def test_browser_that_has_gone_leaves_its_column_to_the_next() -> None:
    browsers = JoinedBrowsers(WINDOW)
    first = joined(browsers)
    browsers.note_gone(first.column, "its window was closed")
    assert [state.why for state in browsers.states()] == ["its window was closed"]
    again = joined(browsers)
    assert (again.column, again.id == first.id) == (first.column, False)
    assert browsers.states() == (again,)


def test_window_that_has_just_been_closed_leaves_its_column_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> None:
        monkeypatch.setattr("cors_harness.live.joining.REPLACED_S", 0)
        browsers = JoinedBrowsers(WINDOW)
        column = joined(browsers).column
        first = browsers.browsers()[column]
        assert joined(browsers).column == column
        second = browsers.browsers()[column]
        assert (first.over, second.over) == (REPLACED, "")
        asking = asked(second)
        await second.wait_until_there()
        assert joined(browsers).column == f"{column}-2"
        second.leave("over")
        await asking

    asyncio.run(asyncio.wait_for(main(), HANG_S))


def test_only_so_many_take_part() -> None:
    browsers = JoinedBrowsers(WINDOW)
    for _ in range(MOST):
        joined(browsers)
    assert (
        browsers.join(FIREFOX, "") == "8 browsers have joined, which is as many as can: remove one"
    )
    assert len(browsers.states()) == MOST


def test_stop_ends_it_and_once_more_takes_it_away() -> None:
    browsers = JoinedBrowsers(WINDOW)
    removed: list[str] = []
    browsers.on_removed = removed.append
    state = joined(browsers)
    browser = browsers.browsers()[state.column]
    assert browsers.leave(state.id)
    assert ([each.why for each in browsers.states()], removed) == ([STOPPED], [])
    assert (browser.over, browser.is_there) == (STOPPED, False)
    assert browsers.leave(state.id)
    assert (browsers.states(), removed) == ((), ["firefox-linux"])
    assert not browsers.leave(state.id)


def asked(browser: JoinedBrowser) -> asyncio.Task[Order]:
    return asyncio.create_task(browser.next_order())


def test_window_that_asks_again_is_there_again_and_its_run_is_told() -> None:
    async def main() -> None:
        browsers = JoinedBrowsers(WINDOW)
        returned: list[str] = []
        browsers.on_return = returned.append
        state = joined(browsers)
        browsers.note_gone(state.column, CLOSED)
        asking = asyncio.create_task(browsers.next_order(state.id))
        await browsers.browsers()[state.column].wait_until_there()
        assert (returned, browsers.states()) == ([state.column], (state,))
        browsers.leave(state.id)
        assert await asking == {"over": STOPPED}
        assert await browsers.next_order(state.id) == {"over": STOPPED}
        assert returned == [state.column]

    asyncio.run(asyncio.wait_for(main(), HANG_S))


def test_who_waits_for_a_window_hears_that_it_was_stopped() -> None:
    async def main() -> None:
        browsers = JoinedBrowsers(WINDOW)
        state = joined(browsers)
        waiting = asyncio.create_task(browsers.browsers()[state.column].wait_until_there())
        await asyncio.sleep(0)
        browsers.leave(state.id)
        with pytest.raises(EngineFailed, match="firefox-linux: it was stopped on the live page"):
            await waiting

    asyncio.run(asyncio.wait_for(main(), HANG_S))


def test_window_that_is_loaded_anew_takes_the_place_of_the_one_before() -> None:
    async def main() -> None:
        browsers = JoinedBrowsers(WINDOW)
        column = joined(browsers).column
        browser = browsers.browsers()[column]
        first = asked(browser)
        await browser.wait_until_there()
        second = asked(browser)
        assert await first == {}
        lost: list[str] = []
        await browser.show("http://127.0.0.1:9/", "http://127.0.0.1:8/TICKET", lost.append)
        order = await second
        assert order["entry"] == "http://127.0.0.1:8/TICKET"
        assert lost == []
        third = asked(browser)
        await browser.wait_until_there()
        assert lost == [CLOSED]
        browser.leave("over")
        await third

    asyncio.run(asyncio.wait_for(main(), HANG_S))


def test_order_that_a_window_does_not_live_to_hear_is_told_to_be_lost() -> None:
    async def main() -> None:
        browsers = JoinedBrowsers(WINDOW)
        column = joined(browsers).column
        browser = browsers.browsers()[column]
        asking = asked(browser)
        await browser.wait_until_there()
        lost: list[str] = []
        await browser.show("http://127.0.0.1:9/", None, lost.append)
        asking.cancel()
        await asyncio.wait({asking})
        assert lost == [CLOSED]

    asyncio.run(asyncio.wait_for(main(), HANG_S))
