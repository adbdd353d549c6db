"""The journal: written line by line, read past a torn end, never in place of another file."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.reports.advice_builders import ADVICE
from tests.store.record_builders import STARTED, record

from cors_harness.errors import UsageError
from cors_harness.model.cell import recorded
from cors_harness.model.observation import Rejected
from cors_harness.model.verdict import Status
from cors_harness.store.codec import SCHEMA, advice_to_json, record_to_json
from cors_harness.store.journal import Journal, read_journal
from cors_harness.store.journal_lines import FORMAT
from cors_harness.store.record_reading import LINE_LIMITS

REJECTED = Rejected(error_name="TypeError", error_message="half a pair: \ud800")
RECORD = record(REJECTED)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "er" / "run.journal.jsonl"


def write(path: Path, cells: int) -> None:
    journal = Journal(path)
    journal.write_header(["run"], STARTED)
    for _ in range(cells):
        journal.write(RECORD)
    journal.close()


def test_what_was_written_is_read(path: Path) -> None:
    write(path, cells=2)
    header, cells = read_journal(path)
    assert header["argv"] == ["run"]
    assert cells == (recorded(RECORD),) * 2


def test_first_line_names_format_and_schema(path: Path) -> None:
    write(path, cells=0)
    first = json.loads(path.read_text(encoding="ascii").splitlines()[0])
    assert (first["format"], first["schema"]) == (FORMAT, SCHEMA)


def test_each_line_is_in_the_file_before_the_journal_is_closed(path: Path) -> None:
    journal = Journal(path)
    journal.write_header(["run"], STARTED)
    journal.write(RECORD)
    try:
        assert len(read_journal(path)[1]) == 1
    finally:
        journal.close()


def test_an_open_journal_gives_its_own_cells(path: Path) -> None:
    journal = Journal(path)
    journal.write_header(["run"], STARTED)
    journal.write(RECORD)
    assert list(journal.records()) == [record_to_json(RECORD)]
    assert list(journal.cells()) == [recorded(RECORD)]
    journal.close()


def test_a_torn_last_line_is_left_out(path: Path) -> None:
    write(path, cells=2)
    path.write_bytes(path.read_bytes()[:-40])
    assert len(read_journal(path)[1]) == 1


def test_a_second_journal_replaces_the_first(path: Path) -> None:
    write(path, cells=2)
    write(path, cells=1)
    assert len(read_journal(path)[1]) == 1


def test_a_run_that_never_starts_leaves_the_last_journal_and_nothing_else(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"format":"cors-harness journal"}\n')
    Journal(path).close()
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.read_text() == '{"format":"cors-harness journal"}\n'


def test_a_run_that_still_writes_does_not_mix_with_the_next(path: Path) -> None:
    old = Journal(path)
    old.write_header(["old"], STARTED)
    write(path, cells=0)
    old.write(RECORD)
    assert len(list(old.records())) == 1
    old.close()
    assert read_journal(path)[1] == ()


NO_JOURNALS = {
    "empty": b"",
    "some text": b"- id: put\n",
    "other JSON": b'{"schema": 1}\n',
    "a list": b"[]\n",
    "no text": b"\xff\xfe\n",
    "a line that is no JSON": f'{{"format":"{FORMAT}","schema":{SCHEMA}}}\n{{\n'.encode(),
}


@pytest.mark.parametrize("content", NO_JOURNALS.values(), ids=NO_JOURNALS.keys())
def test_a_file_that_is_no_journal(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=f"not a {FORMAT}"):
        read_journal(file)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(json.dumps({"format": FORMAT, "schema": SCHEMA + 1, "harness": "9.9"}) + "\n")
    with pytest.raises(UsageError, match=rf"9\.9 in schema {SCHEMA + 1}.*\n.*update"):
        read_journal(file)


def test_an_older_schema_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(json.dumps({"format": FORMAT, "schema": 1, "harness": "0.0.9"}) + "\n")
    with pytest.raises(UsageError, match=rf"0\.0\.9 in schema 1; .*schema {SCHEMA}\n  run again"):
        read_journal(file)


def test_a_missing_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_journal(tmp_path / "none")


def test_a_file_that_is_no_journal_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "preflight.yaml"
    file.write_text("- id: put\n")
    with pytest.raises(UsageError, match="is no journal, so it is not replaced"):
        Journal(file)
    assert file.read_text() == "- id: put\n"


def test_an_empty_file_may_become_a_journal(tmp_path: Path) -> None:
    file = tmp_path / "new"
    file.touch()
    write(file, cells=1)
    assert len(read_journal(file)[1]) == 1


def test_a_folder_is_no_place_for_a_journal(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a file"):
        Journal(tmp_path)


def test_a_place_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"cannot be written.*\n.*--journal FILE"):
        Journal(tmp_path / "file" / "journal")


def test_advice_of_the_whole_run_takes_the_place_of_a_cells_own(path: Path) -> None:
    journal = Journal(path)
    journal.write_header(["run"], STARTED)
    journal.write(RECORD)
    kept = replace(ADVICE, keep="Another page would lose it.")
    journal.revise({RECORD.cell.node_id: kept, "another.yaml::cell": None})
    assert [cell.advice for cell in journal.cells()] == [kept]
    journal.write(RECORD)
    journal.close()
    header, (first, second) = read_journal(path)
    assert header["argv"] == ["run"]
    assert (first.advice, second.advice) == (kept, None)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_nothing_to_mind_is_no_key() -> None:
    assert "keep" not in (advice_to_json(ADVICE) or {"keep": ""})
    assert advice_to_json(None) is None


def test_cells_that_came_out_otherwise_are_read_by_name(path: Path) -> None:
    failed = [
        replace(
            RECORD,
            cell=replace(RECORD.cell, engine=engine),
            verdict=replace(RECORD.verdict, status=Status.UNEXPECTED),
        )
        for engine in ("chromium", "webkit")
    ]
    journal = Journal(path)
    journal.write_header(["run"], STARTED)
    for each in (RECORD, *failed):
        journal.write(each)
    journal.revise({failed[0].cell.node_id: ADVICE})
    assert journal.cell(failed[1].cell.node_id) == recorded(failed[1])
    assert journal.cell(failed[0].cell.node_id) == recorded(replace(failed[0], advice=ADVICE))
    journal.close()


def changed(line: bytes, old: bytes, new: bytes) -> bytes:
    assert old in line
    return line.replace(old, new, 1)


# id -> (what stands in the line, what is put there, the whole first line of the message)
WRONG_LINES: dict[str, tuple[bytes, bytes, str]] = {
    "another type": (b'"title":"PUT"', b'"title":7', "title: found 7; expected text"),
    "a key that is missing": (b'"title":"PUT",', b"", "title: found nothing; expected text"),
    "a word that is none": (
        b'"status":"as-expected"',
        b'"status":"as-expekted"',
        "verdict.status: found 'as-expekted'; expected as-expected, unexpected, known-difference, "
        "skipped or error; did you mean 'as-expected'?",
    ),
    "a line without a number": (
        b'"source":"scenarios/put.yaml:7"',
        b'"source":"scenarios/put.yaml"',
        "source: found 'scenarios/put.yaml'; expected text like :[0-9]{1,9}$",
    ),
    "half a rejection": (
        b'"error_message":"half a pair: \\ud800"',
        b'"error_message":null',
        "steps[0].observation.error_message: found null; expected text where there is no response",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), WRONG_LINES.values(), ids=WRONG_LINES)
def test_what_is_wrong_with_a_line_is_told(
    path: Path, old: bytes, new: bytes, message: str
) -> None:
    write(path, cells=2)
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second + changed(third, old, new))
    with pytest.raises(UsageError) as raised:
        read_journal(path)
    told, hint = str(raised.value).split("\n")
    assert told == f"{path}:3: {message}"
    assert hint.startswith(f"  not a {FORMAT} as cors-harness writes it in schema {SCHEMA}: run")


def test_a_line_that_is_too_long_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, cells=1)
    limits = replace(LINE_LIMITS, most_bytes=100_000)
    monkeypatch.setattr("cors_harness.store.journal_lines.LINE_LIMITS", limits)
    path.write_bytes(path.read_bytes() + b" " * 100_001)
    with pytest.raises(UsageError, match=r":3: found a line of more than 64 MiB; expected at most"):
        read_journal(path)
