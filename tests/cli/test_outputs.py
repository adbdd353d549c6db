"""A new format of reports is a row: the option, and where its text goes."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.changes.baseline_builders import ALLOWED, baseline, entry

from cors_harness.cli import diff, main, outputs, run
from cors_harness.cli.outputs import Format, RunAnswer, outputs_of, write_run
from cors_harness.store.baseline_writing import write_baseline

LINES = Format(
    option="--lines",
    help="write lines",
    of_run=lambda answer, out: out.writelines(f"{record['cell']}\n" for record in answer.records()),
    of_changes=lambda answer, out: print(f"<p>{answer.assessment.status}", file=out),
)
ANSWER = RunAnswer(header={}, summary={}, records=lambda: iter([{"cell": "a"}, {"cell": "b"}]))


@pytest.fixture(autouse=True)
def _one_format_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "FORMATS", (*outputs.FORMATS, LINES))
    monkeypatch.chdir(tmp_path)


def parsed(
    declare: Callable[[argparse.ArgumentParser], None], argv: Sequence[str]
) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    declare(parser)
    return parser.parse_args(argv)


def test_run_writes_the_new_format_beside_its_report() -> None:
    shown: list[str] = []
    wanted = outputs_of(parsed(run.declare, ["--lines", "out/run.txt"]))
    write_run(wanted, ANSWER, lambda: shown.append("the report"))
    assert Path("out/run.txt").read_text() == "a\nb\n"
    assert shown == ["the report"]


def test_diff_writes_the_new_format_beside_its_report(capsys: pytest.CaptureFixture[str]) -> None:
    write_baseline(Path("a"), baseline(entry("a")))
    write_baseline(Path("b"), baseline(entry("a", ALLOWED)))
    status = main(("diff", "a", "b", "--lines", "changes.txt"))
    assert Path("changes.txt").read_text() == f"<p>{status}\n"
    assert capsys.readouterr().out != ""


def test_format_of_one_command_is_no_option_of_others() -> None:
    assert outputs_of(parsed(diff.declare, ["a", "b", "--junit", "x"])).files == {
        "--junit": Path("x")
    }
    with pytest.raises(SystemExit):
        parsed(run.declare, ["--junit", "x"])


def test_format_without_a_file_is_printed_instead_of_the_report() -> None:
    assert outputs_of(parsed(run.declare, ["--json"])).printed == "--json"
