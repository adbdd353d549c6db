"""The recipes of changes/README.md, word for word, in a user's project: hook and workflow."""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.shared_across_workers import once

pytestmark = pytest.mark.browser

CHECKOUT = Path(__file__).parent.parent
README = (CHECKOUT / "harness/cors_harness/changes/README.md").read_text("utf-8")
SHOP = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"])


@app.get("/orders")
def orders():
    return []
"""
SETTINGS = """\
[tool.cors-harness]
app = "shop:app"
browsers = ["chromium"]
server-origin = "https://api.example.org"
"""
ORDERS = """\
- id: orders
  title: "{from} stays outside: {from_attack}"
  spec: https://fetch.spec.whatwg.org/#cors-check
  matrix: {from: {lookalikes_of: https://app.example.com}}
  page: "{from}"
  request: {path: /orders}
  expect: {outcome: blocked, wire: [request]}
"""
GIT = ("git", "-c", "user.name=a test", "-c", "user.email=test@example.com")


def recipe(language: str, sign: str) -> str:
    """The block of this language with this text in it."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if sign in block]
    return str(found)


def do(folder: Path, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in the project, where `cors-harness` is on the path."""
    environment = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(  # noqa: S603 - commands of this file and of the README
        argv, cwd=folder, env=environment | env, capture_output=True, text=True, check=False
    )


def succeed(folder: Path, *argv: str) -> None:
    done = do(folder, *argv)
    assert done.returncode == 0, f"{argv}:\n{done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose baseline is accepted."""
    return once(tmp_path_factory, "recipes", make_project)


@pytest.fixture
def project(recorded: Path, tmp_path: Path) -> Path:
    """A copy of it: nothing in it names a folder."""
    return Path(shutil.copytree(recorded, tmp_path / "shop"))


def make_project(folder: Path) -> None:
    (folder / "scenarios").mkdir()
    (folder / "shop.py").write_text(SHOP)
    (folder / "pyproject.toml").write_text(SETTINGS)
    (folder / "scenarios" / "orders.yaml").write_text(ORDERS)
    succeed(folder, "cors-harness", "record")


def widen(project: Path) -> None:
    (project / "shop.py").write_text(SHOP.replace('"https://app.example.com"', '"*"'))


def commit(project: Path) -> None:
    succeed(project, *GIT, "add", "--all")
    succeed(project, *GIT, "commit", "--quiet", "-m", "a change")


def test_the_hook_lets_through_what_changes_nothing_and_stops_what_widens(project: Path) -> None:
    succeed(project, "git", "init", "--quiet", "--bare", "../origin")
    succeed(project, "git", "init", "--quiet", "--initial-branch=main")
    hook = project / ".git" / "hooks" / "pre-push"
    hook.write_text(recipe("sh", "#!/bin/sh"))
    hook.chmod(0o755)
    commit(project)
    succeed(project, "git", "push", "--quiet", "../origin", "main")
    pushed = do(project, "git", "ls-remote", "../origin", "main").stdout
    widen(project)
    commit(project)
    stopped = do(project, "git", "push", "../origin", "main")
    assert stopped.returncode != 0
    assert "fails: widened" in stopped.stdout + stopped.stderr
    assert do(project, "git", "ls-remote", "../origin", "main").stdout == pushed != ""


def workflow(name: str = "name: CORS\n") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(recipe("yaml", name))
    return found


def commands(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if "run" in step]


def steps() -> list[dict[str, Any]]:
    (job,) = workflow()["jobs"].values()
    return commands(job)


def test_the_workflow_comments_only_where_there_is_a_comment_and_with_the_right_to() -> None:
    *_, comment = steps()
    assert workflow()["permissions"]["pull-requests"] == "write"
    assert comment["if"] == "failure() && hashFiles('cors.md') != ''"
    assert comment["run"].endswith("--body-file cors.md")


def test_the_workflow_leaves_its_files_and_the_step_summary(project: Path) -> None:
    widen(project)
    summary = project / "summary.md"
    _, browsers, check, _ = (str(step["run"]) for step in steps())
    succeed(project, "sh", "-e", "-c", browsers)
    checked = do(project, "sh", "-e", "-c", check, GITHUB_STEP_SUMMARY=str(summary))
    assert checked.returncode == 1, checked.stderr
    said = (project / "cors.md").read_text("utf-8")
    assert "widened" in said
    assert summary.read_text("utf-8").strip() == said.strip()
    assert "<testsuite" in (project / "cors.xml").read_text("utf-8")


# The same in shards


SHARDS = "name: CORS in shards\n"
VALUE = re.compile(r"\$\{\{ matrix\.shard \}\}")


def test_the_shards_of_the_workflow_hand_their_journals_to_the_job_that_checks() -> None:
    shard, check = workflow(SHARDS)["jobs"].values()
    (upload,), (download,) = (
        [step["with"] for step in job["steps"] if "artifact" in step.get("uses", "")]
        for job in (shard, check)
    )
    indexes = shard["strategy"]["matrix"]["shard"]
    assert indexes == list(range(1, len(indexes) + 1))
    assert f"--shard ${{{{ matrix.shard }}}}/{len(indexes)} " in commands(shard)[-1]["run"]
    assert not shard["strategy"]["fail-fast"]
    assert check["needs"] == "shard"
    assert check["if"] == "${{ !cancelled() }}"
    assert fnmatch(upload["name"], download["pattern"])
    assert (download["path"], download["merge-multiple"]) == ("shards", True)


def test_the_workflow_in_shards_checks_what_all_of_them_have_run(project: Path) -> None:
    shard, check = workflow(SHARDS)["jobs"].values()
    *_, run = (str(step["run"]) for step in commands(shard))
    merge, compare = (str(step["run"]) for step in commands(check)[1:])
    (project / "shards").mkdir()
    for index in shard["strategy"]["matrix"]["shard"]:
        without = shutil.ignore_patterns("shards")
        machine = project.parent / f"machine-{index}"
        shutil.copytree(project, machine, ignore=without)
        succeed(machine, "sh", "-e", "-c", VALUE.sub(str(index), run))
        (journal,) = (machine / "shards").glob("*.jsonl")  # as the artifact has it
        shutil.move(journal, project / "shards" / journal.name)
        if index == 1:
            early = do(project, "sh", "-e", "-c", merge)
            assert (early.returncode, "1 of 2 shards is missing: 2/2" in early.stdout) == (3, True)
    succeed(project, "sh", "-e", "-c", merge)
    checked = do(project, "sh", "-e", "-c", compare)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.endswith("passes: this run is as scenarios/cors-baseline.txt says\n")
    assert (project / "cors.xml").exists()
