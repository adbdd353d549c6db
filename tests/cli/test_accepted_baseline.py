"""Which file the baseline is, and the command that records it for the same cells."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.changes.baseline_builders import baseline, entry
from tests.cli.check_invocation import check_invocation

from cors_harness.cli.accepted_baseline import AcceptedBaseline, accepted_before, baseline_file
from cors_harness.cli.record import picking_argv, record_argv
from cors_harness.errors import BaselineError, UsageError
from cors_harness.store.baseline_writing import write_baseline


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("scenarios", "cors", "more"):
        (tmp_path / name).mkdir()


FILES = {
    "nothing named": ((), "scenarios/cors-baseline.txt"),
    "file": (("orders.yaml",), "cors-baseline.txt"),
    "folder": (("cors",), "cors/cors-baseline.txt"),
    "two files of a folder": (("cors/a.yaml", "cors/b.yaml"), "cors/cors-baseline.txt"),
    "folder and a file in it": (("cors", "cors/b.yaml"), "cors/cors-baseline.txt"),
    "option": (("cors", "more", "--baseline", "x.txt"), "x.txt"),
}


@pytest.mark.parametrize(("argv", "file"), FILES.values(), ids=FILES)
def test_file(argv: tuple[str, ...], file: str) -> None:
    assert baseline_file(check_invocation(*argv), "--baseline") == Path(file)


def test_several_folders_have_no_baseline_in_common() -> None:
    with pytest.raises(UsageError, match="say which file is their baseline: --baseline"):
        baseline_file(check_invocation("cors", "more"), "--baseline")


ARGV = {
    "nothing": ((), ""),
    "paths and server": (
        ("a.yaml", "--app", "shop:app", "--page-origin", "https://a.example"),
        "a.yaml --app shop:app --page-origin https://a.example",
    ),
    "browsers and servers": (
        ("--browser", "webkit", "--browser", "firefox", "--server", "flask-cors@*"),
        "--browser webkit --browser firefox --server flask-cors@*",
    ),
    "way to run": (
        ("--isolated", "--browser-executable", "webkit=/x"),
        "--browser-executable webkit=/x --isolated",
    ),
    "what picks cells is left out": (("-k", "put", "--cell", "x"), ""),
    "browsers that were missing": (("--allow-missing",), "--browser firefox"),
}


@pytest.mark.parametrize(("argv", "words"), ARGV.values(), ids=ARGV)
def test_record_argv(argv: tuple[str, ...], words: str) -> None:
    ran = ["firefox"] if "--allow-missing" in argv else []
    options = check_invocation(*argv).options
    assert record_argv(options, ran) == ("cors-harness", "record", *words.split())


def test_record_argv_names_the_baseline() -> None:
    options = check_invocation("--baseline", "x.txt").options
    assert record_argv(options)[2:] == ("--out", "x.txt")


def test_the_projects_baseline_is_it_unless_the_command_line_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.cors-harness]\nbaseline = "cors/ok.txt"\n')
    monkeypatch.chdir(tmp_path)
    named, other = check_invocation("cors"), check_invocation("cors", "--baseline", "other.txt")
    assert baseline_file(named, "--baseline") == tmp_path / "cors" / "ok.txt"
    assert baseline_file(other, "--baseline") == Path("other.txt")


def test_picking_argv() -> None:
    argv = ("-k", "put and not webkit", "--shard", "2/5", "--cell", "x", "--cell", "y")
    assert picking_argv(check_invocation(*argv).options) == argv
    assert picking_argv(check_invocation("a.yaml", "--browser", "webkit").options) == ()


# A baseline that cannot be read


def damaged(tmp_path: Path, *, change: str = "") -> Path:
    place = tmp_path / "cors" / "cors-baseline.txt"
    two = baseline(entry("get"), replace(entry("put", server="flask"), scenario="b c.yaml::put"))
    write_baseline(place, two)
    text = place.read_text().replace("orders.yaml::get[app]:", change or "orders.yaml::get[app]:")
    place.write_text(f"<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n")
    return place


def test_damaged_baseline_is_to_be_written_anew_by_a_run_that_reaches_all(tmp_path: Path) -> None:
    names = {("orders.yaml::get", "app"), ("b c.yaml::put", "flask")}
    before = accepted_before(damaged(tmp_path), names.__contains__)
    assert before.baseline is None
    assert "a merge conflict" in str(before.damage)


def test_damaged_baseline_is_not_touched_by_a_run_that_leaves_some_out(tmp_path: Path) -> None:
    with pytest.raises(BaselineError) as caught:
        accepted_before(damaged(tmp_path), lambda name: name[1] == "app")
    assert "a merge conflict" in str(caught.value)
    assert "does not run all that is accepted in it, such as b c.yaml::put[flask]\n" in str(
        caught.value
    )


def test_damaged_baseline_is_not_touched_by_a_run_of_a_part(tmp_path: Path) -> None:
    place = damaged(tmp_path)
    place.write_text(place.read_text().partition("orders.yaml")[0])
    with pytest.raises(BaselineError, match="does not run all that is accepted in it\\n"):
        accepted_before(place, None)


def test_damaged_name_of_an_entry_is_not_overlooked(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="does not run all"):
        accepted_before(damaged(tmp_path, change="orders.yaml::ge"), lambda _: True)


def test_no_baseline_is_no_damage(tmp_path: Path) -> None:
    assert accepted_before(tmp_path / "none.txt", lambda _: False) == AcceptedBaseline()
