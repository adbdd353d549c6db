"""SuccessiveRuns: browsers stay up, servers do not; after whatever run, the next one runs."""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.run.batches import SPEC, assert_each_cell_once, outcome, plan_of, records, until
from tests.run.process_tree import ProcessTree, send
from tests.wait_for_exit import HANG_S

from cors_harness.errors import ServerFailed
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.events import CellFinished, EngineLost, Event, StillStarting
from cors_harness.model.scenario import Outcome
from cors_harness.model.server import APPS
from cors_harness.model.subject import AppSubject
from cors_harness.planning.plan import Plan, Selection, make_plan
from cors_harness.run.settings import RunSettings
from cors_harness.run.successive_runs import SuccessiveRuns
from cors_harness.serving.all_servers import all_servers
from cors_harness.terms.token import TOKEN_IN_URL

pytestmark = pytest.mark.browser

APP = """\
def app(environ, start):
    headers = [("Access-Control-Allow-Origin", environ["HTTP_ORIGIN"])]
    headers += [("Access-Control-Allow-Methods", {methods!r})]
    start("200 OK", [("Content-Type", "text/plain"), *headers])
    return [b"orders"]
"""
NUMBERS = ", ".join(f"N{number}" for number in range(20))
SCENARIOS = f"""\
- id: put-real
  title: A page on a real origin may PUT
  spec: {SPEC}
  matrix: {{n: [{NUMBERS}]}}
  page: https://app.example.com
  origins: {{server: https://api.example.org}}
  request: {{method: PUT, path: "/{{n}}"}}
  expect: {{outcome: allowed}}

- id: put-local
  title: A page on a port of the run may PUT
  spec: {SPEC}
  matrix: {{n: [{NUMBERS}]}}
  request: {{method: PUT, path: "/{{n}}"}}
  expect: {{outcome: allowed}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cors.yaml").write_text(SCENARIOS)
    return tmp_path


@pytest.fixture
def live(folder: Path, process_tree: ProcessTree) -> Iterator[SuccessiveRuns]:
    """`process_tree` looks at what is left once this is closed."""
    assert process_tree.running() == []
    live = SuccessiveRuns(RunSettings(subject=AppSubject(spec="shop:app", folder=folder)))
    yield live
    live.close()


def write(folder: Path, text: str) -> None:
    (folder / "shop.py").write_text(text)


def plan_for(folder: Path, engine: str) -> Plan:
    scenarios = load_scenarios([folder / "cors.yaml"])
    selection = Selection(engines=(engine,), servers=APPS)
    subject = AppSubject(spec="shop:app", folder=folder)
    return make_plan(scenarios, all_servers(subject=subject), selection)


def outcomes(events: Sequence[Event]) -> set[Outcome | None]:
    return {outcome(record) for record in records(events) if record.observations}


def tokens(events: Sequence[Event]) -> list[str]:
    exchanges = (each for record in records(events) for each in record.exchanges)
    return [token for each in exchanges for token in TOKEN_IN_URL.findall(each.target)]


@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_edit_of_the_app_shows_in_the_next_run_of_the_same_browser(
    name: str, folder: Path, live: SuccessiveRuns, process_tree: ProcessTree
) -> None:
    plan = plan_for(folder, name)
    write(folder, APP.format(methods="GET"))
    before = list(live.run(plan))
    browsers = process_tree.browsers(name)
    write(folder, APP.format(methods="PUT, GET"))
    after = list(live.run(plan))

    assert outcomes(before) == {Outcome.BLOCKED}
    assert outcomes(after) == {Outcome.ALLOWED}
    for events in (before, after):
        assert_each_cell_once(plan, events)
    assert set(tokens(before)).isdisjoint(tokens(after))
    assert process_tree.browsers(name) == browsers


def test_app_that_does_not_start_costs_no_browser(
    folder: Path, live: SuccessiveRuns, process_tree: ProcessTree
) -> None:
    plan = plan_for(folder, "chromium")
    write(folder, APP.format(methods="PUT"))
    list(live.run(plan))
    browsers = process_tree.browsers("chromium")
    write(folder, "def app(:")
    with pytest.raises(ServerFailed, match="SyntaxError"):
        list(live.run(plan))
    write(folder, APP.format(methods="PUT"))
    assert outcomes(list(live.run(plan))) == {Outcome.ALLOWED}
    assert process_tree.browsers("chromium") == browsers


def test_app_that_does_not_start_at_first_may_start_later(
    folder: Path, live: SuccessiveRuns
) -> None:
    plan = plan_for(folder, "webkit")
    write(folder, "import nothing_of_that_name")
    with pytest.raises(ServerFailed, match="nothing_of_that_name"):
        list(live.run(plan))
    write(folder, APP.format(methods="PUT"))
    assert outcomes(list(live.run(plan))) == {Outcome.ALLOWED}


def test_app_that_takes_long_to_start_is_told_of_in_every_run(
    folder: Path, live: SuccessiveRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cors_harness.run.waiting.TELL_S", 0.1)
    plan = plan_for(folder, "webkit")
    assert_app_is_waited_for(folder, live, plan)  # as all that starts
    live.close()
    write(folder, APP.format(methods="PUT"))
    assert outcomes(list(live.run(plan))) == {Outcome.ALLOWED}
    assert_app_is_waited_for(folder, live, plan)  # by itself


def assert_app_is_waited_for(folder: Path, live: SuccessiveRuns, plan: Plan) -> None:
    write(folder, "import signal\nsignal.pause()")
    told = (event for event in live.run(plan) if isinstance(event, StillStarting))
    assert any(event.names == ("your app shop:app",) for event in told)


def test_run_that_is_given_up_leaves_the_browsers_to_the_next(
    folder: Path, live: SuccessiveRuns, process_tree: ProcessTree
) -> None:
    plan = plan_for(folder, "chromium")
    write(folder, APP.format(methods="PUT"))
    first = live.run(plan)
    until(first, CellFinished)
    browsers = process_tree.browsers("chromium")
    first.close()
    events = list(live.run(plan))
    assert_each_cell_once(plan, events)
    assert outcomes(events) == {Outcome.ALLOWED}
    assert process_tree.browsers("chromium") == browsers


def test_run_that_waits_for_the_app_is_interrupted_from_another_thread(
    folder: Path, live: SuccessiveRuns
) -> None:
    plan = plan_for(folder, "webkit")
    write(folder, APP.format(methods="PUT"))
    list(live.run(plan))
    begun = folder / "begun"
    os.mkfifo(begun)
    hanging = f"open({str(begun)!r}, 'w').close()\n__import__('threading').Event().wait()\n"
    write(folder, hanging)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(list, live.run(plan))
        begun.read_text()  # until the app is imported
        live.interrupt()
        assert waiting.result(HANG_S) == []
    write(folder, APP.format(methods="PUT"))
    assert outcomes(list(live.run(plan))) == {Outcome.ALLOWED}


def test_browser_that_ended_meanwhile_is_replaced(
    folder: Path, live: SuccessiveRuns, process_tree: ProcessTree
) -> None:
    plan = plan_for(folder, "chromium")
    write(folder, APP.format(methods="PUT"))
    list(live.run(plan))
    send(signal.SIGKILL, process_tree.browsers("chromium"))
    events = list(live.run(plan))
    assert [event for event in events if isinstance(event, EngineLost)]
    assert_each_cell_once(plan, events)
    assert outcomes(events) == {Outcome.ALLOWED}


def test_plan_for_another_browser_starts_that(folder: Path, live: SuccessiveRuns) -> None:
    write(folder, APP.format(methods="PUT"))
    list(live.run(plan_for(folder, "chromium")))
    events = list(live.run(plan_for(folder, "webkit")))
    assert {record.cell.engine for record in records(events)} == {"webkit"}
    assert outcomes(events) == {Outcome.ALLOWED}


def test_verbatim_answers_are_those_of_the_plan_that_runs(
    live: SuccessiveRuns, tmp_path: Path
) -> None:
    text = f"""\
- id: verbatim
  title: A server that allows one origin
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "%s"}}}}
  request: {{}}
  expect: {{}}
"""
    came_out = [
        outcomes(list(live.run(plan_of(tmp_path, text % origin, "webkit"))))
        for origin in ("{page}", "https://example.com")
    ]
    assert came_out == [{Outcome.ALLOWED}, {Outcome.BLOCKED}]
