"""`cors-harness record` with real browsers: what is written, what stays, when nothing is."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.shared_across_workers import once
from tests.wait_for_exit import HANG_S

from cors_harness.store.baseline_reading import read_baseline

pytestmark = pytest.mark.browser

SCENARIO = """\
- id: {id}
  title: {id} from the page
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {{allow_origins: [{origin}]}}
  servers: [{server}]
  request: {{method: GET}}
  expect: {{outcome: allowed}}
"""
LOST = """\
- id: lost
  title: The server ends the connection
  spec: https://fetch.spec.whatwg.org/#concept-network-error
  response: {fault: close}
  request: {method: GET}
  expect: {outcome: allowed}
"""
HANGS = """\
- id: never-answered
  title: A server that never answers
  spec: https://fetch.spec.whatwg.org/#concept-network-error
  response: {fault: hang}
  request: {timeout_ms: 60000}
  expect: {outcome: timeout, wire: [request]}
"""
PLACE = Path("cors/cors-baseline.txt")
OUTPUT = "output.txt"
ONE_BROWSER = '[tool.cors-harness]\nbrowsers = ["webkit"]\n'  # so that nothing is left out


def scenario(name: str, *, allowed: bool = True, server: str = "flask-cors") -> str:
    origin = '"{page}"' if allowed else '"https://other.example"'
    return SCENARIO.format(id=name, origin=origin, server=server)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return begun(tmp_path)


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which WebKit was recorded once, for all: a baseline names no folder."""

    def make(folder: Path) -> None:
        (folder / OUTPUT).write_text(record(begun(folder)))

    return once(tmp_path_factory, "recorded", make)


@pytest.fixture
def recorded(folder: Path, first: Path) -> Path:
    """The folder with what WebKit does accepted."""
    (folder / PLACE).write_bytes((first / PLACE).read_bytes())
    return folder


def begun(folder: Path) -> Path:
    (folder / "cors").mkdir()
    write(folder, scenario("get-a"), scenario("get-b"))
    return folder


def write(folder: Path, *scenarios: str) -> None:
    (folder / "cors" / "get.yaml").write_text("".join(scenarios))


def record(folder: Path, *argv: str, browser: str = "webkit") -> str:
    """Records, which must succeed; the answer on stdout."""
    done = program(folder, "record", "cors", "--browser", browser, *argv)
    assert done.returncode == 0, done.stderr
    return done.stdout


def outcomes(folder: Path) -> dict[str, dict[str, str]]:
    entries = read_baseline(folder / PLACE).entries
    return {
        each.scenario: {name: facts[0].outcome.value for name, facts in each.engines}
        for each in entries
    }


def test_it_lies_beside_the_scenarios_and_comes_out_the_same_twice(
    first: Path, recorded: Path
) -> None:
    output = (first / OUTPUT).read_text()
    assert output.startswith("cors/cors-baseline.txt  2 entries in webkit\n  webkit    WebKit")
    assert "  it is new: commit it, " in output
    assert outcomes(first) == {
        "get.yaml::get-a": {"webkit": "allowed"},
        "get.yaml::get-b": {"webkit": "allowed"},
    }
    assert "  differs from before in: nothing\n" in record(recorded)
    assert (recorded / PLACE).read_bytes() == (first / PLACE).read_bytes()


def test_only_accepts_what_it_names_and_leaves_the_rest_byte_for_byte(recorded: Path) -> None:
    before = (recorded / PLACE).read_text()
    write(recorded, scenario("get-a", allowed=False), scenario("get-b", allowed=False))
    output = record(recorded, "--only", "get-a")
    assert "  differs from before in: 1 narrowed\n" in output
    assert "  1 entry that this run does not speak for: as before\n" in output
    after = (recorded / PLACE).read_text()
    block = "get.yaml::get-b[flask-cors]:"
    assert before.partition(block)[2] == after.partition(block)[2] != ""
    assert outcomes(recorded)["get.yaml::get-a"] == {"webkit": "blocked"}


def test_only_takes_in_what_is_new_and_out_what_is_gone(recorded: Path) -> None:
    write(recorded, scenario("get-a"), scenario("get-c"))
    output = record(recorded, "--only", "get-c", "--only", "get-b")
    assert "  differs from before in: 1 entry new, 1 entry removed\n" in output
    assert [*outcomes(recorded)] == ["get.yaml::get-a", "get.yaml::get-c"]


def test_only_of_what_is_gone_needs_no_browser(recorded: Path) -> None:
    write(recorded, scenario("get-a"))
    nothing = ("--browser-executable", "webkit=/bin/false")
    assert "1 entry removed\n" in record(recorded, "--only", "get-b", *nothing)
    assert [*outcomes(recorded)] == ["get.yaml::get-a"]


def test_one_browser_replaces_its_own_columns(recorded: Path) -> None:
    write(recorded, scenario("get-a", allowed=False), scenario("get-b"))
    output = record(recorded, browser="chromium")
    assert "cors/cors-baseline.txt  2 entries in chromium, webkit\n" in output
    assert "  2 entries that this run does not speak for: as before\n" in output
    assert outcomes(recorded) == {
        "get.yaml::get-a": {"chromium": "blocked", "webkit": "allowed"},
        "get.yaml::get-b": {"chromium": "allowed", "webkit": "allowed"},
    }


def test_other_files_of_the_folder_stay(recorded: Path) -> None:
    text = (recorded / PLACE).read_text()
    (recorded / PLACE).write_text(text.replace("get.yaml::get-b", "more.yaml::get-more"))
    (recorded / "cors" / "more.yaml").write_text(scenario("get-more"))
    write(recorded, scenario("get-c"))
    done = program(recorded, "record", "cors/get.yaml", "--browser", "webkit")
    assert done.returncode == 0, done.stderr
    assert [*outcomes(recorded)] == ["get.yaml::get-c", "more.yaml::get-more"]


def test_skipped_cells_are_said_aloud(folder: Path) -> None:
    write(folder, scenario("get-a"), LOST.replace("  response: {fault: close}\n", ""))
    assert "  note: 1 cell skipped: no app is given: --app" in record(folder)


def test_cell_without_a_result_writes_nothing(recorded: Path) -> None:
    before = (recorded / PLACE).read_bytes()
    write(recorded, scenario("get-a", allowed=False), LOST)
    done = program(recorded, "record", "cors", "--browser", "webkit")
    assert (done.returncode, done.stdout) == (3, "")
    assert "cors/get.yaml::lost[verbatim-webkit]: " in done.stderr
    assert done.stderr.endswith("cors/cors-baseline.txt stays as it was\n")
    assert (recorded / PLACE).read_bytes() == before


def test_browser_that_does_not_start_writes_nothing(folder: Path) -> None:
    done = program(
        folder, "record", "cors", "--browser", "webkit",
        "--browser-executable", "webkit=/bin/false",
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith("cors/cors-baseline.txt is not written\n")
    assert not (folder / PLACE).exists()


def test_interrupt_writes_nothing(recorded: Path) -> None:
    before = (recorded / PLACE).read_bytes()
    write(recorded, HANGS)
    with subprocess.Popen(
        [sys.executable, "-m", "cors_harness", "record", "cors", "--browser", "chromium"],
        cwd=recorded,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "running 1 cell on chromium\n"
        process.send_signal(signal.SIGINT)
        output = process.stderr.read()
        assert process.wait(timeout=HANG_S) == 130
    assert output == ("interrupted; no cell was finished\ncors/cors-baseline.txt stays as it was\n")
    assert (recorded / PLACE).read_bytes() == before


def test_merge_conflict_is_resolved_by_recording_all_again(recorded: Path) -> None:
    one = (recorded / PLACE).read_text()
    (recorded / PLACE).write_text(f"<<<<<<< ours\n{one}=======\n{one}>>>>>>> theirs\n")
    (recorded / "pyproject.toml").write_text(ONE_BROWSER)
    done = program(recorded, "record", "cors")
    assert done.returncode == 0, done.stderr
    assert "found a merge conflict" in done.stderr
    assert "cors/cors-baseline.txt is written anew\n" in done.stderr
    assert (recorded / PLACE).read_text() == one


PARTS = {
    "another file of the folder": ("cors/other.yaml",),
    "one browser": ("cors", "--browser", "webkit"),
}


@pytest.mark.parametrize("argv", PARTS.values(), ids=PARTS)
def test_merge_conflict_is_not_resolved_by_recording_a_part(
    recorded: Path, argv: tuple[str, ...]
) -> None:
    (recorded / "cors" / "other.yaml").write_text(scenario("get-other"))
    damaged = "<<<<<<< ours\n" + (recorded / PLACE).read_text()
    (recorded / PLACE).write_text(damaged)
    done = program(recorded, "record", *argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert "found a merge conflict" in done.stderr
    assert "does not run all that is accepted in it" in done.stderr
    assert "written anew" not in done.stderr
    assert (recorded / PLACE).read_text() == damaged


def test_merge_conflict_stays_where_the_run_comes_to_nothing(recorded: Path) -> None:
    damaged = "<<<<<<< ours\n" + (recorded / PLACE).read_text()
    (recorded / PLACE).write_text(damaged)
    (recorded / "pyproject.toml").write_text(ONE_BROWSER)
    done = program(recorded, "record", "cors", "--browser-executable", "webkit=/bin/false")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith("cors/cors-baseline.txt stays as it was\n")
    assert "written anew" not in done.stderr
    assert (recorded / PLACE).read_text() == damaged


def test_several_folders_have_the_baseline_that_is_named(folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "x.yaml").write_text(scenario("get-more"))
    argv = ("record", "cors", "more", "--browser", "webkit")
    assert "--out cors-baseline.txt" in program(folder, *argv).stderr
    done = program(folder, *argv, "--out", "all.txt")
    assert done.returncode == 0, done.stderr
    names = [each.scenario for each in read_baseline(folder / "all.txt").entries]
    assert names == ["cors/get.yaml::get-a", "cors/get.yaml::get-b", "more/x.yaml::get-more"]
