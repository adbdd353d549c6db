"""Real browsers behind real WebDriver endpoints on loopback: with BiDi, and without."""

import asyncio
import json
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import program
from tests.run.batches import NEVER, SLOW, SPEC, assert_each_cell_once, losses, outcome, plan_of
from tests.run.batches import records as records_of
from tests.run.process_tree import ProcessInfo, descendants, send, still_running
from tests.webdriver_programs import HEADLESS, DriverProgram, chromedriver, webkit_driver

from cors_harness.engines.remote_bidi import HeardPages
from cors_harness.model.events import CellFinished, Event
from cors_harness.model.remote import remote_of
from cors_harness.model.scenario import Outcome
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings

pytestmark = pytest.mark.browser

SCENARIOS = f"""\
- id: allowed
  title: A page on loopback reads a response
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{}}
  expect: {{outcome: allowed, wire: [request], sent: {{Origin: "{{page}}"}}}}
- id: blocked
  title: A method that nobody allows
  spec: {SPEC}
  response:
    - {{on: preflight, status: 204, headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
    - {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{method: PUT}}
  expect: {{outcome: blocked, wire: [preflight], reason: method-not-allowed}}
- id: framed
  title: A sandboxed page is told from others, and what its engine says is heard
  spec: {SPEC}
  page: sandboxed-frame
  response: {{headers: {{Access-Control-Allow-Origin: "https://example.com"}}}}
  request: {{}}
  expect: {{outcome: blocked, wire: [request], reason: allow-origin-mismatch}}
- id: cookies
  title: Pages share no cookies
  spec: {SPEC}
  page: {{host: localhost}}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}", Set-Cookie: a=1}}}}
  request: {{credentials: include}}
  expect:
    outcome: blocked
    wire: [request]
    sent: {{Cookie: ~}}
    reason: allow-credentials-not-true
- id: real
  title: Real origins, with their credentials
  spec: {SPEC}
  page: https://app.example.com
  origins: {{server: https://api.example.org}}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{credentials: include}}
  expect: {{outcome: blocked, wire: [request], reason: allow-credentials-not-true}}
- id: expired
  title: A certificate that is not valid any more
  spec: {SPEC}
  page: https://app.example.com
  origins: {{server: https://old.example.org}}
  expired_certificates: [server]
  response: {{headers: {{Access-Control-Allow-Origin: "*"}}}}
  request: {{}}
  expect: {{outcome: failed, wire: []}}
- id: public
  title: A page from the internet
  spec: {SPEC}
  page: {{address_space: public}}
  response: {{headers: {{Access-Control-Allow-Origin: "*"}}}}
  request: {{}}
  expect: {{outcome: blocked, wire: [], reason: local-network-access}}
  except: [{{engine: webkit, outcome: allowed, wire: [request]}}]
"""

CHROME, CLASSIC, WEBKIT = "chrome", "chrome-classic", "minibrowser-linux"
DEAD = "safari-mac"  # where nobody listens
UNHEARD = "what the engine says is not heard"
HARNESS_SAYS = {
    CHROME: "WebDriver BiDi (certificate errors ignored)",
    CLASSIC: f"WebDriver classic ({UNHEARD}; certificate errors ignored)",
    WEBKIT: f"WebDriver classic ({UNHEARD}; no proxy, so its pages may reach the network;"
    " certificate errors ignored)",
}
SKIPPED = {
    ("public", CHROME): "which ports count as public",
    ("public", CLASSIC): "which ports count as public",
    ("expired", CHROME): "with errors too",
    ("expired", CLASSIC): "with errors too",
    ("expired", WEBKIT): "its driver takes one and does not use it",
    ("real", WEBKIT): "its driver takes one and does not use it",
}


@pytest.fixture(scope="module")
def chrome() -> Iterator[DriverProgram]:
    with chromedriver() as driver:
        yield driver


def browsers_of(*drivers: DriverProgram) -> list[ProcessInfo]:
    """What the drivers have started, and what that has."""
    roots = [ProcessInfo(pid=driver.pid, parent=0, born=0, command=()) for driver in drivers]
    return descendants(roots)


def documents(folder: Path, *argv: str) -> Mapping[str, Any]:
    """What `cors-harness … --json` prints."""
    result = program(folder, *argv, "--json")
    assert result.returncode == 0, result.stderr
    document: Mapping[str, Any] = json.loads(result.stdout)
    return document


@pytest.fixture
def folder(tmp_path: Path, chrome: DriverProgram) -> Path:
    """A project whose settings name a remote browser."""
    (tmp_path / "cors.yaml").write_text(SCENARIOS)
    (tmp_path / "classic.json").write_text(json.dumps({**HEADLESS, "webSocketUrl": False}))
    args = HEADLESS["goog:chromeOptions"]["args"]
    settings = f"""\
[tool.cors-harness]
scenarios = ["cors.yaml"]
browsers = ["{CHROME}"]
remote = {{{CHROME} = "{chrome.url}"}}
[tool.cors-harness.capabilities.{CHROME}]
"goog:chromeOptions" = {{args = {json.dumps(args)}}}
"""
    (tmp_path / "pyproject.toml").write_text(settings)
    return tmp_path


def test_remote_browsers_run_cells_as_local_ones_and_leave_none_behind(
    folder: Path, chrome: DriverProgram
) -> None:
    with webkit_driver() as webkit:
        url = chrome.url.replace("://", "://me:s3cret-Key@")
        classic = (f"--remote={CLASSIC}={url}", f"--capabilities={CLASSIC}=classic.json")
        others = (f"--remote={WEBKIT}={webkit.url}", f"--remote={DEAD}=http://127.0.0.1:1")
        document = documents(folder, "run", *classic, *others, "--allow-missing")
        assert still_running(browsers_of(chrome, webkit)) == []
    engines = {engine["name"]: engine for engine in document["engines"]}
    assert {name: engine["driver"] for name, engine in engines.items()} == HARNESS_SAYS
    assert engines[CHROME]["label"].startswith("Chrome ")
    assert engines[WEBKIT]["label"].endswith(" on linux, not Safari")
    assert "s3cret-Key" not in json.dumps(document)
    everything = {(cell["scenario"], cell["engine"]): cell for cell in document["cells"]}
    cells = {key: cell for key, cell in everything.items() if key[1] != DEAD}
    skipped = {key: c["verdict"]["note"] for key, c in cells.items() if key in SKIPPED}
    assert {key: SKIPPED[key] in note for key, note in skipped.items()} == dict.fromkeys(
        SKIPPED, True
    )
    ran = {key: c["verdict"]["status"] for key, c in cells.items() if key not in SKIPPED}
    assert ran == dict.fromkeys(ran, "as-expected")
    assert len(ran) == 3 * 7 - len(SKIPPED)
    dead = {cell["verdict"]["note"] for (_, engine), cell in everything.items() if engine == DEAD}
    assert [why.partition(": All")[0] for why in dead] == [
        f"{DEAD}: http://127.0.0.1:1: no answer to GET /status"
    ]
    said = {key: c["reason"]["console"] for key, c in cells.items() if c["reason"]}
    heard = {key for key, words in said.items() if words}
    assert heard == {(scenario, engine) for scenario, engine in said if engine == CHROME}
    unheard = cells["blocked", WEBKIT]["reason"]["detail"]
    assert unheard.startswith("this engine has no console that can be read")


def test_words_about_a_frame_are_waited_for_that_is_listened_to_late(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandboxed frame has a log of its own, and its page says early that its call failed."""
    listen = HeardPages.listen

    async def late(pages: HeardPages, session: str) -> None:
        await asyncio.sleep(3)
        await listen(pages, session)

    monkeypatch.setattr(HeardPages, "listen", late)
    (cell,) = documents(folder, "run", "--cell=framed")["cells"]
    assert cell["verdict"]["status"] == "as-expected"
    assert cell["reason"]["console"]


def test_what_a_remote_browser_does_is_recorded_and_checked(folder: Path) -> None:
    only = ("--cell=allowed", "--cell=real")
    assert program(folder, "record", *only).returncode == 0
    baseline = (folder / "cors-baseline.txt").read_text()
    assert f"  {CHROME}:\n" in baseline
    assert "outcome: blocked allow-credentials-not-true" in baseline
    changes = documents(folder, "check", *only)
    assert changes["changes"] == []


@pytest.mark.parametrize("bidi", [True, False], ids=["bidi", "classic"])
def test_killed_remote_browser_loses_what_was_in_flight_and_nothing_is_left_over(
    *, bidi: bool, chrome: DriverProgram, tmp_path: Path
) -> None:
    capabilities = HEADLESS if bidi else {**HEADLESS, "webSocketUrl": False}
    remotes = {CHROME: remote_of(CHROME, chrome.url, capabilities)}
    plan = plan_of(tmp_path, NEVER + SLOW, CHROME)
    events: list[Event] = []
    for event in run(plan, RunSettings(remotes=remotes, concurrency=6)):
        events.append(event)
        done = [each for each in events if isinstance(each, CellFinished)]
        if isinstance(event, CellFinished) and len(done) == 10:
            send(signal.SIGKILL, browsers_of(chrome))
    assert_each_cell_once(plan, events)
    (loss,) = losses(events)
    crashed = [r for r in records_of(events) if outcome(r) is Outcome.CRASHED]
    assert len(crashed) == loss.in_flight >= 4
    assert still_running(browsers_of(chrome)) == []


def test_run_that_is_left_early_ends_its_remote_session(
    chrome: DriverProgram, tmp_path: Path
) -> None:
    remotes = {CHROME: remote_of(CHROME, chrome.url, HEADLESS)}
    events = run(plan_of(tmp_path, NEVER + SLOW, CHROME), RunSettings(remotes=remotes))
    next(event for event in events if isinstance(event, CellFinished))
    running = browsers_of(chrome)
    assert running
    events.close()
    assert still_running(running) == []
