"""The terminal report: what is printed, and what stays away."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.reports.printed import printed
from tests.reports.record_builders import (
    ALLOWED,
    BLOCKED,
    REQUEST,
    blocked,
    cell,
    finished,
    record,
    skipped,
    started,
)

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.events import (
    CellFinished,
    ConnectionsRefused,
    Event,
    RunFinished,
    ServerVersion,
    StrayExchanges,
)
from cors_harness.model.route import Refusal
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Caveat, Status, Verdict
from cors_harness.reports.terminal import MATRIX_ROWS, Detail

QUIET, VERBOSE, MATRIX = Detail(quiet=True), Detail(verbose=True), Detail(matrix=True)
KNOWN = Verdict(status=Status.KNOWN_DIFFERENCE, steps=(BLOCKED,), known="https://bug/1")
UNMAPPED = Refusal(host="cdn.test", port=443, client="webkit", why="not mapped", count=2)
SPARE = replace(UNMAPPED, host="a.test", why="TLS: closed during the handshake", count=9)
EXPIRED = replace(SPARE, why="TLS alert certificate_expired", count=1)
EVENTS: tuple[Event, ...] = (
    started(cells=4),
    finished(record(cell(engine="chromium"))),
    finished(blocked()),
    finished(record(cell("put-known", line=5), KNOWN)),
    finished(skipped(cell(server="flask-bare"))),
    finished(skipped(cell(server="flask-bare", engine="chromium"))),
    StrayExchanges(count=1, examples=("request GET http://127.0.0.1:1/x",)),
    ConnectionsRefused(refusals=(SPARE, EXPIRED, UNMAPPED)),
    RunFinished(cells=2, cells_s=0.5, total_s=3.25),
)
COUNTS = "5 cells: 1 as expected, 1 unexpected, 1 known difference, 2 skipped\n"

BRIEF = {
    "table of results": "  put-json-allowed  flask-cors    allowed   ! blocked\n",
    "mistake": "outcome: expected allowed, found blocked (method-not-allowed)\n",
    "command": "  rerun     cors-harness run scenarios/preflight.yaml \\\n",
    "skips": "2 cells skipped (-v): flask-bare cannot express max_age\n",
    "known differences": "1 known difference (-v): https://bug/1\n",
    "strays": "warning: 1 request that no cell accounts for, such as request GET",
    "names that nobody serves": "at the proxy: 2 connections to cdn.test:443, not mapped\n",
    "what ran": "scenarios/preflight.yaml in chromium, webkit, 3 s\n",
    "how to see more": "more      cors-harness run --from PLACE/run.jsonl -v\n",
    "counts": COUNTS,
}
DETAILS = {
    "transcript": "  verdict   unexpected\n",
    "reasons of skips, and their cells": (
        "skipped: 2 cells\n     2  flask-bare cannot express max_age\n"
        "        scenarios/preflight.yaml::put-json-allowed[flask-bare-chromium]\n"
        "        scenarios/preflight.yaml::put-json-allowed[flask-bare-webkit]\n\n"
    ),
    "sources of known differences, and their cells": (
        "known differences: 1 cell\n     1  https://bug/1\n"
        "        scenarios/preflight.yaml::put-known[flask-cors-webkit]\n\n"
    ),
    "strays": "warning: 1 request that no cell accounts for\n        request GET",
    "connections to spare": "     9  webkit  a.test:443: TLS: closed during the handshake\n",
    "engines": "webkit    WebKitGTK 2.50.6, not Safari\n          system MiniBrowser, minibrowser",
    "servers made of the same": "servers   flask-cors, flask-bare: flask 3.1.3\n",
    "speed": "3.2 s in all, 0.5 s for the cells: 4.0 cells/s\n",
    "journal": "journal   PLACE/run.jsonl\n",
    "counts": COUNTS,
}


@pytest.mark.parametrize("part", BRIEF.values(), ids=BRIEF.keys())
def test_report_has(part: str) -> None:
    assert part in printed(*EVENTS)


@pytest.mark.parametrize("part", DETAILS.values(), ids=DETAILS.keys())
def test_verbose_report_has(part: str) -> None:
    assert part in printed(*EVENTS, detail=VERBOSE)


@pytest.mark.parametrize(
    "sign", ["verdict", "handshake", "TLS alert", "WebKitGTK", "flask 3.1.3", "cells/s"], ids=str
)
def test_report_leaves_details_to_the_verbose_one(sign: str) -> None:
    assert sign not in printed(*EVENTS)


@pytest.mark.parametrize("part", ["mistake", "command", "strays", "counts"])
def test_quiet_report_has(part: str) -> None:
    assert BRIEF[part] in printed(*EVENTS, detail=QUIET)


@pytest.mark.parametrize("part", ["table of results", "skips", "known differences"])
def test_quiet_report_has_no(part: str) -> None:
    assert BRIEF[part] not in printed(*EVENTS, detail=QUIET)


def rows(count: int) -> list[Event]:
    return [finished(record(cell(f"put-{number}", line=number))) for number in range(count)]


def test_long_table_is_shown_only_where_it_is_asked_for() -> None:
    events = (started(), *rows(MATRIX_ROWS + 1))
    assert "put-0" not in printed(*events)
    assert "put-0" in printed(*events, detail=MATRIX)
    assert "put-0" in printed(*events[:-1])


def test_table_does_not_push_two_causes_off_the_screen() -> None:
    other = replace(blocked(cell("other", line=9)), exchanges=())
    events = (started(), finished(blocked()), finished(other))
    assert "! unexpected" not in printed(*events)
    assert "! unexpected" in printed(*events, detail=MATRIX)


def test_run_as_expected_is_a_few_lines() -> None:
    text = printed(started(), *rows(90), RunFinished(cells=90, cells_s=1, total_s=2))
    assert text == (
        "scenarios/preflight.yaml in chromium, webkit, 2 s\n"
        "more      cors-harness run --from PLACE/run.jsonl -v --matrix\n"
        "90 cells: 90 as expected, 0 unexpected\n"
    )


def test_few_files_have_a_line_each() -> None:
    events = (finished(record(cell(file="a.yaml"))), finished(blocked(cell(file="long.yaml"))))
    assert (
        "a.yaml     1 cell: 1 as expected, 0 unexpected\n"
        "long.yaml  1 cell: 0 as expected, 1 unexpected\n"
    ) in printed(started(), *events)


def test_no_count_of_a_file_is_cut_off() -> None:
    long = "scenarios/preflights-of-the-shop/with-a-login.yaml"
    of_long = [record(cell(file=long)), record(cell("b", file=long), KNOWN)]
    text = printed(started(), *map(finished, of_long), finished(record(cell(file="a.yaml"))))
    pad = " " * len(f"{long}  ")
    assert (
        f"\n{'a.yaml':<{len(pad)}}1 cell: 1 as expected,\n{pad}0 unexpected\n"
        f"{long}  2 cells: 1 as expected,\n{pad}0 unexpected,\n{pad}1 known difference\n"
    ) in text


def test_many_files_are_counted_and_have_a_line_each_under_v() -> None:
    events = [finished(record(cell(file=f"{number}.yaml"))) for number in range(11)]
    text = printed(started(), *events, detail=QUIET) + printed(started(), *events)
    assert "3.yaml  1 cell" not in text
    assert "\n11 files in chromium, webkit\n" in text
    whole = printed(started(), *events, detail=VERBOSE)
    assert all(f"\n{event.record.cell.scenario.source.file} " in f"\n{whole}" for event in events)


def test_several_reasons_of_skips_are_counted() -> None:
    other = finished(skipped(cell("other"), "webkit is missing"))
    assert "2 cells skipped (-v): 2 reasons\n" in printed(finished(skipped()), other)


def test_deployed_servers_that_differ_from_their_app_are_one_line() -> None:
    server = "flask-cors@nginx"
    servers = (*started().servers, ServerVersion(name=server, versions=()))
    events = (
        replace(started(), servers=servers),
        finished(record()),
        finished(blocked(cell(server=server))),
    )
    line = f"1 result otherwise than the app alone (-v): {server}\n"
    assert line in printed(*events)
    assert f"{server}\n  compared with flask-cors alone\n" in printed(*events, detail=VERBOSE)


def reads_an_error(target: str) -> CellFinished:
    """A cell that is as expected as its page can read a 500."""
    caveat = Caveat(step=0, outcome=Outcome.ALLOWED, kind=ExchangeKind.REQUEST, status=500)
    verdict = Verdict(status=Status.AS_EXPECTED, steps=(ALLOWED,), caveats=(caveat,))
    failed = replace(REQUEST, status=500, target=target)
    return finished(record(cell(target[1:]), verdict, exchanges=(failed,)))


ERRORS = [reads_an_error(f"/{name}") for name in ("statistics", "reports", "orders", "customers")]


@pytest.mark.parametrize("events", [(*EVENTS, *ERRORS), ERRORS], ids=["a failure", "no proof"])
def test_lines_that_are_ours_fit_the_width(events: Sequence[Event]) -> None:
    text = printed(*events)
    assert "allowed to read a 500 to PUT /statistics" in text
    assert [line for line in text.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("detail", [Detail(), VERBOSE], ids=["brief", "verbose"])
def test_nothing_that_was_recorded_steers_the_terminal(detail: Detail) -> None:
    odd = "a\x1b[2J\r\x07\x9b1m\u202e\u2066\u200fz"
    server = ((b"Access-Control-Allow-Methods", odd.encode()),)
    first = blocked(cell(f"put{odd}"))
    exchange = replace(first.exchanges[0], response_headers=server, target=f"/{odd}")
    events = (
        started(),
        finished(replace(first, exchanges=(exchange,), page=f"https://{odd}", app_output=(odd,))),
        finished(skipped(cell("odd"), odd)),
        finished(record(cell("known"), replace(KNOWN, known=odd))),
        StrayExchanges(count=1, examples=(odd,)),
        ConnectionsRefused(refusals=(replace(UNMAPPED, host=odd),)),
    )
    text = printed(*events, detail=detail)
    assert [line for line in text.splitlines() if not line.isprintable()] == []
    assert "a\\x1b[2J" in text


def test_a_run_without_a_beginning_can_be_printed() -> None:
    assert "0 cells: 0 as expected, 0 unexpected" in printed()
