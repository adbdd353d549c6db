"""LeftBehind: what is said of calls that one engine got done and another was refused."""

from dataclasses import replace

import pytest

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import RecordedCell
from cors_harness.model.exchange import Exchange
from cors_harness.model.verdict import Status
from cors_harness.reports.left_behind import LeftBehind


def cell(engine: str, status: int | None, **exchange: object) -> RecordedCell:
    """A cell that posts a user; as expected where that is answered 201."""
    posted = Exchange(
        kind=ExchangeKind.REQUEST,
        role="server",
        origin="https://api.example",
        method="POST",
        target=f"/users?cell=i0.{len(engine)}",
        request_headers=(),
        status=status,
    )
    return RecordedCell(
        cell=f"a.yaml::create[app-{engine}]",
        scenario="create",
        server="app",
        engine=engine,
        title="Create",
        spec="",
        file="a.yaml",
        line=1,
        page="",
        placeholders=(),
        exchanges=(replace(posted, **exchange),),  # type: ignore[arg-type]
        steps=(),
        status=Status.AS_EXPECTED if status == 201 else Status.UNEXPECTED,
    )


def said(*cells: RecordedCell) -> list[str]:
    left = LeftBehind()
    for one in cells:
        left.add(one)
    return ["".join(text for text, _ in line) for line in left.lines()]


def test_call_that_one_engine_got_done_is_told_with_the_ways_out() -> None:
    first, *why = said(cell("webkit", 409), cell("chromium", 201), cell("firefox", 409))
    assert first == "POST /users is answered 201 in chromium, 409 in firefox and webkit"
    words = " ".join(why)
    assert all(way in words for way in ("{unique}", "--reset", "--server-per-engine"))


def test_names_that_are_unique_are_one_call() -> None:
    one = replace(cell("webkit", 201, target="/u/k3b9x0a1c2"), unique="k3b9x0a1c2")
    other = replace(cell("firefox", 404, target="/u/q8w7e6r5t4"), unique="q8w7e6r5t4")
    assert said(one, other)[0] == "POST /u/{unique} is answered 201 in webkit, 404 in firefox"


def test_in_one_sentence() -> None:
    left = LeftBehind()
    assert left.sentence() == ""
    for one in (cell("chromium", 201), cell("firefox", 409)):
        left.add(one)
        left.add(
            replace(one, scenario="again", exchanges=(replace(one.exchanges[0], method="PUT"),))
        )
    assert left.sentence() == (
        "POST /users is answered 201 in chromium, 409 in firefox (and 1 more): where one browser "
        "meets what another has left on the server, {unique}, --reset or --server-per-engine keeps "
        "them apart"
    )


KNOWN = replace(cell("firefox", 409), status=Status.KNOWN_DIFFERENCE)
NOTHING: dict[str, tuple[RecordedCell, ...]] = {
    "one answer": (cell("webkit", 409), cell("firefox", 409)),
    "one engine": (cell("webkit", 201), cell("webkit", 409)),
    "a known difference": (cell("webkit", 201), KNOWN),
    "no status of state": (cell("webkit", 201), cell("firefox", 403)),
    "no response": (cell("webkit", 201), cell("firefox", None)),
    "a safe method": (
        cell("webkit", 201, method="GET"),
        cell("firefox", 404, method="GET"),
    ),
    "a preflight": (
        cell("webkit", 201),
        cell("firefox", 404, kind=ExchangeKind.PREFLIGHT),
    ),
    "another server": tuple(
        replace(one, server="flask-cors") for one in (cell("webkit", 201), cell("firefox", 409))
    ),
}


@pytest.mark.parametrize("cells", NOTHING.values(), ids=NOTHING)
def test_nothing_is_said_of(cells: tuple[RecordedCell, ...]) -> None:
    assert said(*cells) == []
