"""With `-n` every engine starts in one worker."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.pytest_plugin.conftest import WritesScenarios
from tests.pytest_plugin.scenario_texts import ANSWERED, PUT_JSON_ALLOWED, SEVERAL_ORIGINS, WRONG
from tests.reports.html.page_reading import index_of

from cors_harness.model.verdict import Status
from cors_harness.store.journal import read_journal

pytestmark = pytest.mark.browser

OWN_TESTS = "import pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_own(n): pass\n"


def engines_by_journal(folder: Path) -> Mapping[str, list[str]]:
    """The engines of the cells in each worker's journal, one for each cell."""
    journals = sorted(folder.glob("all*.jsonl"))
    records = {journal.name: read_journal(journal)[1] for journal in journals}
    return {name: [record.engine for record in of] for name, of in records.items()}


def test_each_worker_runs_one_engine_and_they_run_every_cell_once(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"scenarios/a.yaml": PUT_JSON_ALLOWED + ANSWERED + WRONG, "test_own.py": OWN_TESTS})
    result = project.runpytest_subprocess("-n3", "--cors-journal=all.jsonl")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=15, failed=3)
    engines = engines_by_journal(project.path)
    assert list(engines) == ["all.gw0.jsonl", "all.gw1.jsonl", "all.gw2.jsonl"]
    assert sorted(engines.values()) == [["chromium"] * 4, ["firefox"] * 4, ["webkit"] * 4]
    result.stdout.fnmatch_lines_random(["chromium: *", "firefox: *", "webkit: *"])
    result.stdout.fnmatch_lines(["scenarios/a.yaml:14: wrongly-allowed[[]*", "  rerun  *"])


def test_another_distribution_starts_an_engine_once_in_its_worker(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"scenarios/a.yaml": PUT_JSON_ALLOWED + ANSWERED})
    result = project.runpytest_subprocess(
        *("-n1", "--dist=loadfile", "--cors-journal=all.jsonl"),
        *("--browser=chromium", "--browser=webkit"),
    )
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=6)
    engines = engines_by_journal(project.path)
    assert {name: sorted(of) for name, of in engines.items()} == {
        "all.gw0.jsonl": ["chromium"] * 3 + ["webkit"] * 3
    }


def test_workers_that_share_a_shard_leave_journals_that_make_it_whole(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"scenarios/a.yaml": PUT_JSON_ALLOWED + ANSWERED + SEVERAL_ORIGINS})
    options = ("-n2", "--browser=chromium", "--browser=webkit", "--cors-shard=1/1")
    result = project.runpytest_subprocess(*options, "--cors-journal=parts/all.jsonl")
    assert result.ret == pytest.ExitCode.OK
    assert len([*(project.path / "parts").iterdir()]) == 2
    done = program(project.path, "merge", "parts", "--out", "run.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    listed = program(project.path, "list", "scenarios", "--browser=chromium", "--browser=webkit")
    _, records = read_journal(project.path / "run.jsonl")
    ran = [record for record in records if record.status is not Status.SKIPPED]
    words = f"cells: {len(ran)}, skipped: {len(records) - len(ran)}\n"
    assert listed.stdout.endswith(words)
    assert len(ran) < len(records)


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "workers"])
def test_one_page_has_the_cells_of_all_workers(
    project: pytest.Pytester, write: WritesScenarios, workers: tuple[str, ...]
) -> None:
    write(**{"scenarios/a.yaml": ANSWERED + WRONG})
    browsers = ("--browser=chromium", "--browser=webkit")
    result = project.runpytest_subprocess(*workers, *browsers, "--cors-html=out/page.html")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["page: out/page.html"])
    index = index_of((project.path / "out/page.html").read_text("utf-8"))
    assert sorted(index["engines"]) == ["chromium", "webkit"]
    assert len(index["cells"]["status"]) == 4
    assert sum(len(cause["cells"]) for cause in index["causes"]) == 2
