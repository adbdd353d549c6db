"""A joined browser whose window is closed, whose live page is loaded anew, and whose lid closes.

The app holds some calls back for as long as the test wants it, so that they are surely under way.
"""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.live.relay import Relay
from tests.live.serve_program import ServeProgram, assert_quiet, serve
from tests.live.shown import seen
from tests.reports.html.page_browsers import WebDriverPage, by_webdriver
from tests.run.batches import SPEC
from tests.run.process_tree import ProcessInfo, descendants, process_of, send
from tests.wait_for_exit import HANG_S
from tests.webdriver_programs import HEADLESS, chromedriver

from cors_harness.engines.joined_browser import CLOSED

pytestmark = pytest.mark.browser

APP = """\
import pathlib, time

HOLD = pathlib.Path(__file__).with_name("hold")

def app(environ, start):
    while environ["PATH_INFO"].startswith("/held") and HOLD.exists():
        time.sleep(0.02)
    start("200 OK", [("Access-Control-Allow-Origin", "*"), ("Content-Type", "text/plain")])
    return [b"orders"]
"""
SCENARIOS = f"""\
- id: prompt
  title: A call that is answered at once
  spec: {SPEC}
  request: {{path: "/prompt/{{n}}"}}
  expect: {{outcome: allowed, status: 200}}
  matrix: {{n: [A, B, C, D]}}
- id: held
  title: A call that is answered when the test wants it
  spec: {SPEC}
  request: {{path: "/held/{{n}}"}}
  expect: {{outcome: allowed, status: 200}}
  matrix: {{n: [A, B]}}
- id: later
  title: A page that is shown when the first one is over
  spec: {SPEC}
  page: localhost
  request: {{path: /later}}
  expect: {{outcome: allowed, status: 200}}
"""
PROMPT, HELD, LATER = 4, 2, 1
CELLS = PROMPT + HELD + LATER
COLUMN = "chromium-linux"
JOINED = f"rows.filter((row) => row.engine === '{COLUMN}').map((row) => row.came_to[0])"
TAKES_PART = f"live.includes('({COLUMN}) takes part')"
DONE = "live.includes('{} of {} cells')"
WHOLE = f"state === 'idle' && {JOINED}.filter((each) => each === 'as-expected').length === {CELLS}"
STOPPED_S = 2  # that everything stands still; nobody can wait for nothing to happen


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Somebody's Chromium with the live page open, and what started it."""

    page: WebDriverPage
    driver: int
    served: ServeProgram
    relay: Relay
    folder: Path

    @property
    def url(self) -> str:
        """Of the live page, by way of the relay."""
        return self.served.url.replace("127.0.0.1", "localhost")

    def everything(self) -> list[ProcessInfo]:
        """The processes of `serve` and of the browser, children first."""
        tops = [process_of(self.served.process.pid), process_of(self.driver)]
        return [*reversed(descendants(tops)), *tops]

    @contextmanager
    def holding(self) -> Iterator[None]:
        """The app holds back the calls that it can."""
        hold = self.folder / "hold"
        hold.touch()
        try:
            yield
        finally:
            hold.unlink()

    def join(self) -> None:
        self.page.click(".live-here")

    def run_all(self) -> None:
        self.page.click("#live .live-buttons button")


def statuses(found: dict[str, Any], column: str = COLUMN) -> Counter[str]:
    return Counter(row["came_to"][0] for row in found["rows"] if row["engine"] == column)


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joined]:
    folder = tmp_path_factory.mktemp("life")
    (folder / "shop.py").write_text(APP)
    (folder / "cors.yaml").write_text(SCENARIOS)
    argv = ("cors.yaml", "--app", "shop:app", "--browser", "webkit", "--timeout", "120000")
    with (
        serve(folder, *argv) as served,
        Relay(urlsplit(served.url).port or 0) as relay,
        chromedriver() as program,
        by_webdriver(nullcontext(program), HEADLESS) as page,
    ):
        found = Joined(page=page, driver=program.pid, served=served, relay=relay, folder=folder)
        page.open(found.url)
        seen(page, f"state === 'idle' && rows.length === {CELLS}")
        yield found
        found.join()
        seen(page, TAKES_PART)
        served.end()  # while a window takes part
    assert_quiet(served)


def test_window_that_is_closed_loses_what_ran_and_the_rest_is_skipped_until_it_joins_anew(
    joined: Joined,
) -> None:
    page = joined.page
    with joined.holding():
        joined.join()
        seen(page, DONE.format(PROMPT, CELLS))
        page.open(joined.url)  # the live page is loaded anew, and the window minds nothing
        seen(page, f"{JOINED}.length === {PROMPT} && {TAKES_PART}")
        page.close_others()
        found = seen(page, f"state === 'idle' && {JOINED}.length === {CELLS}")
    assert statuses(found) == {"as-expected": PROMPT, "error": HELD, "skipped": LATER}
    assert [f"{COLUMN}: {CLOSED}", LATER] in found["skips"]
    assert f"takes no part: {CLOSED}" in found["live"]
    assert statuses(found, "webkit") == {"as-expected": CELLS}
    joined.join()
    found = seen(page, WHOLE)
    assert {row["engine"] for row in found["rows"]} == {"webkit", COLUMN}


def test_closed_lid_changes_no_verdict_and_the_page_shows_what_it_missed(joined: Joined) -> None:
    page = joined.page
    seen(page, WHOLE)
    with joined.holding():
        page.run(RERUN_OF_JOINED)
        seen(page, DONE.format(PROMPT, CELLS))
        with stopped(joined.everything()):
            assert joined.relay.cut()
    found = seen(page, f"!live.includes('No connection') && {WHOLE}")
    assert statuses(found) == {"as-expected": CELLS}
    text = SCENARIOS.replace("status: 200", "status: 201")
    (joined.folder / "cors.yaml").write_text(text)
    found = seen(page, f"state === 'idle' && {JOINED}.every((each) => each === 'unexpected')")
    assert statuses(found, "webkit") == statuses(found) == {"unexpected": CELLS}


def test_window_that_is_closed_while_nothing_runs_is_told_and_its_cells_are_skipped(
    joined: Joined,
) -> None:
    page = joined.page
    seen(page, f"state === 'idle' && {TAKES_PART}")
    page.close_others()
    seen(page, f"live.includes('takes no part: {CLOSED}')")
    joined.run_all()
    found = seen(page, f"state === 'idle' && {JOINED}.every((each) => each === 'skipped')")
    assert [f"{COLUMN}: {CLOSED}", CELLS] in found["skips"]


RERUN_OF_JOINED = f"""
const {{ index }} = await (await fetch("document")).json();
const {{ cells, scenarios, files, servers, engines }} = index;
const names = cells.status.flatMap((_, at) => {{
  const [file, id] = scenarios[cells.scenario[at]];
  const [server, engine] = [servers[cells.server[at]], engines[cells.engine[at]]];
  return engine === "{COLUMN}" ? [`${{files[file]}}::${{id}}[${{server}}-${{engine}}]`] : [];
}});
const wish = {{ method: "POST", body: JSON.stringify({{ cells: names }}) }};
return (await fetch("rerun", wish)).ok;
"""


@contextmanager
def stopped(processes: list[ProcessInfo]) -> Iterator[None]:
    """Everything stands still for a while."""
    send(signal.SIGSTOP, processes)
    try:
        deadline = time.monotonic() + HANG_S
        while not all(process.is_stopped for process in processes):
            assert time.monotonic() < deadline
        time.sleep(STOPPED_S)
        yield
    finally:
        send(signal.SIGCONT, processes)
