"""The document of a page: what is in it of cells, causes and changes."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.changes.baseline_builders import ALLOWED, baseline, entry
from tests.reports.html.page_reading import details_of, index_of
from tests.reports.record_builders import (
    PREFLIGHT,
    REQUEST,
    SPEC,
    blocked,
    cell,
    record,
    skipped,
    started,
)

from cors_harness.changes.assessment import Assessment
from cors_harness.changes.compare import compare
from cors_harness.changes.facts import facts_from_journal
from cors_harness.model.advice import Advice, FixTarget, Mistake
from cors_harness.model.cell import CellRecord, recorded
from cors_harness.reports.html import document
from cors_harness.reports.html.assembly import page
from cors_harness.reports.html.document import (
    PageDocument,
    PageSide,
    document_of_changes,
    document_of_run,
)
from cors_harness.store.codec import header_to_json

HEADER = header_to_json(("run",), started())
FIX = Advice(
    mistake=Mistake.CRASH,
    wrong="The server does not allow the method PUT.",
    where=FixTarget.ANY,
    link=SPEC,
    link_is="documentation",
)


def side(*records: CellRecord, name: str = "run.jsonl") -> PageSide:
    return PageSide(name=name, header=HEADER, records=tuple(map(recorded, records)))


def cells_of(made: PageDocument) -> list[dict[str, Any]]:
    """The cells of the index, a dict each, with texts in the place of indices."""
    index = made.index
    tables = {"server": "servers", "engine": "engines", "status": "statuses", "reason": "reasons"}
    columns = index["cells"]
    return [
        {
            name: index[tables[name]][column[at]] if name in tables else column[at]
            for name, column in columns.items()
        }
        for at in range(made.cells)
    ]


def test_cells_keep_the_order_of_the_journal_and_share_their_tables() -> None:
    made = document_of_run(side(record(cell("b")), blocked(cell("a")), skipped(cell("a", "bare"))))
    assert [(each["status"], each["server"]) for each in cells_of(made)] == [
        ("as-expected", "flask-cors"),
        ("unexpected", "flask-cors"),
        ("skipped", "bare"),
    ]
    assert [row[1] for row in made.index["scenarios"]] == ["b", "a"]
    assert made.index["skips"] == [("flask-bare cannot express max_age", 1)]


def test_engines_and_servers_stand_in_the_order_of_the_run_whatever_finished_first() -> None:
    first = record(cell(server="flask-bare", engine="webkit"))
    made = document_of_run(side(first, record(cell(server="flask-cors", engine="chromium"))))
    assert made.index["engines"] == ["chromium", "webkit"]
    assert made.index["servers"] == ["flask-cors", "flask-bare"]


def test_a_cause_has_all_its_cells_and_what_the_page_wanted_to_call() -> None:
    failing = [replace(blocked(cell(name)), advice=FIX) for name in ("a", "b")]
    made = document_of_run(side(failing[0], record(cell("c")), failing[1]))
    (cause,) = made.index["causes"]
    assert (cause["cells"], cause["calls"]) == ([0, 2], ["PUT /api/data"])
    assert made.index["cells"]["cause"] == [0, -1, 0]
    assert made.index["advice"][cause["advice"]]["wrong"] == FIX.wrong


def test_causes_stand_in_the_order_of_the_files_whatever_finished_first() -> None:
    late = blocked(cell("late", line=90))
    early = replace(blocked(cell("early", line=3)), advice=FIX)
    orders = [[late, early], [early, late]]
    found = [document_of_run(side(*order)).index["causes"] for order in orders]
    assert [[each["advice"] for each in causes] for causes in found] == [[0, -1], [0, -1]]


def test_the_fields_that_decided_are_told_also_when_they_are_not_there() -> None:
    answer = tuple(p for p in PREFLIGHT.response_headers if p[0] != b"Access-Control-Allow-Methods")
    without = replace(PREFLIGHT, response_headers=answer)
    made = document_of_run(side(replace(blocked(), exchanges=(without,))))
    (cell_details,) = details_of(page(made))
    assert cell_details["after"]["exchanges"][0]["decided"] == [
        ["Access-Control-Request-Method", 1, 1],
        ["Access-Control-Allow-Methods", 0, 0],
    ]


def test_headers_come_out_of_their_tables_as_they_were() -> None:
    (details,) = details_of(page(document_of_run(side(record()))))
    requests = [exchange["request"] for exchange in details["after"]["exchanges"]]
    assert requests[0] == [
        [name.decode("latin-1"), text.decode("latin-1")] for name, text in PREFLIGHT.request_headers
    ]


def test_details_stand_in_blocks_of_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "CHUNK", 2)
    made = document_of_run(side(*(record(cell(f"c{number}")) for number in range(5))))
    assert len(made.details) == 3
    assert made.index["chunk"] == 2
    assert [each["after"]["cell"] for each in details_of(page(made))] == [
        f"scenarios/preflight.yaml::c{number}[flask-cors-webkit]" for number in range(5)
    ]


def test_a_value_of_a_megabyte_is_cut_and_said_to_be() -> None:
    long = replace(PREFLIGHT, response_headers=((b"X-Long", b"x" * 1_000_000),))
    (details,) = details_of(page(document_of_run(side(replace(blocked(), exchanges=(long,))))))
    ((_, text),) = details["after"]["exchanges"][0]["response"]
    assert text.endswith("x (900000 more characters are in the journal)")


@pytest.mark.parametrize(
    ("kept", "size", "note"),
    [
        (2000, 2000, []),
        (5120, 5120, ["The first 2,000 of 5,120 bytes. The journal has all of them."]),
        (65536, 90000, ["The first 2,000 of 90,000 bytes. The journal has the first 65,536."]),
    ],
)
def test_of_a_body_there_is_the_start_and_where_the_rest_is(
    kept: int, size: int, note: list[str]
) -> None:
    page_of_error = replace(REQUEST, body=b"x" * kept, body_bytes=size)
    sent = replace(page_of_error, request_body=b"y" * kept, request_bytes=size)
    (details,) = details_of(page(document_of_run(side(record(exchanges=(sent,))))))
    (exchange,) = details["after"]["exchanges"]
    assert exchange["body"] == ["x" * 2000, size, *note]
    assert exchange["sent"] == ["y" * 2000, size, *note]


def compared(before: PageSide, after: PageSide) -> PageDocument:
    facts = [
        each.baseline or facts_from_journal(HEADER, tuple(each.records), Path())
        for each in (before, after)
    ]
    assessment = Assessment(comparison=compare(*facts), before="before", after="after")
    return document_of_changes(before, after, assessment)


def test_a_scenario_has_each_of_its_calls_once_without_the_query() -> None:
    other = replace(REQUEST, method="GET", target="/stock?n=1")
    cells = (record(cell("a")), blocked(cell("a", "bare")), record(cell("b"), exchanges=(other,)))
    index = document_of_run(side(*cells)).index
    called = [[index["calls"][at] for at in row[5]] for row in index["scenarios"]]
    assert called == [["PUT /api/data"], ["GET /stock"]]


def test_before_and_after_stand_in_one_cell() -> None:
    made = compared(side(blocked(), name="before"), side(record(), name="after"))
    (details,) = details_of(page(made))
    assert [details[each]["steps"][0]["outcome"] for each in ("before", "after")] == [
        "blocked",
        "allowed",
    ]
    comparison = made.index["comparison"]
    (group,) = comparison["groups"]
    assert comparison["classes"][group["class"]][0] == "widened"
    assert group["cells"] == [0]
    assert comparison["fails"]


def test_a_cell_that_only_one_side_has_is_told() -> None:
    before = side(record(cell("old")), record(cell("both")))
    made = compared(before, side(record(cell("both")), record(cell("new"))))
    names = [row[1] for row in made.index["scenarios"]]
    told = {
        names[each["scenario"]]: (each["status"], each["before_status"] >= 0)
        for each in cells_of(made)
    }
    assert told == {
        "old": ("gone", True),
        "both": ("as-expected", True),
        "new": ("as-expected", False),
    }


SHUTTING_OUT = replace(FIX, mistake=Mistake.LETS_EVERYONE_IN)


@pytest.mark.parametrize(
    ("class_", "advice", "is_shown"),
    [
        ("widened", SHUTTING_OUT, True),
        ("widened", FIX, False),
        ("narrowed", FIX, True),
        ("narrowed", SHUTTING_OUT, False),
    ],
)
def test_a_change_has_the_fix_of_a_cell_that_failed_if_it_undoes_the_change(
    class_: str, advice: Advice, *, is_shown: bool
) -> None:
    was, now = (blocked(), record()) if class_ == "widened" else (record(), blocked())
    made = compared(side(was), side(replace(now, advice=advice)))
    comparison = made.index["comparison"]
    (group,) = comparison["groups"]
    assert comparison["classes"][group["class"]][0] == class_
    assert (group["advice"] >= 0) is is_shown


def test_of_a_baseline_there_is_what_browsers_decide_by() -> None:
    before = PageSide(name="accepted", baseline=baseline(entry("x.yaml::a")))
    after = PageSide(name="new", baseline=baseline(entry("x.yaml::a", ALLOWED)))
    made = compared(before, after)
    details = details_of(page(made))
    assert {each["after"]["accepted"] for each in details} == {True}
    assert {each["status"] for each in cells_of(made)} == {"accepted"}
    assert made.index["sides"][0]["is_baseline"]
    assert made.index["calls"] == ["GET /orders"]


def test_a_run_without_cells_is_a_page_too() -> None:
    assert index_of(page(document_of_run(side())))["cells"]["status"] == []


@pytest.mark.programs
def test_six_thousand_cells_fit_into_three_megabytes() -> None:
    """Each with a token, an engine's own words and headers of its own, some with error pages."""
    made = document_of_run(side(*map(_one_of_many, range(6000))))
    assert len(page(made)) < 3_000_000


def _one_of_many(number: int) -> CellRecord:
    token = f"{number % 3}.{number}"
    exchange = replace(
        PREFLIGHT,
        target=f"/api/data?cell={token}",
        response_headers=(*PREFLIGHT.response_headers, (b"X-Request-Id", _random(number))),
        t_ms=number * 1.37,
    )
    if number % 5 == 0:
        body = _error_page(number)
        exchange = replace(exchange, status=500, body=body, body_bytes=len(body))
    name = f"scenario-{number // 12}"
    failed = blocked(cell(name, f"server-{number % 4}", ("a", "b", "c")[number % 3]))
    reason = failed.verdict.steps[0].reason
    assert reason
    said = replace(reason, console=f"http://a/api/data?cell={token} blocked")
    verdict = replace(failed.verdict, steps=(replace(failed.verdict.steps[0], reason=said),))
    return replace(failed, exchanges=(exchange, exchange), verdict=verdict)


def _error_page(number: int) -> bytes:
    """Of some 9 kB, a fifth of it like in no other one."""
    lines = (
        b'<li>File "/srv/app/orders.py", line %d, in change: <pre>order = orders[number]</pre> %s'
        % (at, _random(number * 100 + at)[:24])
        for at in range(90)
    )
    return b"<!doctype html>\n<title>KeyError</title>\n" + b"\n".join(lines)


def _random(number: int) -> bytes:
    return sha256(str(number).encode()).hexdigest().encode()


def test_cell_of_a_browser_that_somebody_has_open_names_no_command() -> None:
    made = [
        page(document_of_run(replace(side(record()), joined=frozenset(joined))))
        for joined in ((), (record().cell.engine,))
    ]
    commands = [details_of(text)[0]["after"]["rerun"] for text in made]
    assert (bool(commands[0]), commands[1]) == (True, "")
