"""`cors-harness diff`: journals and baselines in any mix, nothing runs."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.changes.baseline_builders import ALLOWED, baseline, entry
from tests.reports.record_builders import blocked, cell, record, started

from cors_harness.changes.facts import facts_from_journal
from cors_harness.cli import main
from cors_harness.model.cell import CellRecord, recorded
from cors_harness.store.baseline_writing import write_baseline
from cors_harness.store.codec import SCHEMA, header_to_json
from cors_harness.store.journal import Journal

ARGV = ("run", "scenarios", "--app", "shop:app", "--browser", "webkit", "-k", "put")
BEFORE = (blocked(cell(server="app")), record(cell("other", server="app")))
AFTER = (record(cell(server="app")), record(cell("other", server="app")))


def journal(path: Path, records: Iterable[CellRecord], argv: Iterable[str] = ARGV) -> str:
    written = Journal(path)
    written.write_header(tuple(argv), started())
    for cell_record in records:
        written.write(cell_record)
    written.close()
    return str(path)


def accepted(path: Path, records: Iterable[CellRecord]) -> str:
    """A baseline beside the scenarios, or a copy of one."""
    header = header_to_json(ARGV, started())
    cells = [recorded(cell_record) for cell_record in records]
    write_baseline(path, facts_from_journal(header, cells, Path("scenarios")))
    return str(path)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.setenv("COLUMNS", "80")


def both(kinds: str) -> tuple[str, str]:
    """`before` and `after` as journals (j) or baselines (b), in folders of their own."""
    writers = {"j": journal, "b": accepted}
    before, after = (writers[kind] for kind in kinds)
    return before(Path("x/before"), BEFORE), after(Path("y/after"), AFTER)


@pytest.mark.parametrize("kinds", ["jj", "jb", "bj", "bb"])
def test_any_mix_of_journals_and_baselines(kinds: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("diff", *both(kinds))) == 1
    out, err = capsys.readouterr()
    assert "widened  " in out
    assert "put-json-allowed" in out
    assert out.endswith("2 cells compared: 1 widened\nfails: widened\n")
    assert err == ""


def test_nothing_changed_is_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("diff", journal(Path("a"), AFTER), journal(Path("b"), AFTER))) == 0
    assert capsys.readouterr().out == "2 cells compared: nothing changed\npasses: b is as a says\n"


def test_class_that_fails_is_chosen() -> None:
    paths = both("jj")
    assert main(("diff", *paths, "--fail-on", "narrowed")) == 0
    assert main(("diff", *reversed(paths), "--fail-on", "narrowed")) == 1


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("diff", *both("bj"), "--json")) == 1
    document = json.loads(capsys.readouterr().out)
    (change,) = document["changes"]
    assert {"class", "scenario", "server", "engines", "origin", "before", "after", "summary"} <= (
        change.keys()
    )
    assert (change["class"], change["scenario"]) == ("widened", "preflight.yaml::put-json-allowed")
    assert (document["engines_changed"], document["servers_changed"]) == ([], [])
    assert (document["errors"], document["exit_status"]) == ([], 1)


def test_accept_command_has_the_options_of_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    main(("diff", *both("jj")))
    assert (
        "  accept     cors-harness record scenarios --app shop:app --browser webkit "
        "-k put --only put-json-allowed\n"
    ) in capsys.readouterr().out


RUNS = {
    "check": ("check", "a.yaml", "--baseline", "b.txt", "--fail-on", "any", "--json"),
    "record": ("record", "a.yaml", "--out", "b.txt", "--only", "x"),
}


@pytest.mark.parametrize("argv", RUNS.values(), ids=RUNS)
def test_accept_command_names_the_baseline_of_the_run(
    argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    main(("diff", journal(Path("a"), BEFORE), journal(Path("b"), AFTER, argv)))
    command = "cors-harness record a.yaml --out b.txt --only put-json-allowed\n"
    assert command in capsys.readouterr().out


def test_accept_command_without_a_run_names_the_baseline(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(("diff", *both("bb")))
    command = "cors-harness record --out x/before --only put-json-allowed\n"
    assert command in capsys.readouterr().out


def test_command_line_of_another_version_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    after = journal(Path("b"), AFTER, ("run", "--option-of-tomorrow"))
    assert main(("diff", journal(Path("a"), BEFORE), after)) == 1
    out, err = capsys.readouterr()
    assert "cors-harness record --out a --only put-json-allowed\n" in out
    assert err == ""


def test_title_tells_the_attack(capsys: pytest.CaptureFixture[str]) -> None:
    main(("diff", *both("bj")))
    assert "PUT with JSON is allowed after a preflight\n" in capsys.readouterr().out


def test_journal_of_a_run_that_was_cut_short_is_read_as_far_as_it_goes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before, after = both("jj")
    text = Path(after).read_text()
    Path(after).write_text(text[:-20])
    assert main(("diff", before, after)) == 1
    assert "stale  1 entry" in capsys.readouterr().out


def test_files_are_written_and_the_summary_is_appended_to(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("summary.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    main(("diff", *both("jj"), "--junit", "out/cors.xml", "--markdown", "out/cors.md"))
    comment = Path("out/cors.md").read_text()
    assert comment.startswith("### CORS: fails: widened\n")
    assert Path("summary.md").read_text() == f"before\n{comment}"
    assert b"<testsuites" in Path("out/cors.xml").read_bytes()
    assert "fails: widened" in capsys.readouterr().out


def test_engine_of_one_side_only_is_said_first(capsys: pytest.CaptureFixture[str]) -> None:
    both_engines = baseline(entry("a"), version="1")
    write_baseline(Path("a"), both_engines)
    write_baseline(Path("b"), replace(baseline(entry("a", ALLOWED), version="2")))
    assert main(("diff", "a", "b")) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "changed  chromium: Chromium 1 -> Chromium 2"
    assert lines[3] == "changed  app: flask 1 -> 2"


ERRORS = {
    "no such file": (("diff", "none", "none"), "none: cannot be read: No such file"),
    "folder": (("diff", ".", "."), ".: no journal in the folder"),
    "neither": (("diff", "text", "text"), "text"),
    "other JSON": (
        ("diff", "other.json", "b"),
        "other.json:1: not a cors-harness journal",
    ),
    "torn within a cell": (("diff", "torn", "b"), "torn:2:2: found the end"),
    "journal of a newer version": (("diff", "newer", "b"), "update cors-harness to read it"),
    "unknown class": (("diff", "a", "b", "--fail-on", "narow"), "did you mean 'narrowed'?"),
    "one file only": (("diff", "a"), "the following arguments are required: B"),
}


@pytest.mark.parametrize(("argv", "words"), ERRORS.values(), ids=ERRORS)
def test_wrong_usage_is_status_2(
    argv: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("text").write_text("hello\n")
    Path("other.json").write_text('{"cells": []}\n')
    journal(Path("a"), BEFORE)
    journal(Path("b"), AFTER)
    first = Path("a").read_text().partition("\n")[0]
    Path("torn").write_text(f"{first}\n{{\n")
    Path("newer").write_text(first.replace(f'"schema":{SCHEMA}', f'"schema":{SCHEMA + 1}') + "\n")
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert (out, "Traceback" in err) == ("", False)


PLACES = {
    "a link": (("--html", "link.html"), "link.html is a symbolic link to text, and nothing is"),
    "XML": (("--junit", "text/cors.xml"), "--junit: text/cors.xml cannot be written"),
    "Markdown": (("--markdown", "."), "--markdown: . cannot be written: Is a directory"),
}


@pytest.mark.parametrize(("option", "words"), PLACES.values(), ids=PLACES)
def test_place_that_cannot_be_written_to_is_told_before_anything_is_done(
    option: tuple[str, str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("text").write_text("hello\n")
    Path("link.html").symlink_to("text")
    assert main(("diff", *both("jj"), *option)) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert out == ""


def test_what_cannot_be_written_in_the_end_is_told_behind_the_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(("diff", *both("jj"), "--junit", "/dev/full")) == 2
    out, err = capsys.readouterr()
    assert "--junit: /dev/full cannot be written: No space left on device" in err
    assert out.endswith("fails: widened\n")


def test_step_summary_that_cannot_be_written_fails_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", ".")
    assert main(("diff", *both("jj"), "--fail-on", "none")) == 0
    assert "GITHUB_STEP_SUMMARY: . cannot be written" in capsys.readouterr().err
