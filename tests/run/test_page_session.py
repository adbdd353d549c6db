"""Sessions that a page posts to over HTTP."""

import asyncio
import contextlib
import http.client
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from cors_harness.model.cell import Cell
from cors_harness.model.events import CellFinished, Event
from cors_harness.model.observation import BODY_KEPT, Crashed, Fulfilled, Rejected, TimedOut
from cors_harness.model.route import Address
from cors_harness.model.scenario import (
    Call,
    Expectation,
    FetchContext,
    Outcome,
    Scenario,
    Step,
)
from cors_harness.model.server import APP, VERBATIM
from cors_harness.model.verdict import Status
from cors_harness.run import console_log
from cors_harness.run.bound_cell import BoundCell, UnboundCell
from cors_harness.run.cell_results import CellCollector, StepEnd
from cors_harness.run.origin_map import OriginMap, PageOrigins, RoleOrigins
from cors_harness.run.page_session import AHEAD, TRIES, PageLost, PageSession
from cors_harness.run.settings import RunSettings
from cors_harness.serving.page.server import PageServer, PostRefused
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.role import Role
from cors_harness.terms.source_span import SourceSpan
from cors_harness.wire.recorder import Recorder

AT_ONCE = 5
CHUNK = AHEAD * AT_ONCE
ORIGINS = OriginMap(PageOrigins(port=1, public_port=1), RoleOrigins(ports=dict.fromkeys(Role, 1)))


@pytest.fixture(autouse=True)
def console_that_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody writes to a console here."""
    monkeypatch.setattr(console_log, "SILENCE_S", 0.01)
    monkeypatch.setattr(console_log, "SETTLE_S", 0.01)


def bound_cell(number: int, steps: int = 1) -> BoundCell:
    expect = Expectation(outcome=(Outcome.ALLOWED,))
    scenario = Scenario(
        id=f"s{number}",
        title="A title",
        spec="https://fetch.spec.whatwg.org/#cors-check",
        source=SourceSpan(file="a.yaml", line=1),
        answers=(),
        steps=(Step(call=Call(), expect=expect),) * steps,
    )
    token = f"7.{number}"
    names = dict.fromkeys(("page", "server", "other", "third"), "http://127.0.0.1:1")
    cell = Cell(scenario=scenario, server=VERBATIM, engine="chromium")
    return BoundCell(cell=cell, token=token, names={**names, "token": token})


SEEN = {
    "kind": "fulfilled",
    "response_type": "cors",
    "status": 200,
    "url": "http://127.0.0.1:1/api/data",
    "redirected": False,
    "status_text": "OK",
    "headers": [["content-type", "text/plain"]],
    "body": "ok",
    "body_error": None,
    "duration_ms": 1.5,
}


class PageClient:
    """A page, as the page server sees it.

    Attributes:
        events: what was emitted so far.
        recorder: of the collector that the session has.
    """

    def __init__(
        self, pages: PageServer, session: PageSession, events: list[Event], recorder: Recorder
    ) -> None:
        self.pages, self._port = pages, pages.port
        self.recorder = recorder
        self.session, self.events = session, events

    async def post(self, path: str, data: dict[str, Any] | None = None, key: str = "k") -> Any:
        return await asyncio.to_thread(self._post, path, data or {}, key)

    async def finish(self, *tokens: str) -> None:
        """Reports cells as fulfilled."""
        finished = [{"token": token, "observation": SEEN} for token in tokens]
        await self.post("report", {"started": [], "finished": finished, "sentinel": None})

    def _post(self, path: str, data: dict[str, Any], key: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            _, _, token = self.pages.url("", key).partition("#")
            target = f"/harness/{path}?session={key}&token={token}"
            connection.request("POST", target, json.dumps(data))
            response = connection.getresponse()
            return json.load(response) if response.status == 200 else response.status
        finally:
            connection.close()

    def outcomes(self) -> dict[str, Outcome]:
        done = [event.record for event in self.events if isinstance(event, CellFinished)]
        return {record.cell.scenario.id: record.verdict.steps[-1].outcome for record in done}


def run_session(
    cells: Sequence[BoundCell | UnboundCell],
    use: Callable[[PageClient, CellCollector], Awaitable[None]],
) -> None:
    """Runs `use` with a page server, a recorder and one session under the key `k`."""

    async def main() -> None:
        pages, recorder, events = PageServer(), Recorder(), list[Event]()
        pages.bind()
        await pages.start()
        try:
            await recorder.start()
            collector = CellCollector(recorder, events.append)
            session = PageSession(cells, collector, RunSettings(concurrency=AT_ONCE), ORIGINS)
            pages.sessions["k"] = session.replies
            await use(PageClient(pages, session, events, recorder), collector)
        finally:
            await recorder.stop()
            await pages.stop()

    asyncio.run(main())


def test_cells_get_their_tokens_when_they_are_handed_out() -> None:
    """Tens of thousands may wait for their turn."""
    cells = [UnboundCell(cell=bound_cell(number).cell) for number in range(CHUNK + 3)]

    async def use(page: PageClient, _: CellCollector) -> None:
        before = _serial_of_next_token()
        first = [cell["token"] for cell in (await page.post("next"))["cells"]]
        assert _serial_of_next_token() == before + CHUNK + 1
        await page.finish(*first)
        rest, ended = await page.session.give_up(PageLost(why="it is gone", hung=False))
        waited = [f"{cell.cell.scenario.id}" for cell in cells[CHUNK:]]
        assert ([bound.cell.scenario.id for bound in rest], ended) == (waited, 0)

    run_session(cells, use)


def _serial_of_next_token() -> int:
    return int(ORIGINS.bind(bound_cell(0).cell).token.rpartition(".")[2])


def test_session_hands_out_each_cell_once_in_order() -> None:
    cells = [bound_cell(number) for number in range(CHUNK + 3)]

    async def use(page: PageClient, _: CellCollector) -> None:
        assert await page.post("hello", {"agent": "a test"}) == {"concurrency": AT_ONCE}
        handed: list[str] = []
        while chunk := (await page.post("next"))["cells"]:
            handed += [cell["token"] for cell in chunk]
        assert handed == [cell.token for cell in cells]

    run_session(cells, use)


def test_session_knows_when_a_page_keeps_something_back() -> None:
    async def use(page: PageClient, collector: CellCollector) -> None:
        await page.post("next")
        page.session.end()
        assert await page.post("over") == {"next": None}
        assert page.session.is_over.is_set()
        with pytest.raises(RuntimeError, match=r"7\.1"):
            page.session.check_complete()
        await page.finish("7.1")
        await collector.wait_until_judged()
        page.session.check_complete()
        assert page.outcomes() == {"s1": Outcome.ALLOWED}

    run_session([bound_cell(1)], use)


def test_who_stops_waiting_for_cells_does_not_end_them() -> None:
    async def use(page: PageClient, collector: CellCollector) -> None:
        await page.post("next")
        rejected = Rejected(error_name="TypeError", error_message="no", duration_ms=1.0)
        step_end = StepEnd(bound=cells[0], observation=rejected, sentinel="a-0.1")
        await collector.finish([step_end])  # waits for the console
        waiting = asyncio.create_task(collector.wait_until_judged())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        collector.console.end_page("a-0")
        await collector.wait_until_judged()
        assert page.outcomes() == {"s1": Outcome.FAILED}

    cells = [bound_cell(1)]
    run_session(cells, use)


def test_who_stops_waiting_for_a_session_does_not_end_its_cells() -> None:
    seen = {"kind": "rejected", "error_name": "TypeError", "error_message": "no", "duration_ms": 1}

    async def use(page: PageClient, collector: CellCollector) -> None:
        await page.post("next")
        finished = [{"token": "7.1", "observation": seen}]  # waits for the console
        await page.post("report", {"started": [], "finished": finished, "sentinel": "a-0.1"})
        waiting = asyncio.create_task(page.session.wait_until_judged())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        collector.console.end_page("a-0")
        await collector.wait_until_judged()
        assert page.outcomes() == {"s1": Outcome.FAILED}

    run_session([bound_cell(1)], use)


LOST = {"crash": (False, Crashed, Outcome.CRASHED), "hang": (True, TimedOut, Outcome.TIMEOUT)}


@pytest.mark.parametrize(("hung", "kind", "outcome"), LOST.values(), ids=LOST)
def test_session_that_is_lost_ends_what_had_begun_and_gives_back_the_rest(
    hung: bool, kind: type[Crashed | TimedOut], outcome: Outcome
) -> None:
    cells = [bound_cell(number) for number in range(CHUNK + 2)]

    async def use(page: PageClient, collector: CellCollector) -> None:
        await page.post("next")
        report = {"started": ["7.0", "7.1", "7.2"], "finished": [], "sentinel": None}
        await page.post("report", report)
        await page.finish("7.0")
        rest, in_flight = await page.session.give_up(PageLost(why="it is gone", hung=hung))
        await collector.wait_until_judged()
        assert in_flight == 2
        assert page.session.progress == 3
        assert [bound.token for bound in rest] == [f"7.{n}" for n in range(3, CHUNK + 2)]
        assert page.outcomes() == {"s0": Outcome.ALLOWED, "s1": outcome, "s2": outcome}
        last = page.events[-1]
        assert isinstance(last, CellFinished)
        assert isinstance(last.record.observations[0], kind)

    run_session(cells, use)


def test_cell_between_two_steps_is_in_flight() -> None:
    async def use(page: PageClient, collector: CellCollector) -> None:
        await page.post("next")
        await page.post("mark", {"token": "7.1", "observation": SEEN, "sentinel": None, "step": 0})
        rest, in_flight = await page.session.give_up(PageLost(why="it is gone", hung=False))
        await collector.wait_until_judged()
        assert (rest, in_flight) == ([], 1)
        (event,) = page.events
        assert isinstance(event, CellFinished)
        assert len(event.record.observations) == 2

    run_session([bound_cell(1, steps=2)], use)


def cell_that_needs(path: str) -> BoundCell:
    """Of two steps, the second with this path."""
    bound = bound_cell(1, steps=2)
    first, second = bound.cell.scenario.steps
    steps = (first, replace(second, call=Call(path=path)))
    scenario = replace(bound.cell.scenario, steps=steps)
    return replace(bound, cell=replace(bound.cell, scenario=scenario))


def test_page_is_told_a_call_when_what_it_needs_is_known() -> None:
    async def use(page: PageClient, collector: CellCollector) -> None:
        (cell,) = (await page.post("next"))["cells"]
        assert cell["steps"][1] is None
        report = {"token": "7.1", "observation": SEEN, "sentinel": None}
        told = await page.post("mark", report)
        assert told["settled"] == ["7.1"]
        assert told["calls"]["7.1"]["url"] == "http://127.0.0.1:1/text%2Fplain?cell=7.1"
        await page.finish("7.1")
        await collector.wait_until_judged()
        (event,) = page.events
        assert isinstance(event, CellFinished)
        assert event.record.step_values == (("steps.0.header.content-type", "text/plain"),)
        assert event.record.step_paths == ((1, "/{steps.0.header.content-type}"),)
        assert len(event.record.observations) == 2

    run_session([cell_that_needs("/{steps.0.header.content-type}")], use)


def test_cell_that_cannot_go_on_is_ended_and_the_page_is_told_no_call() -> None:
    async def use(page: PageClient, _: CellCollector) -> None:
        await page.post("next")
        report = {"token": "7.1", "observation": SEEN, "sentinel": None}
        assert await page.post("mark", report) == {"settled": ["7.1"]}
        await page.session.wait_until_judged()
        page.session.check_complete()
        assert page.session.progress == 1
        (event,) = page.events
        assert isinstance(event, CellFinished)
        assert event.record.verdict.status is Status.ERROR
        assert event.record.verdict.note == (
            "steps[1] needs the header x-a of steps[0]: "
            "its response (200) has content-type that page code can read"
        )

    run_session([cell_that_needs("/{steps.0.header.x-a}")], use)


def test_page_lost_in_the_step_that_should_bring_a_value_is_all_that_is_told() -> None:
    async def use(page: PageClient, collector: CellCollector) -> None:
        await page.post("next")
        await page.post("report", {"started": ["7.1"], "finished": [], "sentinel": None})
        await page.session.give_up(PageLost(why="it is gone", hung=False))
        await collector.wait_until_judged()
        (event,) = page.events
        assert isinstance(event, CellFinished)
        assert event.record.verdict.note == (
            "steps[0]: the engine crashed: it is gone; 1 of 2 steps ran; "
            "this says nothing about CORS"
        )

    run_session([cell_that_needs("/{steps.0.header.x-a}")], use)


def test_the_record_has_the_beginning_of_a_long_body_only() -> None:
    body = json.dumps({"pad": "x" * 10_000, "id": 7})

    async def use(page: PageClient, collector: CellCollector) -> None:
        await page.post("next")
        report = {"token": "7.1", "observation": {**SEEN, "body": body}, "sentinel": None}
        told = await page.post("mark", report)
        assert told["calls"]["7.1"]["url"] == "http://127.0.0.1:1/7?cell=7.1"
        await page.finish("7.1")
        await collector.wait_until_judged()
        (event,) = page.events
        assert isinstance(event, CellFinished)
        first = event.record.observations[0]
        assert isinstance(first, Fulfilled)
        assert first.body == body[:BODY_KEPT]

    run_session([cell_that_needs("/{steps.0.json.id}")], use)


def test_page_of_another_session_is_told_to_go() -> None:
    async def use(page: PageClient, _: CellCollector) -> None:
        assert await page.post("next", key="another") == 410

    run_session([bound_cell(1)], use)


OVER: dict[str, Any] = {"kind": "timed-out", "detail": "", "duration_ms": 1}
# id -> (path, what a page would never post, the message)
NEVER_POSTED: dict[str, tuple[str, Any, str]] = {
    "no object": ("next", [1], "found a list of 1; expected an object"),
    "a key that is missing": ("report", {"started": []}, "finished: found nothing; expected a l"),
    "an unknown cell": (
        "report",
        {"started": [], "finished": [{"token": "0.0", "observation": OVER}], "sentinel": None},
        "token: found '0.0'; expected the token of a cell that the page has",
    ),
    "another kind": (
        "mark",
        {"token": "0.1", "observation": {**OVER, "kind": "late"}, "sentinel": None},
        "observation.kind: found 'late'; expected fulfilled, rejected or timed-out",
    ),
    "half of an observation": (
        "mark",
        {"token": "0.1", "observation": {"kind": "rejected"}, "sentinel": 7},
        "observation.error_name: found nothing; expected text",
    ),
    "a late cell": ("late", {"token": None}, "token: found null; expected text"),
}


@pytest.mark.parametrize(("path", "data", "words"), NEVER_POSTED.values(), ids=NEVER_POSTED)
def test_what_no_page_posts_is_raised_by_watching(path: str, data: Any, words: str) -> None:
    async def use(page: PageClient, _: CellCollector) -> None:
        watching = asyncio.create_task(page.pages.watch())
        assert await page.post(path, data) == 400
        with pytest.raises(PostRefused, match=re.escape(f"/harness/{path} ")) as raised:
            await watching
        assert words in str(raised.value)

    run_session([bound_cell(1)], use)


def test_cell_that_came_late_begins_afresh_under_another_token_and_not_for_ever() -> None:
    async def use(page: PageClient, _: CellCollector) -> None:
        (cell,) = (await page.post("next"))["cells"]
        tokens = [cell["token"]]
        while again := (await page.post("late", {"token": tokens[-1]}))["again"]:
            assert [step["url"] for step in again["steps"]] == [
                f"http://127.0.0.1:1/api/data?cell={again['token']}"
            ] * 2
            tokens.append(again["token"])
        assert len(set(tokens)) == len(tokens) == TRIES
        await page.finish(tokens[-1])
        assert page.outcomes() == {"s1": Outcome.ALLOWED}

    run_session([bound_cell(1, steps=2)], use)


def test_cell_that_begins_afresh_needs_what_its_first_step_brings_then() -> None:
    async def marked(page: PageClient, token: str, value: str) -> str:
        seen = {**SEEN, "headers": [["x-a", value]]}
        told = await page.post("mark", {"token": token, "observation": seen, "sentinel": None})
        url: str = told["calls"][token]["url"]
        return url

    async def use(page: PageClient, _: CellCollector) -> None:
        (cell,) = (await page.post("next"))["cells"]
        token = cell["token"]
        assert await marked(page, token, "1") == f"http://127.0.0.1:1/1?cell={token}"
        again = (await page.post("late", {"token": token}))["again"]
        assert again["steps"][1] is None
        token = again["token"]
        assert await marked(page, token, "2") == f"http://127.0.0.1:1/2?cell={token}"
        await page.finish(token)
        await page.session.wait_until_judged()
        (event,) = page.events
        assert isinstance(event, CellFinished)
        assert event.record.step_values == (("steps.0.header.x-a", "2"),)

    run_session([cell_that_needs("/{steps.0.header.x-a}")], use)


@pytest.mark.parametrize("marked", [False, True], ids=["last step", "step before the last"])
def test_browser_state_changed_by_a_try_that_came_late_counts(marked: bool) -> None:
    async def use(page: PageClient, _: CellCollector) -> None:
        (cell,) = (await page.post("next"))["cells"]
        async with answering(b"Set-Cookie: a=b") as server:
            front = await page.recorder.listen(Address(port=server), "server")
            await asyncio.to_thread(get, front, f"/?cell={cell['token']}")
        if marked:
            await page.post("mark", {"token": cell["token"], "observation": SEEN, "sentinel": None})
        again = (await page.post("late", {"token": cell["token"]}))["again"]
        await page.finish(again["token"])
        await page.session.wait_until_judged()
        assert page.session.changed_browser_state

    run_session([bound_cell(1, steps=2)], use)


@contextlib.asynccontextmanager
async def answering(line: bytes) -> AsyncIterator[int]:
    """The port of a server whose every answer has this header line."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n" + line + b"\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def get(port: int, target: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", target)
    connection.getresponse().read()
    connection.close()


def test_the_page_of_a_sandboxed_frame_is_an_opaque_origin() -> None:
    cell = bound_cell(1)
    scenario = cell.cell.scenario
    page = replace(scenario.page, place=FetchContext.SANDBOXED_FRAME)
    framed = replace(cell, cell=replace(cell.cell, scenario=replace(scenario, page=page)))
    assert (cell.page, framed.page) == ("http://127.0.0.1:1", "null")


def order(number: int) -> BoundCell:
    """A cell that sends cookies to the user's app and may change something there."""
    bound = bound_cell(number)
    call = Call(method="POST", credentials=CredentialsMode.INCLUDE)
    step = replace(bound.cell.scenario.steps[0], call=call)
    scenario = replace(bound.cell.scenario, steps=(step,), answers=None)
    return replace(bound, cell=replace(bound.cell, scenario=scenario, server=APP))


def tokens_of(reply: dict[str, Any]) -> list[str]:
    return [cell["token"] for cell in reply["cells"]]


def test_cells_that_may_change_something_come_last_and_one_by_one() -> None:
    async def use(page: PageClient, _: CellCollector) -> None:
        assert tokens_of(await page.post("next")) == ["7.2"]
        asked = asyncio.create_task(page.post("next"))
        await asyncio.sleep(0.1)
        assert not asked.done(), "another cell is running"
        await page.finish("7.2")
        assert tokens_of(await asked) == ["7.1"]
        await page.finish("7.1")
        assert tokens_of(await page.post("next")) == ["7.3"]
        await page.finish("7.3")
        assert await page.post("next") == {"cells": [], "over": True}

    run_session([order(1), bound_cell(2), order(3)], use)


def test_page_that_waits_for_its_turn_is_let_go_when_its_session_ends() -> None:
    async def use(page: PageClient, _: CellCollector) -> None:
        assert tokens_of(await page.post("next")) == ["7.2"]
        asked = asyncio.create_task(page.post("next"))
        await asyncio.sleep(0.1)
        page.session.end()
        assert await asked == {"cells": [], "over": True}

    run_session([order(1), bound_cell(2)], use)


def test_late_cell_that_waits_for_the_end_of_the_page_holds_nobody_up() -> None:
    async def use(page: PageClient, _: CellCollector) -> None:
        await page.post("next")
        late = (await page.post("late", {"token": "7.2"}))["again"]["token"]
        assert tokens_of(await page.post("next")) == ["7.1"]
        await page.finish("7.1", late)
        assert await page.post("next") == {"cells": [], "over": True}

    run_session([order(1), bound_cell(2)], use)


def test_cells_in_turn_that_are_left_after_a_cookie_run_by_themselves() -> None:
    async def use(page: PageClient, collector: CellCollector) -> None:
        assert tokens_of(await page.post("next")) == ["7.1"]
        await page.finish("7.1")
        page.session.changed_browser_state = True
        assert await page.post("next") == {"cells": [], "over": True}
        (isolated,) = collector.isolated["chromium"]
        assert (isolated.cell.scenario.id, isolated.plain) == ("s2", False)
        page.session.check_complete()

    run_session([order(1), order(2)], use)


def test_page_that_is_lost_gives_back_the_cells_in_turn_too() -> None:
    async def use(page: PageClient, _: CellCollector) -> None:
        await page.post("next")
        rest, ended = await page.session.give_up(PageLost(why="gone", hung=False))
        assert ([bound.cell.scenario.id for bound in rest], ended) == (["s2", "s1", "s3"], 0)

    run_session([order(1), bound_cell(2), order(3)], use)
