"""`--remote` on the command line: what a user is told of an endpoint that is none."""

import json
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.reports.record_builders import record

from cors_harness.model.cell import recorded
from cors_harness.reports.transcript import rerun_command
from cors_harness.settings.invocation import GivenOptions

KEY = "s3cret-Key"
URL = f"http://me:{KEY}@127.0.0.1:1"  # nobody listens on port 1


def test_endpoint_that_is_dead_is_told_as_a_browser_that_is_missing(tmp_path: Path) -> None:
    result = program(tmp_path, "browsers", f"--remote=safari={URL}", "--browser=safari")
    assert result.returncode == 3
    assert result.stdout.splitlines()[1].split() == ["safari", "no", "-", "-", "-"]
    assert "safari: http://127.0.0.1:1: no answer to GET /status" in result.stdout
    assert KEY not in result.stdout + result.stderr


def test_endpoint_that_is_dead_is_told_in_json(tmp_path: Path) -> None:
    argv = ("browsers", f"--remote=safari={URL}", "--browser=safari", "--json")
    (browser,) = json.loads(program(tmp_path, *argv).stdout)["browsers"]
    assert (browser["name"], browser["found"]) == ("safari", False)
    assert browser["why"].startswith("safari: http://127.0.0.1:1: no answer to GET /status")


@pytest.mark.parametrize("command", ["run", "check", "record", "browsers"])
def test_value_that_names_no_remote_browser_ends_every_command(
    command: str, tmp_path: Path
) -> None:
    result = program(tmp_path, command, f"--remote=safari=me:{KEY}@mac:4444")
    assert result.returncode == 2
    assert result.stderr.startswith("cors-harness: error: --remote: found '***'; expected the URL")
    assert KEY not in result.stderr


def test_cell_is_run_again_in_the_same_remote_browser() -> None:
    options = GivenOptions(remotes=(f"safari={URL}",), capabilities=("safari=safari.toml",))
    assert rerun_command(recorded(record()), options.rerun_argv()).startswith(
        "cors-harness run scenarios/preflight.yaml --remote 'safari=http://***@127.0.0.1:1' "
        "--capabilities safari=safari.toml --cell "
    )


def test_credentials_are_not_shown_for_a_name_that_is_none(tmp_path: Path) -> None:
    result = program(tmp_path, "run", f"--remote={URL}")
    assert result.returncode == 2
    assert KEY not in result.stderr
