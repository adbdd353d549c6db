"""Shards of a real run: together they are what one run is, each by itself is judged as a part."""

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.shared_across_workers import once

pytestmark = pytest.mark.browser

SHOP = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware, allow_origins=["https://app.example.com"], allow_methods=["GET"]
)


@app.get("/orders")
def orders():
    return []


@app.put("/orders/{number}")
def change(number: int):
    return {"number": number}
"""
SCENARIO = """\
- id: {call}-{page}
  title: {call} from {page}
  spec: https://fetch.spec.whatwg.org/#cors-check
  page: {origin}
  request: {request}
  expect: {expect}
"""
PAGES = {"app": "https://app.example.com", "partner": "https://partner.example"}
# (call, page) -> what comes out; `get` of the partner was meant to be allowed.
EXPECTED = {
    ("get", "app"): "{outcome: allowed, wire: [request]}",
    ("get", "partner"): "{outcome: allowed, wire: [request]}",
    ("put", "app"): "{outcome: blocked, wire: [preflight]}",
    ("put", "partner"): "{outcome: blocked, wire: [preflight]}",
}
CALLS = {"get": "{path: /orders}", "put": "{method: PUT, path: /orders/7}"}
ORDERS = "".join(
    SCENARIO.format(call=call, page=page, origin=PAGES[page], request=CALLS[call], expect=expect)
    for (call, page), expect in EXPECTED.items()
)
OPTIONS = ("orders.yaml", "--app", "shop:app", "--browser", "chromium")
ONE_GO = ("--journal", "whole.jsonl", "--out", "whole.txt")


def succeed(folder: Path, *argv: str) -> str:
    done = program(folder, *argv)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def make_runs(folder: Path) -> None:
    """The same cells in one go and in two shards, each with its baseline."""
    (folder / "shop.py").write_text(SHOP)
    (folder / "orders.yaml").write_text(ORDERS)
    succeed(folder, "record", *OPTIONS, *ONE_GO)
    for index in (1, 2):
        journal = ("--journal", f"shards/{index}.jsonl", "--out", "parts.txt")
        succeed(folder, "record", *OPTIONS, "--shard", f"{index}/2", *journal)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once(tmp_path_factory, "shards", make_runs)


@pytest.fixture
def folder(runs: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(runs, tmp_path / "shop"))


def test_each_shard_ran_its_own_cells_and_they_are_those_that_list_tells(folder: Path) -> None:
    ran = [
        [json.loads(line)["cell"] for line in text.splitlines()[1:]]
        for text in ((folder / f"shards/{index}.jsonl").read_text() for index in (1, 2))
    ]
    listed = [
        succeed(folder, "list", *OPTIONS, "--shard", f"{index}/2", "--cells").split()
        for index in (1, 2)
    ]
    assert [sorted(cells) for cells in ran] == [sorted(cells) for cells in listed]
    assert [len(cells) for cells in ran] == [2, 2]


def test_a_baseline_of_shards_is_that_of_one_run(folder: Path) -> None:
    succeed(folder, "record", *OPTIONS, "--from", "shards", "--out", "merged.txt")
    texts = [(folder / name).read_text() for name in ("parts.txt", "merged.txt", "whole.txt")]
    assert texts[0] == texts[1] == texts[2]


def report(folder: Path, *journals: str) -> tuple[str, list[object]]:
    """The status and table that `run --from` prints, and the advice of each cell."""
    text = program(folder, "run", *OPTIONS, "--from", *journals)
    document = json.loads(program(folder, "run", *OPTIONS, "--from", *journals, "--json").stdout)
    cells = sorted(document["cells"], key=lambda cell: str(cell["cell"]))
    advice: list[object] = [(each["cell"], each["verdict"], each["advice"]) for each in cells]
    table = text.stdout.partition("! unexpected")[0]
    return f"{text.returncode} {text.stdout.splitlines()[-1]}\n{table}", advice


def test_the_report_of_all_shards_is_that_of_one_run_and_so_is_its_advice(folder: Path) -> None:
    shown, advice = report(folder, "shards/2.jsonl", "shards/1.jsonl")
    assert (shown, advice) == report(folder, "whole.jsonl")
    assert shown.startswith("1 4 cells: 3 as expected, 1 unexpected\n")
    (given,) = (entry for entry in map(str, advice) if "partner.example" in entry)
    assert "get-partner" in given


def test_a_report_without_all_shards_is_status_3(folder: Path) -> None:
    done = program(folder, "run", *OPTIONS, "--from", "shards/1.jsonl")
    assert done.returncode == 3
    assert done.stderr.endswith(
        "not all of the run is there\n  1 of 2 shards is missing: 2/2; 2 cells\n"
    )
    refused = program(folder, "record", *OPTIONS, "--from", "shards/1.jsonl", "--out", "whole.txt")
    assert refused.returncode == 3
    assert "the run: 1 of 2 shards is missing: 2/2; 2 cells\n" in refused.stderr
    checked = ("check", *OPTIONS, "--baseline", "whole.txt", "--from", "shards/1.jsonl")
    unanswered = program(folder, *checked)
    assert unanswered.returncode == 3
    assert "stale" not in unanswered.stdout


def test_journals_of_other_scenarios_are_refused(folder: Path) -> None:
    (folder / "orders.yaml").write_text(ORDERS.replace("title: get from app", "title: another"))
    done = program(folder, "check", *OPTIONS, "--baseline", "whole.txt", "--from", "shards")
    assert done.returncode == 2
    assert "this command does not fit shards: orders.yaml differs\n" in done.stderr


def test_check_of_a_shard_leaves_the_others_alone_and_tells_what_nothing_runs(
    folder: Path,
) -> None:
    (folder / "orders.yaml").write_text(ORDERS.replace("id: put-partner", "id: put-stranger"))
    options = ("check", *OPTIONS, "--baseline", "whole.txt")
    first = program(folder, *options, "--shard", "1/2")
    assert first.returncode == 1, first.stdout + first.stderr
    assert "  scenario   orders.yaml::put-partner  app\n" in first.stdout
    assert first.stdout.endswith("2 cells compared: 1 stale\nfails: stale\n")
    empty = program(folder, *options, "--shard", "5/5")
    assert (empty.returncode, empty.stdout) == (
        0,
        "0 cells compared: nothing changed\npasses: this run is as whole.txt says\n",
    )
    assert "nothing to run in shard 5/5\n" in empty.stderr
