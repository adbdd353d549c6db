"""The terminal report: what is printed, and what stays away."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.reports.record_builders import BLOCKED, blocked, cell, finished, record, skipped, started

from cors_harness.model.events import Event, RunFinished, StrayExchanges
from cors_harness.model.verdict import Status, Verdict
from cors_harness.reports.terminal import TerminalReport

JOURNAL = Path(".cors-harness/last.journal.jsonl")
KNOWN = Verdict(status=Status.KNOWN_DIFFERENCE, steps=(BLOCKED,), known="https://bug/1")
EVENTS: tuple[Event, ...] = (
    started(cells=4),
    finished(record(cell(engine="chromium"))),
    finished(blocked()),
    finished(record(cell("put-known", line=5), KNOWN)),
    finished(skipped(cell(server="flask-bare"))),
    finished(skipped(cell(server="flask-bare", engine="chromium"))),
    StrayExchanges(count=1, examples=("request GET http://127.0.0.1:1/x",)),
    RunFinished(cells=2, cells_s=0.5, total_s=3.25),
)


def printed(*events: Event, quiet: bool = False, whole_transcripts: int = 9) -> str:
    report = TerminalReport(quiet=quiet, whole_transcripts=whole_transcripts)
    for event in events:
        report.on_event(event)
    out = io.StringIO()
    report.render(Console(file=out, width=80), JOURNAL)
    return out.getvalue()


PARTS = {
    "table of results": "  put-json-allowed  flask-cors    allowed   ! blocked\n",
    "transcript": "  rerun     cors-harness run scenarios/preflight.yaml --cell",
    "reasons of skips": "skipped: 2 cells\n     2  flask-bare cannot express max_age\n",
    "sources of known differences": "known differences: 1 cell\n     1  https://bug/1\n",
    "strays": "warning: 1 request that no cell accounts for\n        request GET",
    "engines": "webkit    WebKitGTK 2.50.6, not Safari\n          system MiniBrowser, minibrowser",
    "servers made of the same": "servers   flask-cors, flask-bare: flask 3.1.3\n",
    "journal": f"journal   {JOURNAL}\n",
    "speed": "3.2 s in all, 0.5 s for the cells: 4.0 cells/s\n",
    "counts": "5 cells: 1 as expected, 1 unexpected, 1 known difference, 2 skipped\n",
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS.keys())
def test_report_has(part: str) -> None:
    assert part in printed(*EVENTS)


@pytest.mark.parametrize("part", ["transcript", "strays", "engines", "journal", "speed", "counts"])
def test_quiet_report_has(part: str) -> None:
    assert PARTS[part] in printed(*EVENTS, quiet=True)


@pytest.mark.parametrize(
    "part", ["table of results", "reasons of skips", "sources of known differences"]
)
def test_quiet_report_has_no(part: str) -> None:
    assert PARTS[part] not in printed(*EVENTS, quiet=True)


def test_a_run_as_expected_has_no_transcript() -> None:
    assert "rerun" not in printed(started(), finished(record()))


def test_long_lines_are_not_broken() -> None:
    assert "--cell 'put-json-allowed[flask-cors-webkit]'\n" in printed(*EVENTS)


def test_beyond_the_limit_cells_are_only_named() -> None:
    second = blocked(cell("second"))
    unlike = replace(second, exchanges=second.exchanges[:-1])
    text = printed(started(), finished(blocked()), finished(unlike), whole_transcripts=1)
    assert text.count("  preflight OPTIONS") == 1
    assert text.count("  rerun     cors-harness run") == 2


def test_a_run_without_a_beginning_can_be_printed() -> None:
    assert "0 cells: 0 as expected, 0 unexpected" in printed()
