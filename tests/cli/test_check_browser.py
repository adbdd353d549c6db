"""`cors-harness check` with real browsers: a line of configuration changes, is told, accepted."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from tests.endings import HANG_S

pytestmark = pytest.mark.browser

SHOP = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["PUT"],
    max_age=600,
)


@app.get("/orders")
def orders():
    return []


@app.put("/orders/{number}")
def change(number: int):
    return {"number": number}
"""
PAGES = {
    "app": ("https://app.example.com", "The shop itself"),
    "evil": ("https://app.example.com.evil.example", "A lookalike that begins as the shop does"),
}
CALLS = {"get": "{path: /orders}", "put": "{method: PUT, path: /orders/7}"}
SCENARIO = """\
- id: {call}-from-{page}
  title: {title}
  spec: https://fetch.spec.whatwg.org/#cors-check
  page: {origin}
  request: {request}
  expect: {{outcome: {outcome}, wire: {wire}}}
"""
ORDERS = "".join(
    SCENARIO.format(
        call=call,
        page=page,
        title=title,
        origin=origin,
        request=request,
        outcome="allowed" if page == "app" else "blocked",
        wire={"get-app": "[request]", "put-app": "[preflight, request]"}.get(
            f"{call}-{page}", "[request]" if call == "get" else "[preflight]"
        ),
    )
    for call, request in CALLS.items()
    for page, (origin, title) in PAGES.items()
)
OPTIONS = ("orders.yaml", "--app", "shop:app", "--server-origin", "https://api.example.org")
ONE = (*OPTIONS, "--browser", "chromium")
HANGS = "\n\n@app.get('/orders')\ndef hang():\n    import time\n    time.sleep(60)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "orders.yaml").write_text(ORDERS)
    return tmp_path


@pytest.fixture(scope="session")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What Chromium does, recorded once: a baseline names no folder."""
    folder = tmp_path_factory.mktemp("accepted")
    (folder / "shop.py").write_text(SHOP)
    (folder / "orders.yaml").write_text(ORDERS)
    done = program(folder, "record", *ONE)
    assert done.returncode == 0, done.stderr
    return (folder / "cors-baseline.txt").read_text()


@pytest.fixture
def recorded(folder: Path, accepted: str) -> Path:
    """The folder with what Chromium does accepted."""
    (folder / "cors-baseline.txt").write_text(accepted)
    return folder


def program(folder: Path, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", "cors_harness", *argv],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "GITHUB_STEP_SUMMARY": "", **env},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "shop.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def accept_commands(stdout: str) -> list[list[str]]:
    lines = [line.strip() for line in stdout.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("accept     ")]


def test_change_is_told_and_accepted_with_the_printed_command_in_every_browser(
    folder: Path,
) -> None:
    assert program(folder, "record", *OPTIONS).returncode == 0
    edit(folder, '["https://app.example.com"]', '["*"]')
    done = program(folder, "check", *OPTIONS)
    assert done.returncode == 1, done.stderr
    assert "  request    access-control-allow-origin: missing -> *\n" in done.stdout
    assert "  from       https://app.example.com.evil.example\n" in done.stdout
    assert "  in         chromium, firefox, webkit, on app\n" in done.stdout
    assert "  A lookalike that begins as the shop does\n" in done.stdout
    assert done.stdout.endswith("12 cells compared: 6 widened, 6 cosmetic\nfails: widened\n")
    for command in accept_commands(done.stdout):
        assert command[0] == "cors-harness"
        accepted = program(folder, *command[1:])
        assert accepted.returncode == 0, accepted.stderr
    again = program(folder, "check", *OPTIONS)
    assert again.returncode == 0, again.stdout
    assert again.stdout.endswith("\npasses: no change is of a class that fails\n")


def test_nothing_changed(recorded: Path) -> None:
    done = program(recorded, "check", *ONE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "4 cells compared: nothing changed\npasses: this run is as cors-baseline.txt says\n"
    )


CHANGES = {
    "costlier": ("max_age=600", "max_age=60", "costlier  preflight remembered for 60 s"),
    "narrowed": ('["PUT"]', '["POST"]', "narrowed  https://app.example.com can no longer read PUT"),
}


@pytest.mark.parametrize(("old", "new", "words"), CHANGES.values(), ids=CHANGES)
def test_class_fails_when_it_is_asked_for(
    recorded: Path, old: str, new: str, words: str, request: pytest.FixtureRequest
) -> None:
    class_ = request.node.callspec.id
    edit(recorded, old, new)
    done = program(recorded, "check", *ONE, "--fail-on", class_)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(words)
    journal = (".cors-harness/last.journal.jsonl",)
    assert program(recorded, "diff", "cors-baseline.txt", *journal).returncode == 0


def test_what_narrowed_comes_with_its_fix(recorded: Path) -> None:
    edit(recorded, '["PUT"]', '["POST"]')
    done = program(recorded, "check", *ONE, "--markdown", "cors.md")
    fix = 'allow_methods=["POST", "PUT"],'
    assert "\n  fix        The server does not allow the method PUT " in done.stdout, done.stderr
    assert f"                     {fix}\n" in done.stdout
    assert fix in (recorded / "cors.md").read_text()
    document = json.loads(program(recorded, "check", *ONE, "--json").stdout)
    advised = {each["scenario"]: each["advice"] for each in document["changes"] if each["advice"]}
    assert {*advised} == {"orders.yaml::put-from-app"}
    assert f"    {fix}" in advised["orders.yaml::put-from-app"]["lines"]


def test_every_output_of_one_check(recorded: Path) -> None:
    edit(recorded, '["https://app.example.com"]', '["*"]')
    files = ("--junit", "out/cors.xml", "--markdown", "out/cors.md")
    done = program(recorded, "check", *ONE, "--json", *files, GITHUB_STEP_SUMMARY="summary.md")
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    widened = [each for each in document["changes"] if each["class"] == "widened"]
    assert {each["scenario"] for each in widened} == {
        "orders.yaml::get-from-evil",
        "orders.yaml::put-from-evil",
    }
    root = parse(recorded / "out" / "cors.xml").getroot()  # noqa: S314 - what we wrote
    assert root is not None
    assert (root.attrib["tests"], root.attrib["failures"]) == ("4", "2")
    comment = (recorded / "out" / "cors.md").read_text()
    assert "`access-control-allow-origin`: `missing` → `*`" in comment
    assert (recorded / "summary.md").read_text() == comment


def test_missing_and_stale_entries_fail_with_commands_that_work(recorded: Path) -> None:
    file = recorded / "orders.yaml"
    file.write_text(ORDERS.replace("id: get-from-evil", "id: get-from-stranger"))
    done = program(recorded, "check", *ONE, "--fail-on", "none")
    assert done.returncode == 1, done.stderr
    assert "  scenario   orders.yaml::get-from-stranger  app\n" in done.stdout
    assert "  scenario   orders.yaml::get-from-evil  app\n" in done.stdout
    assert done.stdout.endswith("3 cells compared: 1 missing, 1 stale\nfails: missing, stale\n")
    lines = [line.split() for line in done.stdout.splitlines()]
    for line in (each for each in lines if each and each[0] in {"accept", "remove"}):
        if line[1] == "cors-harness":
            assert program(recorded, *line[2:]).returncode == 0
    assert program(recorded, "check", *ONE).returncode == 0


PARTS = {
    "keyword": ("-k", "get", "2 cells compared"),
    "cell": ("--cell", "get-from-app[app-chromium]", "1 cell compared"),
}


@pytest.mark.parametrize(("option", "value", "counted"), PARTS.values(), ids=PARTS)
def test_part_of_the_cells_is_compared_alone(
    recorded: Path, option: str, value: str, counted: str
) -> None:
    done = program(recorded, "check", *ONE, option, value)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f"{counted}: nothing changed\n")


def test_command_that_accepts_all_accepts_no_cell_that_the_check_left_out(recorded: Path) -> None:
    edit(recorded, '["https://app.example.com"]', '["*"]')
    done = program(recorded, "check", *ONE, "-k", "get-from-evil")
    assert done.returncode == 1, done.stderr
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("accept all of it  ")]
    command = shlex.split(line.removeprefix("accept all of it  "))
    assert program(recorded, *command[1:]).returncode == 0
    assert program(recorded, "check", *ONE, "-k", "get-from-evil").returncode == 0
    assert "1 widened" in program(recorded, "check", *ONE).stdout


UNFIT = """

inner = app


async def app(scope, receive, send):
    await inner(scope, receive, send)
"""


def test_cells_that_the_run_skipped_are_neither_stale_nor_removed(recorded: Path) -> None:
    file = recorded / "orders.yaml"
    file.write_text(ORDERS.replace("  page:", "  servers: [app, app-raising]\n  page:"))
    assert program(recorded, "record", *ONE).returncode == 0
    before = (recorded / "cors-baseline.txt").read_text()
    assert "[app-raising]" in before
    (recorded / "shop.py").write_text(SHOP + UNFIT)
    done = program(recorded, "check", *ONE)
    assert done.returncode == 0, done.stdout
    assert "note: 4 cells skipped: " in done.stdout
    again = program(recorded, "record", *ONE)
    assert "  note: 4 cells skipped: " in again.stdout
    assert (recorded / "cors-baseline.txt").read_text() == before
    (recorded / "cors-baseline.txt").write_text(f"<<<<<<< ours\n{before}")
    lost = program(recorded, "record", *OPTIONS)
    assert lost.returncode == 3, lost.stdout
    assert "orders.yaml::get-from-app[app-raising]: skipped, so it would be lost" in lost.stderr
    assert lost.stderr.endswith("cors-baseline.txt stays as it was\n")


def test_browser_that_the_project_drops_is_stale_and_removed(recorded: Path) -> None:
    place = recorded / "cors-baseline.txt"
    text = place.read_text()
    (name,) = [line for line in text.splitlines() if line.startswith("  chromium: ")]
    place.write_text(
        text.replace(name, f"{name}\n  webkit: WebKitGTK 2.50.6").replace(
            "  chromium:\n  -", "  chromium webkit:\n  -"
        )
    )
    settings = 'scenarios = ["orders.yaml"]\nbaseline = "cors-baseline.txt"\n'
    (recorded / "pyproject.toml").write_text(
        f'[tool.cors-harness]\nbrowsers = ["chromium"]\n{settings}'
    )
    options = OPTIONS[1:]
    done = program(recorded, "check", *options)
    assert done.returncode == 1, done.stdout
    assert done.stdout.endswith("4 cells compared: 4 stale\nfails: stale\n")
    assert program(recorded, "record", *options).returncode == 0
    assert "webkit" not in place.read_text()


def test_browser_that_was_not_recorded_is_missing(recorded: Path) -> None:
    done = program(recorded, "check", *OPTIONS, "--browser", "webkit", "-k", "get-from-app")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("changed  webkit: took no part -> WebKit")
    assert "--browser webkit -k get-from-app --only get-from-app\n" in done.stdout


def test_cell_without_a_result_is_status_3(recorded: Path) -> None:
    edit(recorded, '@app.get("/orders")', '@app.get("/other")')
    (recorded / "shop.py").write_text((recorded / "shop.py").read_text() + HANGS)
    done = program(recorded, "check", *ONE, "-k", "get-from-app", "--timeout", "1000")
    assert done.returncode == 3, done.stdout
    assert "no result  orders.yaml::get-from-app[app-chromium]: " in done.stdout
    assert done.stdout.endswith("no answer: 1 cell came to no result\n")


def test_interrupt_is_status_130_and_leaves_the_journal(recorded: Path) -> None:
    edit(recorded, '@app.get("/orders")', '@app.get("/other")')
    (recorded / "shop.py").write_text((recorded / "shop.py").read_text() + HANGS)
    argv = ("check", *ONE, "-k", "get-from-app", "--timeout", "60000")
    with subprocess.Popen(  # noqa: S603 - this program
        [sys.executable, "-m", "cors_harness", *argv],
        cwd=recorded,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "running 1 cell on chromium\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANG_S)
    assert (process.returncode, out, err) == (130, "", "interrupted; no cell was finished\n")
    assert (recorded / ".cors-harness" / "last.journal.jsonl").exists()
