"""`cors-harness report`: which journals go together, what is said, what is written."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.changes.baseline_builders import ALLOWED, baseline, entry
from tests.reports.html.page_reading import details_of, index_of
from tests.reports.record_builders import blocked, cell, record, started
from tests.store.shard_journals import shard

from cors_harness.cli import main
from cors_harness.model.cell import CellRecord
from cors_harness.store.baseline_writing import write_baseline
from cors_harness.store.journal import Journal

ARGV = ("run", "scenarios", "--app", "shop:app", "-k", "put")


def journal(path: str, *records: CellRecord) -> str:
    written = Journal(Path(path))
    written.write_header(ARGV, started())
    for each in records:
        written.write(each)
    written.close()
    return path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def statuses(page: str) -> list[str]:
    index = index_of(Path(page).read_text("utf-8"))
    return [index["statuses"][status] for status in index["cells"]["status"]]


def test_a_journal_is_a_run_and_one_line_says_where_the_page_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = journal("run.jsonl", blocked(), record(cell("other")))
    assert main(("report", run, "--html", "out/run.html")) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out/run.html'}: 2 cells, 0.1 MB\n"
    assert statuses("out/run.html") == ["unexpected", "as-expected"]


def test_without_names_it_is_the_last_run() -> None:
    journal(".cors-harness/last.journal.jsonl", record())
    assert main(("report",)) == 0
    assert statuses("cors-report.html") == ["as-expected"]


def test_the_command_that_reruns_a_cell_has_the_options_of_the_run() -> None:
    main(("report", journal("run.jsonl", blocked(cell(server="app")))))
    (details,) = details_of(Path("cors-report.html").read_text("utf-8"))
    assert details["after"]["rerun"] == (
        "cors-harness run scenarios/preflight.yaml --app shop:app "
        "--cell 'put-json-allowed[app-webkit]'"
    )


@pytest.mark.parametrize("before", ["journal", "baseline"])
def test_two_are_before_and_after(before: str) -> None:
    file = "scenarios/preflight.yaml"
    if before == "journal":
        journal("a", blocked())
    else:
        write_baseline(Path("a"), baseline(entry(f"{file}::put-json-allowed", server="flask-cors")))
    assert main(("report", "a", journal("b", record(cell())))) == 0
    index = index_of(Path("cors-report.html").read_text("utf-8"))
    assert [side["name"] for side in index["sides"]] == ["a", "b"]
    outcomes = [
        index["outcomes"][index["cells"][name][0]] for name in ("before_outcome", "outcome")
    ]
    assert outcomes == ["blocked", "allowed"]


def test_shards_of_one_plan_are_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = (str(shard(tmp_path / "shards", index)) for index in (1, 2, 3))
    assert main(("report", first, second, third)) == 0
    assert len(statuses("cors-report.html")) == 6
    capsys.readouterr()
    assert main(("report", first, third)) == 3
    said = capsys.readouterr().out.splitlines()
    assert said[1:] == ["  1 of 3 shards is missing: 2/3; 2 cells"]
    assert len(statuses("cors-report.html")) == 4


def test_three_that_are_no_shards_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    names = [journal(name, record(cell(name))) for name in ("a", "b", "c")]
    assert main(("report", *names)) == 2
    assert capsys.readouterr().err.startswith("cors-harness: error: ")
    assert not Path("cors-report.html").exists()


def made_directory(path: str) -> None:
    Path(path).mkdir()


REFUSED = {
    "no such journal": (("report", "nope.jsonl"), "nope.jsonl: cannot be read: No such file"),
    "no such file before": (("report", "nope", "run"), "nope: cannot be read: No such file"),
    "no journal": (("report", "text"), "text:1: not a cors-harness journal: found 'hello'"),
    "a folder in the place of the page": (
        ("report", "run", "--html", "folder"),
        "--html: folder cannot be written: Is a directory",
    ),
    "a file in the place of a folder": (
        ("report", "run", "--html", "text/page.html"),
        "--html: text/page.html cannot be written: ",
    ),
}


@pytest.mark.parametrize(("argv", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_or_written_is_status_2(
    argv: Iterable[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    journal("run", record())
    Path("text").write_text("hello\n")
    made_directory("folder")
    assert main(tuple(argv)) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"cors-harness: error: {said}")
    assert "Traceback" not in error


def test_a_page_that_cannot_be_written_leaves_the_old_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = journal("run", record())
    main(("report", run))
    old = Path("cors-report.html").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr(Path, "replace", full)
    assert main(("report", run)) == 2
    assert "No space left on device" in capsys.readouterr().err
    assert Path("cors-report.html").read_bytes() == old
    assert sorted(path.name for path in Path().iterdir()) == ["cors-report.html", "run"]


@pytest.mark.parametrize("names", [("a", "b")])
def test_diff_writes_a_page_beside_its_text(
    names: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_baseline(Path(names[0]), baseline(entry("x.yaml::a")))
    write_baseline(Path(names[1]), baseline(entry("x.yaml::a", ALLOWED)))
    assert main(("diff", *names, "--html", "changes.html")) == 1
    assert capsys.readouterr().out.startswith("widened  ")
    index = index_of(Path("changes.html").read_text("utf-8"))
    assert [group["class"] for group in index["comparison"]["groups"]] == [0]
    assert set(statuses("changes.html")) == {"accepted"}
