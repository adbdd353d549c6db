"""Which file the baseline is, and the command that records it for the same cells."""

import argparse
from pathlib import Path

import pytest

from cors_harness.cli import check
from cors_harness.cli.baseline_place import baseline_place, record_words
from cors_harness.errors import UsageError


def parsed(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    check.declare(parser)
    return parser.parse_args(argv)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("scenarios", "cors", "more"):
        (tmp_path / name).mkdir()


PLACES = {
    "nothing named": ((), "scenarios/cors-baseline.txt"),
    "file": (("orders.yaml",), "cors-baseline.txt"),
    "folder": (("cors",), "cors/cors-baseline.txt"),
    "two files of a folder": (("cors/a.yaml", "cors/b.yaml"), "cors/cors-baseline.txt"),
    "folder and a file in it": (("cors", "cors/b.yaml"), "cors/cors-baseline.txt"),
    "option": (("cors", "more", "--baseline", "x.txt"), "x.txt"),
}


@pytest.mark.parametrize(("argv", "place"), PLACES.values(), ids=PLACES)
def test_place(argv: tuple[str, ...], place: str) -> None:
    args = parsed(*argv)
    assert baseline_place(args, args.baseline, "--baseline") == Path(place)


def test_several_folders_have_no_place_in_common() -> None:
    with pytest.raises(UsageError, match="say which file is their baseline: --baseline"):
        baseline_place(parsed("cors", "more"), None, "--baseline")


WORDS = {
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


@pytest.mark.parametrize(("argv", "words"), WORDS.values(), ids=WORDS)
def test_record_words(argv: tuple[str, ...], words: str) -> None:
    ran = ["firefox"] if "--allow-missing" in argv else []
    assert record_words(parsed(*argv), None, ran) == ("cors-harness", "record", *words.split())


def test_record_words_name_the_baseline() -> None:
    assert record_words(parsed(), Path("x.txt"))[2:] == ("--out", "x.txt")


def test_the_projects_baseline_is_it_unless_the_command_line_names_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.cors-harness]\nbaseline = "cors/ok.txt"\n')
    monkeypatch.chdir(tmp_path)
    named = parsed("cors")
    assert baseline_place(named, None, "--baseline") == tmp_path / "cors" / "ok.txt"
    assert baseline_place(named, Path("other.txt"), "--baseline") == Path("other.txt")
