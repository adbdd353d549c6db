"""What came out of each scenario, and on which servers, as a Markdown table."""

from dataclasses import replace

from tests.reports.record_builders import (
    ALLOWED,
    AS_EXPECTED,
    BLOCKED,
    FULFILLED,
    PAGE,
    PREFLIGHT,
    REJECTED,
    REQUEST,
    cell,
    finished,
    record,
    skipped,
)

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import (
    ExchangeExpectation,
    Expectation,
    ExpectationOverride,
    Step,
)
from cors_harness.model.verdict import Status, Verdict
from cors_harness.reports.server_table import ServerResults, server_table

VARY = "Vary"


def rows(*records: CellRecord) -> list[str]:
    """The lines of the table below its head, without the title's column where there is none."""
    results = ServerResults()
    for each in records:
        results.on_event(finished(each))
    head, rule, *lines = server_table(results.rows).splitlines()
    assert (head, rule) == ("| scenario | what came out | on |", "|---|---|---|")
    return [line.removeprefix("| PUT with JSON is allowed after a preflight ") for line in lines]


def blocked(of: Cell) -> CellRecord:
    verdict = Verdict(status=Status.AS_EXPECTED, steps=(BLOCKED,))
    return record(of, verdict, exchanges=(PREFLIGHT,), observations=(REJECTED,))


def expecting(*expects: Expectation, server: str = "flask-cors") -> Cell:
    """A cell whose scenario has these expectations, all but the first of exemptions."""
    of = cell(server=server)
    first, *others = expects
    exemptions = tuple(ExpectationOverride(expect=other) for other in others)
    step = Step(call=of.scenario.steps[0].call, expect=first, exemptions=exemptions)
    return replace(of, scenario=replace(of.scenario, steps=(step,)))


def naming(kind: ExchangeKind | None, name: str) -> Expectation:
    """An expectation that names a response header."""
    return Expectation(
        exchanges=(ExchangeExpectation(kind=kind, response_headers=((name, True),)),)
    )


def sent(name: bytes, value: bytes, exchange: Exchange = REQUEST) -> Exchange:
    return replace(exchange, response_headers=((name, value),))


def test_servers_that_came_out_alike_are_one_row_and_most_come_first() -> None:
    records = [blocked(cell(server="a")), record(cell(server="b")), record(cell(server="c"))]
    assert rows(*records) == [
        "| allowed: preflight 200, request 200 | `b`, `c` |",
        "|  | blocked: preflight 200 | `a` |",
    ]


def test_engines_are_named_where_they_do_not_agree() -> None:
    records = [blocked(cell(engine="webkit"))]
    records += [record(cell(engine=name)) for name in ("firefox", "chromium")]
    records += [record(cell(server="other", engine=name)) for name in ("firefox", "webkit")]
    assert rows(*records) == [
        "| allowed: preflight 200, request 200 | `flask-cors` in chromium and firefox, `other` |",
        "|  | blocked: preflight 200 | `flask-cors` in webkit |",
    ]


def test_scenarios_stand_as_in_their_files() -> None:
    records = [record(cell(name, file=file)) for name, file in (("b", "y"), ("c", "x"), ("a", "y"))]
    results = ServerResults()
    for each in records:
        results.on_event(finished(each))
    lines = server_table(reversed(results.rows)).splitlines()[2:]
    assert len(lines) == 3
    assert [row.scenario for row in results.rows] == ["b", "c", "a"]


def test_cells_without_a_result_are_left_out() -> None:
    error = record(cell(), Verdict(status=Status.ERROR, steps=(ALLOWED,)))
    assert rows(skipped(), error) == []


def test_header_that_the_scenario_names_is_shown_of_that_kind_of_exchange() -> None:
    of = expecting(naming(ExchangeKind.REQUEST, VARY))
    wire = (sent(b"vary", b"Cookie", PREFLIGHT), sent(b"vary", b"Origin"))
    assert rows(record(of, exchanges=wire)) == [
        "| allowed: preflight 200, request 200 (`Vary: Origin`) | `flask-cors` |"
    ]


def test_header_that_only_an_exemption_names_is_shown_too_and_where_it_is_missing() -> None:
    of = expecting(Expectation(), naming(None, VARY))
    assert rows(record(of, exchanges=(sent(b"Vary", b"a|b"), replace(REQUEST, role="other")))) == [
        r"| allowed: request 200 (`Vary: a\|b`), request at other 200 (no `Vary`) | `flask-cors` |"
    ]


def test_page_origin_is_a_word_so_that_pages_are_alike() -> None:
    name = "Access-Control-Allow-Origin"
    of = expecting(naming(ExchangeKind.REQUEST, name))
    exchanges = (sent(name.encode(), PAGE), sent(name.encode(), b"*"))
    assert rows(*(record(of, exchanges=(each,)) for each in exchanges)) == [
        f"| allowed: request 200 (`{name}: *`) | `flask-cors` |",
        f"|  | allowed: request 200 (`{name}`: the page's origin) | `flask-cors` |",
    ]


def test_headers_that_page_code_reads() -> None:
    of = expecting(Expectation(readable=(("Content-Type", True), ("X-Total", None))))
    assert rows(record(of, observations=(FULFILLED,))) == [
        "| allowed, reads `Content-Type`, does not read `X-Total`: preflight 200, request 200"
        " | `flask-cors` |"
    ]


def test_steps_follow_each_other() -> None:
    verdict = replace(AS_EXPECTED, steps=(ALLOWED, BLOCKED))
    wire = (REQUEST, replace(PREFLIGHT, step=1, status=None))
    of = record(cell(steps=2), verdict, exchanges=wire, observations=(FULFILLED, REJECTED))
    assert rows(of) == [
        "| allowed: request 200; then blocked: preflight without a response | `flask-cors` |"
    ]


def test_call_that_sent_nothing() -> None:
    verdict = Verdict(status=Status.AS_EXPECTED, steps=(BLOCKED,))
    of = record(cell(), verdict, exchanges=(), observations=(REJECTED,))
    assert rows(of) == ["| blocked: nothing sent | `flask-cors` |"]


def test_title_is_no_markup() -> None:
    of = cell()
    scenario = replace(of.scenario, title='Any "*" of <b>|\x1b')
    (line,) = rows(record(replace(of, scenario=scenario)))
    assert line.startswith(r'| `Any "*" of <b>\|\x1b` |')
    assert "\x1b" not in line
