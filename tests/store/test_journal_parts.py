"""Several journals as one: complete, or what is missing, or why they do not fit together."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.record_builders import STARTED
from tests.store.shard_journals import WHOLE, cell_record, part, shard, written

from cors_harness.errors import UsageError
from cors_harness.model.cell import RecordedCell
from cors_harness.model.events import RunStarted
from cors_harness.model.shard import PlanPart
from cors_harness.store.codec import SCHEMA, Json, header_to_json
from cors_harness.store.journal_lines import FORMAT
from cors_harness.store.journal_parts import JournalParts


def read(*paths: Path) -> tuple[Json, list[RecordedCell], tuple[str, ...]]:
    """Header, cells, and what is missing."""
    with closing(JournalParts(paths)) as parts:
        return parts.header, list(parts.records()), parts.missing


def ids(cells: Sequence[RecordedCell]) -> list[str]:
    return [cell.scenario for cell in cells]


def test_all_shards_are_the_whole_run(tmp_path: Path) -> None:
    paths = [shard(tmp_path, index) for index in (3, 1, 2)]
    header, cells, missing = read(*paths)
    assert ids(cells) == [f"put-{number}" for number in range(6)]
    assert missing == ()
    assert "shards" not in header
    assert header["plan"]["cells"] == 6
    assert header["argv"] == ["run", "scenarios", "--browser", "webkit"]


def test_a_folder_stands_for_the_journals_in_it_and_a_journal_counts_once(tmp_path: Path) -> None:
    paths = [shard(tmp_path / f"artifact-{index}", index) for index in (1, 2, 3)]
    _, cells, missing = read(tmp_path, paths[0])
    assert (len(cells), missing) == (6, ())


def test_missing_shards_are_named(tmp_path: Path) -> None:
    header, cells, missing = read(shard(tmp_path, 2))
    assert missing == ("2 of 3 shards are missing: 1/3, 3/3; 4 cells",)
    assert len(cells) == 2
    assert header["shards"] == [{"index": 2, "count": 3, "cells": 2}]


def test_a_torn_or_interrupted_journal_is_incomplete(tmp_path: Path) -> None:
    paths = [shard(tmp_path, index) for index in (1, 2, 3)]
    paths[1].write_bytes(paths[1].read_bytes()[:-40])
    _, cells, missing = read(*paths)
    assert len(cells) == 5
    assert missing == (f"shard 2/3 ({paths[1]}): 1 of 2 cells missing, as of an interrupted run",)


def test_a_run_in_one_go_that_was_interrupted_is_incomplete(tmp_path: Path) -> None:
    path = written(tmp_path / "run.jsonl", PlanPart(whole=WHOLE), [cell_record(0)])
    assert read(path)[2] == (f"{path}: 5 of 6 cells missing, as of an interrupted run",)


def test_workers_of_one_shard_are_one_part(tmp_path: Path) -> None:
    workers = [
        written(tmp_path / f"2.gw{number}.jsonl", part(2), [cell_record(2 + number)])
        for number in (0, 1)
    ]
    _, cells, missing = read(shard(tmp_path, 1), *workers)
    assert ids(cells) == ["put-0", "put-1", "put-2", "put-3"]
    assert missing == ("1 of 3 shards is missing: 3/3; 2 cells",)


def test_an_empty_shard_need_not_be_there(tmp_path: Path) -> None:
    paths = [
        written(tmp_path / "1.jsonl", part(1, cells=6), map(cell_record, range(6))),
        written(tmp_path / "2.jsonl", part(2, cells=0), []),
    ]
    assert [read(*paths[:count])[2] for count in (1, 2)] == [(), ()]


def test_the_same_cell_twice_is_one(tmp_path: Path) -> None:
    twice = tmp_path / "copy" / "1.jsonl"
    paths = [shard(tmp_path, index) for index in (1, 2, 3)]
    twice.parent.mkdir()
    twice.write_bytes(paths[0].read_bytes())
    assert len(read(*paths, twice)[1]) == 6


def test_a_cell_that_ran_twice_in_a_session_counts_as_it_was_last(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    cells = [cell_record(0), cell_record(0, "again")]
    written(path, PlanPart(whole=dataclasses.replace(WHOLE, cells=1)), cells)
    _, (cell,), missing = read(path)
    assert missing == ()
    assert getattr(cell.steps[0].observation, "error_message", "") == "again"


def test_a_cell_that_is_not_the_same_in_two_journals_is_refused(tmp_path: Path) -> None:
    first = shard(tmp_path, 1)
    cells = [cell_record(0, "another run"), cell_record(1, "another run")]
    second = written(tmp_path / "again.jsonl", part(1), cells)
    with pytest.raises(UsageError) as raised:
        read(first, second)
    assert str(raised.value) == (
        f"scenarios/put.yaml::put-0[flask-cors-webkit] (and 1 more) is in {first} and in {second}, "
        "and is not the same there\n"
        "  a cell runs in one shard only: leave one of the two journals out"
    )


def other_engine() -> RunStarted:
    (engine,) = STARTED.engines
    return dataclasses.replace(
        STARTED, engines=(dataclasses.replace(engine, label="WebKitGTK 2.52.0, not Safari"),)
    )


def other_driver() -> RunStarted:
    (engine,) = STARTED.engines
    return dataclasses.replace(STARTED, engines=(dataclasses.replace(engine, driver="another"),))


def other_server() -> RunStarted:
    (server,) = STARTED.servers
    return dataclasses.replace(
        STARTED, servers=(dataclasses.replace(server, versions=(("flask", "3.2.0"),)),)
    )


EDITED = dataclasses.replace(WHOLE, digest="d2", files=(("put.yaml", "f9"), ("new.yaml", "f3")))
OTHER_APP = dataclasses.replace(WHOLE, digest="d2")
MISFITS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "another commit": (
        lambda path: written(path, part(2, whole=EDITED), []),
        "put.yaml differs and get.yaml, new.yaml is in one of them only",
    ),
    "other options": (
        lambda path: written(path, part(2, whole=OTHER_APP), [], argv=("run", "--app", "x:app")),
        "the options are others: found `run --app x:app`; expected those of "
        "`run scenarios --browser webkit`",
    ),
    "another number of shards": (
        lambda path: written(path, part(2, count=4), []),
        "one is a shard of 3, one of 4",
    ),
    "another version of a browser": (
        lambda path: written(path, part(2), [], other_engine()),
        "webkit is WebKitGTK 2.50.6, not Safari (minibrowser (no automation)) there and "
        "WebKitGTK 2.52.0, not Safari (minibrowser (no automation)) here",
    ),
    "another driver": (
        lambda path: written(path, part(2), [], other_driver()),
        "webkit is WebKitGTK 2.50.6, not Safari (minibrowser (no automation)) there and "
        "WebKitGTK 2.50.6, not Safari (another) here",
    ),
    "another version of a server": (
        lambda path: written(path, part(2), [], other_server()),
        "the server flask-cors is of flask 3.1.3 there and 3.2.0 here",
    ),
}


@pytest.mark.parametrize(("write", "text"), MISFITS.values(), ids=MISFITS)
def test_journals_that_do_not_fit(tmp_path: Path, write: Callable[[Path], Path], text: str) -> None:
    first, second = shard(tmp_path, 1), write(tmp_path / "second.jsonl")
    with pytest.raises(UsageError) as raised:
        read(first, second)
    assert str(raised.value) == (
        f"{second} does not fit {first}: {text}\n"
        "  run all parts from one commit, with the same options and the same browsers"
    )


def test_machines_may_differ_in_what_decides_nothing(tmp_path: Path) -> None:
    (engine,) = STARTED.engines
    other = dataclasses.replace(
        STARTED,
        os="Another Linux",
        engines=(dataclasses.replace(engine, build="system /opt/MiniBrowser"),),
    )
    second = written(tmp_path / "2.jsonl", part(2), map(cell_record, (2, 3)), other)
    header, cells, _ = read(shard(tmp_path, 1), second)
    assert (header["os"], len(header["engines"]), len(cells)) == ("Linux; Another Linux", 1, 4)


def test_an_old_journal_is_read_alone_and_not_with_others(tmp_path: Path) -> None:
    old = written(tmp_path / "old.jsonl", None, [cell_record(0)])
    header, cells, missing = read(old)
    assert (len(cells), missing, "plan" in header) == (1, (), False)
    with pytest.raises(UsageError, match="does not say of which run it is a part") as raised:
        read(shard(tmp_path, 1), old)
    assert str(raised.value).startswith(f"{old}: ")


def test_a_shard_of_a_complete_run_may_be_added_later(tmp_path: Path) -> None:
    paths = [shard(tmp_path, index) for index in (1, 2, 3)]
    merged = tmp_path / "merged.jsonl"
    with closing(JournalParts(paths[:2])) as parts:
        lines = [{**parts.header}, *parts.lines()]
    merged.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert read(merged)[2] == ("1 of 3 shards is missing: 3/3; 2 cells",)
    assert read(merged, paths[2])[1:] == (read(*paths)[1], ())


NO_JOURNALS: dict[str, tuple[bytes, str]] = {
    "no journal": (b"- id: put\n", f":1: not a {FORMAT}: found '- id: put'"),
    "another schema": (
        json.dumps({"format": FORMAT, "schema": SCHEMA + 1, "harness": "9.9"}).encode() + b"\n",
        f":1: written by cors-harness 9.9 in schema {SCHEMA + 1}; this one reads schema {SCHEMA}",
    ),
    "a line without a cell": (
        json.dumps({"format": FORMAT, **header_to_json([], STARTED)}).encode() + b"\n{}\n",
        ":2: cell: found nothing; expected text",
    ),
    "a header of something else": (
        f'{{"format":"{FORMAT}","schema":{SCHEMA},"plan":7}}\n'.encode(),
        ":1: harness: found nothing; expected text\n",
    ),
}


@pytest.mark.parametrize(("content", "text"), NO_JOURNALS.values(), ids=NO_JOURNALS)
def test_a_file_that_cannot_be_read_with_others(tmp_path: Path, content: bytes, text: str) -> None:
    file = tmp_path / "file.jsonl"
    file.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read(file)
    assert str(raised.value).startswith(f"{file}{text}")


def test_a_folder_without_journals(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path}: no journal in the folder\n  expected files that end in .jsonl"
    )


def test_the_argv_of_pytest_loses_its_shard_too(tmp_path: Path) -> None:
    argv = ("scenarios", "--cors-shard=2/3", "-q")
    path = written(tmp_path / "1.jsonl", part(1), [], argv=argv)
    assert read(path)[0]["argv"] == ["scenarios", "-q"]
