"""`cors-harness check` with real browsers: a line of configuration changes, is told, accepted."""

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from tests.cli.program import program
from tests.reports.html.page_reading import index_of
from tests.shared_across_workers import once
from tests.wait_for_exit import HANG_S

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
ONE = (*OPTIONS, "--browser", "webkit")
JOURNAL = Path(".cors-harness/last.journal.jsonl")
ONE_BROWSER = '[tool.cors-harness]\nbrowsers = ["webkit"]\n'  # so that nothing is left out
HANGS = "\n\n@app.get('/orders')\ndef hang():\n    import time\n    time.sleep({seconds})\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return begun(tmp_path)


@pytest.fixture(scope="session")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What WebKit does, recorded once: a baseline names no folder."""
    made = once(tmp_path_factory, "accepted", lambda folder: succeed(begun(folder), "record", *ONE))
    return (made / "cors-baseline.txt").read_text()


@pytest.fixture
def recorded(folder: Path, accepted: str) -> Path:
    """The folder with what WebKit does accepted."""
    (folder / "cors-baseline.txt").write_text(accepted)
    return folder


def begun(folder: Path) -> Path:
    (folder / "shop.py").write_text(SHOP)
    (folder / "orders.yaml").write_text(ORDERS)
    return folder


def succeed(folder: Path, *argv: str) -> str:
    """What a command says that must succeed."""
    done = program(folder, *argv)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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
    succeed(folder, "record", *OPTIONS)
    edit(folder, '["https://app.example.com"]', '["*"]')
    done = program(folder, "check", *OPTIONS)
    assert done.returncode == 1, done.stderr
    assert "  request    access-control-allow-origin: missing -> *\n" in done.stdout
    assert "  from       https://app.example.com.evil.example\n" in done.stdout
    assert "  in         chromium, firefox, webkit, on app\n" in done.stdout
    assert "  A lookalike that begins as the shop does\n" in done.stdout
    assert done.stdout.endswith("12 cells compared: 6 widened, 6 cosmetic\nfails: widened\n")
    checked = (folder / JOURNAL).rename(folder / "checked.jsonl")
    command = accept_commands(done.stdout)[0]
    assert command[0] == "cors-harness"
    succeed(folder, *command[1:])
    again = program(folder, "diff", "cors-baseline.txt", str(checked))
    assert again.returncode == 1, again.stderr
    assert "  scenario   put-from-evil  PUT " in again.stdout
    assert "12 cells compared: 3 widened, 6 cosmetic\n" in again.stdout


def test_nothing_changed(recorded: Path) -> None:
    done = program(recorded, "check", *ONE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "4 cells compared: nothing changed\npasses: this run is as cors-baseline.txt says\n"
    )


FIX = 'allow_methods=["POST", "PUT"],'
CHANGES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "costlier": ("max_age=600", "max_age=60", ("costlier  preflight remembered for 60 s",)),
    "narrowed": (
        '["PUT"]',
        '["POST"]',
        (
            "narrowed  https://app.example.com can no longer read PUT",
            "\n  fix        The server does not allow the method PUT ",
            f"                     {FIX}\n",
        ),
    ),
}


@pytest.mark.parametrize(("old", "new", "texts"), CHANGES.values(), ids=CHANGES)
def test_class_fails_when_it_is_asked_for(
    recorded: Path, old: str, new: str, texts: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    class_ = request.node.callspec.id
    edit(recorded, old, new)
    done = program(recorded, "check", *ONE, "--fail-on", class_)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(texts[0])
    assert [words for words in texts if words not in done.stdout] == []
    succeed(recorded, "diff", "cors-baseline.txt", str(JOURNAL))


def test_every_output_of_one_check(recorded: Path) -> None:
    edit(recorded, '["https://app.example.com"]', '["*"]')
    edit(recorded, '["PUT"]', '["POST"]')
    files = ("--junit", "out/cors.xml", "--markdown", "out/cors.md", "--html", "out/cors.html")
    options = ("--fail-on", "widened,narrowed", "--json", *files)
    done = program(recorded, "check", *ONE, *options, GITHUB_STEP_SUMMARY="summary.md")
    assert done.returncode == 1, done.stderr
    changes = json.loads(done.stdout)["changes"]
    found = {(each["class"], each["scenario"]) for each in changes}
    assert {(class_, scenario) for class_, scenario in found if class_ != "cosmetic"} == {
        ("widened", "orders.yaml::get-from-evil"),
        ("narrowed", "orders.yaml::put-from-app"),
    }
    advised = {each["scenario"]: each["advice"] for each in changes if each["advice"]}
    assert {*advised} == {"orders.yaml::put-from-app", "orders.yaml::get-from-evil"}
    shut_out = advised["orders.yaml::get-from-evil"]
    assert shut_out["mistake"] == "lets-everyone-in"
    assert '    allow_origins=["https://app.example.com"],' in shut_out["lines"]
    assert f"    {FIX}" in advised["orders.yaml::put-from-app"]["lines"]
    root = parse(recorded / "out" / "cors.xml").getroot()  # noqa: S314 - what we wrote
    assert root is not None
    assert (root.attrib["tests"], root.attrib["failures"]) == ("4", "2")
    comment = (recorded / "out" / "cors.md").read_text()
    assert "`access-control-allow-origin`: `missing` → `*`" in comment
    assert FIX in comment
    assert (recorded / "summary.md").read_text() == comment
    index = index_of((recorded / "out" / "cors.html").read_text("utf-8"))
    fixed = [each for each in index["comparison"]["groups"] if each["advice"] >= 0]
    assert {index["comparison"]["classes"][each["class"]][0] for each in fixed} == {
        "widened",
        "narrowed",
    }


def test_missing_and_stale_entries_fail_with_commands_that_work(recorded: Path) -> None:
    file = recorded / "orders.yaml"
    file.write_text(ORDERS.replace("id: get-from-evil", "id: get-from-stranger"))
    done = program(recorded, "check", *ONE, "--fail-on", "none")
    assert done.returncode == 1, done.stderr
    assert "  scenario   orders.yaml::get-from-stranger  app\n" in done.stdout
    assert "  scenario   orders.yaml::get-from-evil  app\n" in done.stdout
    assert done.stdout.endswith("3 cells compared: 1 missing, 1 stale\nfails: missing, stale\n")
    checked = (recorded / JOURNAL).rename(recorded / "checked.jsonl")
    lines = [line.split() for line in done.stdout.splitlines()]
    for line in (each for each in lines if each and each[0] in {"accept", "remove"}):
        if line[1] == "cors-harness":
            succeed(recorded, *line[2:])
    again = succeed(recorded, "diff", "cors-baseline.txt", str(checked))
    assert again.startswith("4 cells compared: nothing changed\n")


def test_part_of_the_cells_is_compared_alone(recorded: Path) -> None:
    stdout = succeed(recorded, "check", *ONE, "-k", "get")
    assert stdout.startswith("2 cells compared: nothing changed\n")


def test_command_that_accepts_all_accepts_no_cell_that_the_check_left_out(recorded: Path) -> None:
    edit(recorded, '["https://app.example.com"]', '["*"]')
    done = program(recorded, "check", *ONE, "-k", "get-from-evil")
    assert done.returncode == 1, done.stderr
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("accept all of it  ")]
    command = shlex.split(line.removeprefix("accept all of it  "))
    succeed(recorded, *command[1:])
    assert "1 widened" in program(recorded, "check", *ONE).stdout


UNFIT = """

inner = app


async def app(scope, receive, send):
    await inner(scope, receive, send)
"""


def test_cells_that_the_run_skipped_are_neither_stale_nor_removed(recorded: Path) -> None:
    file = recorded / "orders.yaml"
    file.write_text(ORDERS.replace("  page:", "  servers: [app, app-raising]\n  page:"))
    succeed(recorded, "record", *ONE)
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
    (recorded / "pyproject.toml").write_text(ONE_BROWSER)
    lost = program(recorded, "record", *OPTIONS)
    assert lost.returncode == 3, lost.stdout
    assert "orders.yaml::get-from-app[app-raising]: skipped, so it would be lost" in lost.stderr
    assert lost.stderr.endswith("cors-baseline.txt stays as it was\n")


def test_browser_that_the_project_drops_is_stale_and_removed(recorded: Path) -> None:
    place = recorded / "cors-baseline.txt"
    text = place.read_text()
    (name,) = [line for line in text.splitlines() if line.startswith("  webkit: ")]
    place.write_text(
        text.replace(name, f"  chromium: Chromium 156.0.8078.108\n{name}").replace(
            "  webkit:\n  -", "  chromium webkit:\n  -"
        )
    )
    settings = 'scenarios = ["orders.yaml"]\nbaseline = "cors-baseline.txt"\n'
    (recorded / "pyproject.toml").write_text(ONE_BROWSER + settings)
    options = OPTIONS[1:]
    done = program(recorded, "check", *options)
    assert done.returncode == 1, done.stdout
    assert done.stdout.endswith("4 cells compared: 4 stale\nfails: stale\n")
    succeed(recorded, "record", *options)
    assert "chromium" not in place.read_text()


def test_browser_that_was_not_recorded_is_missing(recorded: Path) -> None:
    done = program(recorded, "check", *OPTIONS, "--browser", "chromium", "-k", "get-from-app")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("changed  chromium: took no part -> Chromium")
    assert "--browser chromium -k get-from-app --only get-from-app\n" in done.stdout


def test_cell_without_a_result_is_status_3(recorded: Path) -> None:
    edit(recorded, '@app.get("/orders")', '@app.get("/other")')
    (recorded / "shop.py").write_text((recorded / "shop.py").read_text() + HANGS.format(seconds=4))
    done = program(recorded, "check", *ONE, "-k", "get-from-app", "--timeout", "1000")
    assert done.returncode == 3, done.stdout
    assert "no result  orders.yaml::get-from-app[app-webkit]: " in done.stdout
    assert done.stdout.endswith("no answer: 1 cell came to no result\n")


def test_interrupt_is_status_130_and_leaves_the_journal(recorded: Path) -> None:
    edit(recorded, '@app.get("/orders")', '@app.get("/other")')
    (recorded / "shop.py").write_text((recorded / "shop.py").read_text() + HANGS.format(seconds=60))
    chromium = ("--browser", "chromium")
    argv = ("check", *OPTIONS, *chromium, "-k", "get-from-app", "--timeout", "60000")
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
    assert (recorded / JOURNAL).exists()
