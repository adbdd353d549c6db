"""`merge`, and `diff` with the journals of shards: files, statuses, words."""

from pathlib import Path

import pytest
from tests.cli.program import program
from tests.store.shard_journals import WHOLE, cell_record, part, shard, written

from cors_harness.changes.facts import facts_from_journal
from cors_harness.model.shard import PlanPart
from cors_harness.store.baseline_writing import baseline_text, write_baseline
from cors_harness.store.journal import read_journal


def shards(folder: Path, *indexes: int) -> Path:
    for index in indexes:
        shard(folder / "shards", index)
    return folder


def whole(folder: Path) -> None:
    """A journal of all of it in one go, and a baseline of that."""
    written(folder / "whole.jsonl", PlanPart(whole=WHOLE), map(cell_record, range(6)))
    header, cells = read_journal(folder / "whole.jsonl")
    write_baseline(folder / "cors-baseline.txt", facts_from_journal(header, cells, Path()))


def test_complete_is_status_0_and_the_baseline_of_one_run(tmp_path: Path) -> None:
    done = program(shards(tmp_path, 1, 2, 3), "merge", "shards", "--out", "run.jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (0, "run.jsonl: all 6 cells\n", "")
    whole(tmp_path)
    texts = [
        baseline_text(facts_from_journal(*read_journal(tmp_path / name), Path()))
        for name in ("run.jsonl", "whole.jsonl")
    ]
    assert texts[0] == texts[1]


def test_incomplete_is_written_and_status_3(tmp_path: Path) -> None:
    done = program(shards(tmp_path, 1, 3), "merge", "shards", "--out", "some.jsonl")
    assert (done.returncode, done.stdout) == (
        3,
        "some.jsonl: shards 1/3, 3/3: 4 of 6 cells\n  1 of 3 shards is missing: 2/3; 2 cells\n",
    )
    second = shard(tmp_path, 2)
    rest = program(tmp_path, "merge", "some.jsonl", str(second), "--out", "some.jsonl")
    assert (rest.returncode, rest.stdout) == (0, "some.jsonl: all 6 cells\n")


def test_journals_that_do_not_fit_are_status_2_and_nothing_is_written(tmp_path: Path) -> None:
    written(shards(tmp_path, 1) / "shards" / "4.jsonl", part(2, count=4), [])
    done = program(tmp_path, "merge", "shards", "--out", "run.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "one is a shard of 3, one of 4" in done.stderr
    assert not (tmp_path / "run.jsonl").exists()


def test_what_is_no_journal_is_not_replaced(tmp_path: Path) -> None:
    whole(shards(tmp_path, 1, 2, 3))
    done = program(tmp_path, "merge", "shards", "--out", "cors-baseline.txt")
    assert done.returncode == 2
    assert "--out: cors-baseline.txt exists and is no journal" in done.stderr


SAME = "6 cells compared: nothing changed\n"
# name -> (shards that are there, what is compared with the baseline, status, last lines)
COMPARED = {
    "all shards": ((1, 2, 3), "shards", 0, f"{SAME}passes: shards is as cors-baseline.txt says\n"),
    "one shard": (
        (2,),
        "shards/2.jsonl",
        0,
        "note: shards/2.jsonl: shard 2/3: 2 of 6 cells\n2 cells compared: nothing changed\n"
        "passes: shards/2.jsonl is as cors-baseline.txt says\n",
    ),
    "a folder without all of them": (
        (1, 2),
        "shards",
        3,
        "4 cells compared: 1 error\nno answer: not all of the run is there\n",
    ),
}


@pytest.mark.parametrize(("there", "name", "status", "words"), COMPARED.values(), ids=COMPARED)
def test_shards_are_compared_with_a_whole_baseline(
    tmp_path: Path, there: tuple[int, ...], name: str, status: int, words: str
) -> None:
    whole(shards(tmp_path, *there))
    done = program(tmp_path, "diff", "cors-baseline.txt", name)
    assert done.returncode == status, done.stdout
    assert done.stdout.endswith(words)
    assert "stale" not in done.stdout
    reverse = program(tmp_path, "diff", name, "cors-baseline.txt")
    assert reverse.returncode == status
    assert "missing\n" not in reverse.stdout


def test_what_is_missing_is_an_error_in_every_report(tmp_path: Path) -> None:
    whole(shards(tmp_path, 1, 2))
    files = ("--junit", "cors.xml", "--markdown", "cors.md")
    done = program(tmp_path, "diff", "cors-baseline.txt", "shards", "--json", *files)
    missing = "1 of 3 shards is missing: 3/3; 2 cells"
    texts = [done.stdout, *((tmp_path / name).read_text() for name in ("cors.xml", "cors.md"))]
    assert [missing in text for text in texts] == [True] * 3
    assert 'errors="1"' in texts[1]


def test_an_interrupted_journal_is_no_answer(tmp_path: Path) -> None:
    whole(tmp_path)
    written(tmp_path / "cut.jsonl", PlanPart(whole=WHOLE), [cell_record(0)])
    done = program(tmp_path, "diff", "cors-baseline.txt", "cut.jsonl")
    assert done.returncode == 3
    assert "no result  the run: cut.jsonl: 5 of 6 cells missing" in done.stdout


def test_help_says_what_a_shard_is(tmp_path: Path) -> None:
    for command in ("run", "check", "record", "list"):
        assert "--shard INDEX/COUNT" in program(tmp_path, command, "--help").stdout


WRONG = {
    "no shard": (("--shard", "3/2"), "--shard: found '3/2'; expected INDEX/COUNT"),
    "beside --from": (("--shard", "1/2", "--from", "a"), "--shard: found it beside --from"),
    "no journal": (("--from", "nothing.jsonl"), "nothing.jsonl: cannot be read"),
}


@pytest.mark.parametrize(("options", "words"), WRONG.values(), ids=WRONG)
def test_wrong_usage(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    (tmp_path / "a.yaml").write_text(
        "- id: a\n  title: a\n  spec: https://fetch.spec.whatwg.org/#cors-check\n"
        "  request: {path: /orders}\n  expect: {outcome: allowed}\n"
    )
    done = program(tmp_path, "record", "a.yaml", "--app", "shop:app", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
