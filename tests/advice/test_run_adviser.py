"""RunAdviser: what finished later changes earlier advice, and hints on what caches mix up."""

from dataclasses import replace

import pytest
from tests.advice.call_builders import ALLOW_ORIGIN, FASTAPI, PAGE, Headers, request
from tests.advice.neighbour_builders import ALLOWED, BLOCKED, EVIL, WWW, cell, misses, reads

from cors_harness.advice.neighbourhood import REBUILT_UP_TO, Neighbourhoods
from cors_harness.advice.run_adviser import RunAdviser
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import RunAdvised

MADE_OF = {"app": FASTAPI}


def revised(*records: CellRecord) -> RunAdvised | None:
    adviser = RunAdviser(MADE_OF)
    for record in records:
        adviser.advised(record)
    return adviser.revised()


def test_advice_keeps_who_came_later() -> None:
    adviser = RunAdviser(MADE_OF)
    first = adviser.advised(misses("own"))
    adviser.advised(reads("www", page=WWW))
    assert first.advice is not None
    assert WWW not in "\n".join(first.advice.lines)
    found = adviser.revised()
    assert found is not None
    ((node_id, advice),) = found.advice
    assert node_id == first.cell.node_id
    assert advice is not None
    assert f'    allow_origins=["{WWW}", "{PAGE}"],' in advice.lines


def test_nothing_is_said_where_nothing_is_otherwise() -> None:
    assert revised(misses("own"), cell("www", ALLOWED, request(None))) is None


def test_neighbourhood_is_not_made_anew_for_every_cell_of_a_long_run() -> None:
    calls = Neighbourhoods()
    for number in range(REBUILT_UP_TO):
        calls.add(reads(f"own-{number}"))
    before = calls.of("app", has_ended=False)
    assert len(before.calls) == REBUILT_UP_TO
    calls.add(reads("one-more"))
    assert calls.of("app", has_ended=False) is before
    assert len(calls.of("app").calls) == REBUILT_UP_TO + 1


VARY: Headers = (("Vary", "Accept, Origin"),)
NO_STORE: Headers = (("Cache-Control", "private, no-store"),)


def answer(
    name: str, page: str, origin: str = "", more: Headers = (), status: int = 200
) -> CellRecord:
    headers = ((ALLOW_ORIGIN, origin), *more) if origin else more
    sent = ((b"Origin", page.encode()),)
    meant = ALLOWED if origin else BLOCKED
    return cell(name, meant, request(status, headers, request_headers=sent), page=page)


MIXED_UP = {
    "two pages": (answer("own", PAGE, PAGE), answer("www", WWW, WWW)),
    "one page, and one that is kept out": (answer("own", PAGE, PAGE), answer("x", EVIL)),
    "a crash that is to be kept": (
        answer("own", PAGE, PAGE, VARY),
        answer("x", EVIL, more=(("Cache-Control", "max-age=60"),), status=500),
    ),
    "one without the header": (answer("own", PAGE, PAGE, VARY), answer("x", EVIL)),
}
RIGHT = {
    "varies": (answer("own", PAGE, PAGE, VARY), answer("x", EVIL, more=VARY)),
    "everyone": (answer("own", PAGE, "*"), answer("www", WWW, "*")),
    "always the same": (answer("own", PAGE, PAGE), answer("x", EVIL, PAGE)),
    "never stored": (answer("own", PAGE, PAGE, NO_STORE), answer("x", EVIL, more=NO_STORE)),
    "a crash, which no cache keeps": (
        answer("own", PAGE, PAGE, VARY),
        answer("x", EVIL, status=500),
    ),
    "one page only": (answer("own", PAGE, PAGE),),
}


@pytest.mark.parametrize("records", MIXED_UP.values(), ids=MIXED_UP)
def test_answers_that_a_cache_mixes_up_get_one_hint(records: tuple[CellRecord, ...]) -> None:
    webkit = [replace(each, cell=replace(each.cell, engine="webkit")) for each in records]
    found = revised(*records, *webkit)
    assert found is not None
    (hint,) = found.hints
    assert hint.startswith("app: the answers at /api/data name the origin that asks and have no")


def test_servers_of_ours_get_no_hint() -> None:
    records = MIXED_UP["two pages"]
    ours = [replace(each, cell=replace(each.cell, server="flask-cors")) for each in records]
    found = revised(*ours)
    assert found is None or found.hints == ()


@pytest.mark.parametrize("records", RIGHT.values(), ids=RIGHT)
def test_answers_that_no_cache_mixes_up_get_none(records: tuple[CellRecord, ...]) -> None:
    found = revised(*records)
    assert found is None or found.hints == ()
