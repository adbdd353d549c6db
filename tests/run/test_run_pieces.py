"""Placeholders, tokens, the word board, and sessions that a page talks to over HTTP."""

import asyncio
import contextlib
import dataclasses
import http.client
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cors_harness.model.cell import Cell
from cors_harness.model.events import CellFinished, Event
from cors_harness.model.observation import Crashed, Rejected, TimedOut
from cors_harness.model.route import Address
from cors_harness.model.scenario import (
    Call,
    Expectation,
    Outcome,
    Place,
    Scenario,
    SourceSpan,
    Step,
)
from cors_harness.model.server import VERBATIM
from cors_harness.run.finishing import Finisher
from cors_harness.run.placeholders import fill
from cors_harness.run.prepared import Prepared, with_token
from cors_harness.run.session import CHUNK, TRIES, Session
from cors_harness.run.settings import RunSettings
from cors_harness.run.words import SENTINEL_WAIT_S, WordBoard
from cors_harness.serving.page_server import PageServer
from cors_harness.wire.recorder import Recorder

SERIAL = itertools.count(901)
NAMES = {"page": "http://127.0.0.1:1", "cell": "cell=0.1", "token": "0.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    text: str
    pairs: tuple[tuple[str, str], ...] = ()
    number: int = 0


FILLED = {
    "one": ("{page}", "http://127.0.0.1:1"),
    "inside": ("{page}/a?{cell}&t={token}", "http://127.0.0.1:1/a?cell=0.1&t=0.1"),
    "unknown name": ("{other}", "{other}"),
    "other braces": ('{"n": {}}', '{"n": {}}'),
    "braces around": ("{{token}}", "{0.1}"),
    "tuple": (("{token}", ("a", "{token}")), ("0.1", ("a", "0.1"))),
    "number": (7, 7),
    "none": (None, None),
    "dataclass": (
        Nested(text="{token}", pairs=(("A", "{page}"),), number=3),
        Nested(text="0.1", pairs=(("A", "http://127.0.0.1:1"),), number=3),
    ),
}


@pytest.mark.parametrize(("value", "filled"), FILLED.values(), ids=FILLED)
def test_placeholders_are_filled_at_any_depth(value: object, filled: object) -> None:
    assert fill(value, NAMES) == filled


def test_what_is_filled_is_not_filled_again() -> None:
    assert fill("{page}", {"page": "{token}", "token": "x"}) == "{token}"


URLS = {
    "no query": ("http://h:1/a", "http://h:1/a?cell=0.1"),
    "query": ("http://h:1/a?b=1", "http://h:1/a?b=1&cell=0.1"),
    "fragment": ("http://h:1/a#c", "http://h:1/a?cell=0.1#c"),
    "both": ("http://h:1/a?b#c", "http://h:1/a?b&cell=0.1#c"),
    "escapes stay": ("http://h:1/%7E?%20=+", "http://h:1/%7E?%20=+&cell=0.1"),
}


@pytest.mark.parametrize(("url", "named"), URLS.values(), ids=URLS)
def test_token_is_added_to_the_query(url: str, named: str) -> None:
    assert with_token(url, "0.1") == named


# Origins


def test_the_page_of_a_sandboxed_frame_is_an_opaque_origin() -> None:
    cell = prepared(1)
    scenario = cell.cell.scenario
    page = replace(scenario.page, place=Place.SANDBOXED_FRAME)
    framed = replace(cell, cell=replace(cell.cell, scenario=replace(scenario, page=page)))
    assert (cell.page, framed.page) == ("http://127.0.0.1:1", "null")


# Words


def words_of(board: WordBoard, token: str, sentinel: str) -> tuple[str, ...]:
    async def take() -> tuple[str, ...]:
        async with asyncio.timeout(30):
            return await board.take(token, sentinel)

    return asyncio.run(take())


def test_words_go_to_the_cell_that_they_name() -> None:
    board = WordBoard()
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
    board = WordBoard()
    board.expect("0.1")
    board.heard("first ?cell=0.1")
    board.heard("cors-harness sentinel=webkit-2.1")
    assert words_of(board, "0.1", "webkit-2.1") == ("first ?cell=0.1",)
    board.heard("second ?cell=0.1")
    assert words_of(board, "0.1", "webkit-2.1") == ("second ?cell=0.1",)


def test_words_are_not_waited_for_behind_a_page_that_is_gone() -> None:
    """The sentinel of a dead page never comes: only what was heard counts."""

    async def main() -> tuple[str, ...]:
        board = WordBoard()
        board.expect("0.1")
        board.heard("blocked ?cell=0.1")
        waiting = asyncio.create_task(board.take("0.1", "chromium-7.1"))
        await asyncio.wait({waiting}, timeout=0)
        board.end_page("chromium-7")
        async with asyncio.timeout(SENTINEL_WAIT_S / 2):
            return await waiting

    assert asyncio.run(main()) == ("blocked ?cell=0.1",)


# Sessions


def prepared(number: int, steps: int = 1) -> Prepared:
    expect = Expectation(outcome=Outcome.ALLOWED)
    scenario = Scenario(
        id=f"s{number}",
        title="A title",
        spec="https://fetch.spec.whatwg.org/#cors-check",
        source=SourceSpan(file="a.yaml", line=1),
        answers=(),
        steps=(Step(call=Call(), expect=expect),) * steps,
    )
    token = f"0.{number}"
    names = dict.fromkeys(("page", "server", "other", "third"), "http://127.0.0.1:1")
    cell = Cell(scenario=scenario, server=VERBATIM, engine="chromium")
    return Prepared(cell=cell, token=token, names={**names, "token": token})


SEEN = {
    "kind": "fulfilled",
    "response_type": "cors",
    "status": 200,
    "url": "http://127.0.0.1:1/api/data",
    "redirected": False,
    "headers": [["content-type", "text/plain"]],
    "body": "ok",
    "body_error": None,
    "duration_ms": 1.5,
}


class Talk:
    """A page's end of the talk with the page server.

    Attributes:
        events: what was emitted so far.
        recorder: of the finisher that the session has.
    """

    def __init__(
        self, pages: PageServer, session: Session, events: list[Event], recorder: Recorder
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
            connection.request("POST", f"/harness/{path}?session={key}", json.dumps(data))
            response = connection.getresponse()
            return json.load(response) if response.status == 200 else response.status
        finally:
            connection.close()

    def outcomes(self) -> dict[str, Outcome]:
        done = [event.record for event in self.events if isinstance(event, CellFinished)]
        return {record.cell.scenario.id: record.verdict.steps[-1].outcome for record in done}


def afresh(cell: Cell) -> Prepared:
    """The cell under another token."""
    return dataclasses.replace(prepared(0), cell=cell, token=f"0.{next(SERIAL)}")


def talk(cells: list[Prepared], use: Callable[[Talk, Finisher], Awaitable[None]]) -> None:
    """Runs `use` with a page server, a recorder and one session under the key `k`."""

    async def main() -> None:
        pages, recorder, events = PageServer(), Recorder(), list[Event]()
        pages.bind()
        await pages.start()
        try:
            await recorder.start()
            finisher = Finisher(recorder, events.append)
            session = Session(cells, finisher, RunSettings(concurrency=5), afresh)
            pages.sessions["k"] = session.answers
            await use(Talk(pages, session, events, recorder), finisher)
        finally:
            await recorder.stop()
            await pages.stop()

    asyncio.run(main())


def test_session_hands_out_each_cell_once_in_order() -> None:
    cells = [prepared(number) for number in range(CHUNK + 3)]

    async def use(page: Talk, _: Finisher) -> None:
        assert await page.post("hello", {"agent": "a test"}) == {"concurrency": 5}
        handed: list[str] = []
        while chunk := (await page.post("next"))["cells"]:
            handed += [cell["token"] for cell in chunk]
        assert handed == [cell.token for cell in cells]

    talk(cells, use)


def test_session_knows_when_a_page_keeps_something_back() -> None:
    async def use(page: Talk, finisher: Finisher) -> None:
        await page.post("next")
        page.session.end()
        assert await page.post("over") == {"next": None}
        assert page.session.done.is_set()
        with pytest.raises(RuntimeError, match=r"0\.1"):
            page.session.check()
        await page.finish("0.1")
        await finisher.settle()
        page.session.check()
        assert page.outcomes() == {"s1": Outcome.ALLOWED}

    talk([prepared(1)], use)


def test_who_stops_waiting_for_cells_does_not_end_them() -> None:
    async def use(page: Talk, finisher: Finisher) -> None:
        await page.post("next")
        rejected = Rejected(error_name="TypeError", error_message="no", duration_ms=1.0)
        await finisher.finish([(cells[0], rejected)], "a-0.1")  # waits for the engine's words
        waiting = asyncio.create_task(finisher.settle())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        finisher.board.end_page("a-0")
        await finisher.settle()
        assert page.outcomes() == {"s1": Outcome.FAILED}

    cells = [prepared(1)]
    talk(cells, use)


def test_who_stops_waiting_for_a_session_does_not_end_its_cells() -> None:
    seen = {"kind": "rejected", "error_name": "TypeError", "error_message": "no", "duration_ms": 1}

    async def use(page: Talk, finisher: Finisher) -> None:
        await page.post("next")
        finished = [{"token": "0.1", "observation": seen}]  # waits for the engine's words
        await page.post("report", {"started": [], "finished": finished, "sentinel": "a-0.1"})
        waiting = asyncio.create_task(page.session.settle())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
        finisher.board.end_page("a-0")
        await finisher.settle()
        assert page.outcomes() == {"s1": Outcome.FAILED}

    talk([prepared(1)], use)


LOST = {"crash": (False, Crashed, Outcome.CRASHED), "hang": (True, TimedOut, Outcome.TIMEOUT)}


@pytest.mark.parametrize(("hung", "kind", "outcome"), LOST.values(), ids=LOST)
def test_session_that_is_lost_ends_what_had_begun_and_gives_back_the_rest(
    hung: bool, kind: type[Crashed | TimedOut], outcome: Outcome
) -> None:
    cells = [prepared(number) for number in range(CHUNK + 2)]

    async def use(page: Talk, finisher: Finisher) -> None:
        await page.post("next")
        report = {"started": ["0.0", "0.1", "0.2"], "finished": [], "sentinel": None}
        await page.post("report", report)
        await page.finish("0.0")
        rest, in_flight = await page.session.give_up("it is gone", hung=hung)
        await finisher.settle()
        assert in_flight == 2
        assert page.session.progress == 3
        assert [each.token for each in rest] == [f"0.{n}" for n in range(3, CHUNK + 2)]
        assert page.outcomes() == {"s0": Outcome.ALLOWED, "s1": outcome, "s2": outcome}
        last = page.events[-1]
        assert isinstance(last, CellFinished)
        assert isinstance(last.record.observations[0], kind)

    talk(cells, use)


def test_cell_between_two_steps_is_in_flight() -> None:
    async def use(page: Talk, finisher: Finisher) -> None:
        await page.post("next")
        await page.post("mark", {"token": "0.1", "observation": SEEN, "sentinel": None, "step": 0})
        rest, in_flight = await page.session.give_up("it is gone", hung=False)
        await finisher.settle()
        assert (rest, in_flight) == ([], 1)
        (event,) = page.events
        assert isinstance(event, CellFinished)
        assert len(event.record.observations) == 2

    talk([prepared(1, steps=2)], use)


def test_page_of_another_session_is_told_to_go() -> None:
    async def use(page: Talk, _: Finisher) -> None:
        assert await page.post("next", key="another") == 410

    talk([prepared(1)], use)


def test_bug_in_answering_a_page_is_raised_by_watching_it() -> None:
    async def use(page: Talk, _: Finisher) -> None:
        watching = asyncio.create_task(page.pages.watch())
        assert await page.post("report", {"started": []}) == 500
        with pytest.raises(KeyError, match="finished"):
            await watching

    talk([prepared(1)], use)


def test_cell_that_came_late_begins_afresh_under_another_token_and_not_for_ever() -> None:
    async def use(page: Talk, _: Finisher) -> None:
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

    talk([prepared(1, steps=2)], use)


@pytest.mark.parametrize("marked", [False, True], ids=["last step", "step before the last"])
def test_trace_of_a_try_that_came_late_is_a_trace_of_the_page(marked: bool) -> None:
    async def use(page: Talk, _: Finisher) -> None:
        (cell,) = (await page.post("next"))["cells"]
        async with answering(b"Set-Cookie: a=b") as server:
            front = await page.recorder.listen(Address(port=server), "server")
            await asyncio.to_thread(get, front, f"/?cell={cell['token']}")
        if marked:
            await page.post("mark", {"token": cell["token"], "observation": SEEN, "sentinel": None})
        again = (await page.post("late", {"token": cell["token"]}))["again"]
        await page.finish(again["token"])
        await page.session.settle()
        assert page.session.left_trace

    talk([prepared(1, steps=2)], use)


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
