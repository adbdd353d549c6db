"""Sessions, tokens and ids that a server gives out come back to it, from real browsers."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.run.batches import plan_of, records

from cors_harness.model.advice import Mistake
from cors_harness.model.cell import Cell, RecordedCell
from cors_harness.model.observation import Fulfilled, Rejected
from cors_harness.model.verdict import Aspect, Status
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.store.journal import DEFAULT_PLACE, read_journal

pytestmark = pytest.mark.browser

CASES = Path(__file__).parent / "step_values"
SERVERS = ("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.com")
ERROR = 3
NOTES = {
    "as-not-expected": "steps[1] did not run: it needs id in the JSON of steps[0], "
    "and steps[0] is not as expected",
    "line-break": "steps[1] cannot send csrf_token in the JSON of steps[0] in X-CSRF-Token: "
    "fetch() refuses it for a line break",
    "other-keys": "steps[1] needs token in the JSON of steps[0]: its response (200) is JSON: "
    r"an object with the keys '\x1b[2J', 'csrf_token'",
    "too-long": "steps[1] needs csrf_token in the JSON of steps[0]: "
    "its response (200) has a body of more than 1000000 characters",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CASES, tmp_path / "shop"))


# A start of three browsers is what costs here: one run asks all apps of a kind.
APPS = """\
import bearer, csrf, django_csrf, mcp_like

ASGI = {"/mcp": mcp_like.app, "/hidden": mcp_like.hidden}


async def asgi(scope, receive, send):
    await ASGI.get(scope.get("path"), bearer.app)(scope, receive, send)


def wsgi(environ, start_response):
    app = django_csrf.application if environ["PATH_INFO"] == "/baskets" else csrf.app
    return app(environ, start_response)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run in all engines has told: its exit status, its report, its cells by scenario."""

    status: int
    report: str
    cells: Mapping[str, Sequence[RecordedCell]]


def told(factory: pytest.TempPathFactory, app: str, *scenarios: str) -> Told:
    """Runs these files with one of APPS."""
    folder = Path(shutil.copytree(CASES, factory.mktemp("step-values") / "shop"))
    (folder / "apps.py").write_text(APPS)
    mcp = (folder / "mcp.yaml").read_text().replace("id: mcp", "id: hidden")
    (folder / "hidden.yaml").write_text(mcp.replace("/mcp", "/hidden"))
    done = program(folder, "run", *scenarios, "--app", app, *SERVERS)
    assert "\x1b" not in done.stdout + done.stderr
    cells: dict[str, list[RecordedCell]] = {}
    for cell in read_journal(folder / DEFAULT_PLACE)[1]:
        cells.setdefault(cell.scenario, []).append(cell)
    engines = {tuple(sorted(cell.engine for cell in each)) for each in cells.values()}
    assert engines == {("chromium", "firefox", "webkit")}, done.stderr
    return Told(status=done.returncode, report=done.stdout, cells=cells)


@pytest.fixture(scope="module")
def asgi(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return told(tmp_path_factory, "apps:asgi", "mcp.yaml", "hidden.yaml", "bearer.yaml")


@pytest.fixture(scope="module")
def wsgi(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return told(tmp_path_factory, "apps:wsgi", "csrf.yaml", "django_csrf.yaml", "missing.yaml")


WORKING = {
    "session id": ("asgi", "mcp-session"),
    "token as JSON": ("wsgi", "csrf-token"),
    "cookie": ("wsgi", "django-csrf"),
    "bearer, id in a path, long body": ("asgi", "bearer"),
}


@pytest.mark.parametrize(("run_of", "scenario"), WORKING.values(), ids=WORKING)
def test_what_a_step_brought_is_sent_by_later_ones(
    request: pytest.FixtureRequest, run_of: str, scenario: str
) -> None:
    for cell in request.getfixturevalue(run_of).cells[scenario]:
        assert cell.status is Status.AS_EXPECTED, cell.mismatches


def test_a_session_id_that_is_not_exposed_is_an_error_with_advice(asgi: Told) -> None:
    assert asgi.status == ERROR
    for cell in asgi.cells["hidden-session"]:
        assert cell.note == (
            "steps[1] needs the header mcp-session-id of steps[0]: its response (200) has it on "
            "the wire, but page code cannot read it: there is no Access-Control-Expose-Headers, "
            "which must name mcp-session-id"
        )
        assert [exchange.step for exchange in cell.exchanges] == [0, 0]
        assert cell.advice is not None
        assert cell.advice.mistake is Mistake.NOT_EXPOSED


def test_what_did_not_come_is_told_in_safe_words(wsgi: Told) -> None:
    assert wsgi.status == ERROR
    said = " ".join(wsgi.report.split())
    assert [said.count(note) for note in NOTES.values()] == [1] * len(NOTES)
    assert said.count(" 3 cells in chromium, firefox, webkit, from ") == len(NOTES)
    found = [cell for scenario in NOTES for cell in wsgi.cells[scenario]]
    assert Counter((cell.scenario, cell.note) for cell in found) == dict.fromkeys(NOTES.items(), 3)
    for cell in found:
        is_caused = cell.scenario == "as-not-expected"
        assert cell.status is (Status.UNEXPECTED if is_caused else Status.ERROR)
        assert [m.aspect for m in cell.mismatches] == [
            *([Aspect.STATUS] if is_caused else []),
            Aspect.STEPS,
        ]


def test_two_runs_with_other_tokens_and_ids_have_the_same_baseline(folder: Path) -> None:
    (folder / "scenarios").mkdir()
    shutil.copy(folder / "bearer.yaml", folder / "scenarios")
    options = ("--app", "bearer:app", *SERVERS, "--browser", "webkit")
    files = []
    for _ in range(2):
        done = program(folder, "record", *options)
        assert done.returncode == 0, done.stdout + done.stderr
        files.append((folder / "scenarios/cors-baseline.txt").read_text())
    assert files[0] == files[1]
    assert "GET /orders/{steps.0.json.data.items.0.id}\n" in files[0]
    checked = program(folder, "check", *options)
    assert checked.returncode == 0, checked.stdout + checked.stderr


REFUSED = {"line feed": "a\nb", "return": "a\rb", "NUL": "a\0b", "no byte": "€"}
AT_THE_ENDS = "\r\n a \n"


def test_browsers_refuse_these_headers_as_the_standard_says(tmp_path: Path, engine: str) -> None:
    text = f"""\
- id: refused
  title: A value that no scenario file may state
  spec: https://fetch.spec.whatwg.org/#concept-header-value
  response: {{headers: {{Access-Control-Allow-Origin: "*", Access-Control-Allow-Headers: X-A}}}}
  request: {{path: "/{{n}}", headers: {{X-A: x}}}}
  expect: {{}}
  matrix: {{n: [{", ".join(f"N{number}" for number in range(len(REFUSED) + 1))}]}}
"""
    plan = plan_of(tmp_path, text, engine)
    values = (*REFUSED.values(), AT_THE_ENDS)
    chosen = zip(plan.cells, values, strict=True)
    plan = replace(plan, cells=tuple(with_header(cell, value) for cell, value in chosen))
    seen = {r.cell.scenario.steps[0].call.headers: r for r in records([*run(plan, RunSettings())])}
    for value in REFUSED.values():
        record = seen[("X-A", value),]
        (observation,) = record.observations
        assert isinstance(observation, Rejected)
        assert observation.error_name == "TypeError"
        assert record.exchanges == ()
    taken = seen[("X-A", AT_THE_ENDS),]
    assert isinstance(taken.observations[0], Fulfilled)
    sent = {name.lower(): value for name, value in taken.exchanges[-1].request_headers}
    assert sent[b"x-a"] == b"a"


def with_header(cell: Cell, value: str) -> Cell:
    (step,) = cell.scenario.steps
    step = replace(step, call=replace(step.call, headers=(("X-A", value),)))
    return replace(cell, scenario=replace(cell.scenario, steps=(step,)))
