"""The command that a report of `run` ends with: it shows all of the same run, and runs nothing."""

import argparse
import shlex
from pathlib import Path

import pytest
from tests.cli.program import program

from cors_harness.cli import run
from cors_harness.cli.options import given_options
from cors_harness.store.journal import DEFAULT_PLACE

SCENARIO = """\
- id: lasting
  title: A preflight is kept
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {allow_origins: ["{page}"], max_age: 5}
  request: {method: GET}
  expect: {outcome: allowed}
"""
BROWSERS = ("--browser", "webkit", "--browser", "firefox")
SELECTIONS = {
    "nothing": (),
    "files and browsers": ("a.yaml", "my scenarios", *BROWSERS),
    "cells": ("--cell", "a[b-webkit]", "--cell", "c", "--server", "flask*", "-k", "a or not b"),
    "an app": ("--app", "shop:app", "--page-origin", "https://a.example", "--reset", "/reset"),
    "a remote browser": ("--remote", "safari=http://mac:4444", "--capabilities", "safari=s.toml"),
    "secrets": ("--keep-secrets",),
}


def again(*argv: str) -> tuple[str, ...]:
    parser = argparse.ArgumentParser()
    run.declare(parser)
    return run.again_argv(given_options(parser.parse_args(argv)))


@pytest.mark.parametrize("argv", SELECTIONS.values(), ids=SELECTIONS.keys())
def test_command_selects_what_the_run_did(argv: tuple[str, ...]) -> None:
    words = again(*argv)
    assert words[:2] == ("cors-harness", "run")
    assert sorted(words[2:]) == sorted(argv)
    assert again(*words[2:]) == words


def test_command_leaves_out_what_does_not_go_with_a_journal() -> None:
    words = again("a.yaml", "--shard", "1/2", "--journal", "x", "--html", "y", "--quiet", "-v")
    assert words == ("cors-harness", "run", "a.yaml")


def test_command_shows_the_cells_that_were_skipped(tmp_path: Path) -> None:
    """Nothing is left to run, so no browser starts."""
    (tmp_path / "my scenarios.yaml").write_text(SCENARIO)
    argv = ("run", "my scenarios.yaml", *BROWSERS, "--server", "flask-bare", "-k", "lasting or b")
    said = program(tmp_path, *argv).stdout
    assert "2 cells skipped (-v): flask-bare cannot express allow_origins\n" in said
    command = said.partition("\nmore")[2].partition(" -v\n")[0].replace("\\\n", "")
    assert max(map(len, said.splitlines())) <= 80
    name, *words = shlex.split(command)
    assert (name, words[-2:]) == ("cors-harness", ["--from", str(DEFAULT_PLACE)])
    assert (
        "     2  flask-bare cannot express allow_origins\n"
        "        my scenarios.yaml::lasting[flask-bare-firefox]\n"
        "        my scenarios.yaml::lasting[flask-bare-webkit]\n"
    ) in program(tmp_path, *words, "-v").stdout
