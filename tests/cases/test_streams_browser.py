"""Bodies that never end, break off or never begin, in real browsers: judged by the wire."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.program import program

from cors_harness import Cors
from cors_harness.model.cell import RecordedCell
from cors_harness.model.exchange import ResponsePart
from cors_harness.model.observation import Fulfilled
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Aspect, Status, Unseen
from cors_harness.store.journal import DEFAULT_PLACE, read_journal

pytestmark = pytest.mark.browser

APP = Path(__file__).with_name("streaming_app.py")
ON_PORTS: tuple[str, ...] = ()  # HTTP/1.1
WEBKIT = ("--browser", "webkit")
REAL = ("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.org")
SCENARIO = """\
- id: {name}
  title: {name}
  spec: https://fetch.spec.whatwg.org/#concept-cors-check
  request: {{path: "/{path}", timeout_ms: {timeout_ms}}}
  expect: {{{expect}}}
"""
ALLOWED = "outcome: allowed, status: 200"
BREAKING = ("breaks-off", "breaks-off-early")
MANY = 24  # as many at once need all connections that a browser has for them four times


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(APP, tmp_path / "streaming_app.py")
    return tmp_path


def scenario(name: str, path: str, expect: str = ALLOWED, timeout_ms: int = 10_000) -> str:
    return SCENARIO.format(name=name, path=path, expect=expect, timeout_ms=timeout_ms)


def run(
    project: Path, scenarios: Iterable[str], options: tuple[str, ...] = ON_PORTS
) -> tuple[int, dict[str, list[RecordedCell]], str]:
    """Exit status, the cells of each scenario in the engines, and the report."""
    (project / "streams.yaml").write_text("".join(scenarios))
    done = program(project, "run", "streams.yaml", "--app", "streaming_app:app", *options)
    cells: dict[str, list[RecordedCell]] = {}
    for cell in read_journal(project / DEFAULT_PLACE)[1]:
        cells.setdefault(cell.scenario, []).append(cell)
    engines = 1 if options == WEBKIT else 3
    assert {len(each) for each in cells.values()} == {engines}, done.stderr
    return done.returncode, cells, done.stdout


def response(cell: RecordedCell) -> Fulfilled:
    seen = cell.steps[0].observation
    assert isinstance(seen, Fulfilled)
    return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run in all engines has told.

    Attributes:
        status: its exit status.
        cells: of each scenario, one for each engine.
        report: what it said.
        gone: the paths of streams that browsers have left.
    """

    status: int
    cells: Mapping[str, Sequence[RecordedCell]]
    report: str
    gone: Sequence[str]


@pytest.fixture(scope="module", params=[ON_PORTS, REAL], ids=["HTTP/1.1", "HTTP/2"])
def told(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Told:
    """Streams of every kind, all in one run: a start of three browsers is what costs here."""
    folder = tmp_path_factory.mktemp("streams")
    shutil.copy(APP, folder / "streaming_app.py")
    streams = (
        *(scenario(f"many-{number}", "events") for number in range(MANY)),
        scenario("one-event", "one-event"),
        scenario("lines", "lines"),
        scenario("slow-body", "slow-body", f"{ALLOWED}, body: abcd"),
        scenario("slow-head", "slow-head", f"{ALLOWED}, body: at last"),
        *(scenario(name, name) for name in BREAKING),
    )
    status, cells, report = run(folder, streams, request.param)
    gone = (folder / "gone").read_text().splitlines()
    return Told(status=status, cells=cells, report=report, gone=gone)


def test_stream_is_read_as_soon_as_its_head_has_come(told: Told) -> None:
    cells = told.cells
    read = [cell for name in cells if name not in BREAKING for cell in cells[name]]
    assert {cell.status for cell in read} == {Status.AS_EXPECTED}, told.report
    assert len(read) == 3 * (MANY + 4)
    endless = [cell for name in ("many-0", "one-event", "lines") for cell in cells[name]]
    assert not any(response(cell).body_ended for cell in endless)
    assert {(response(cell).body or "")[:9] for cell in endless} == {"data: 1\n\n"}
    assert {each.broke_off for cell in endless for each in cell.exchanges} == {None}
    assert all(response(cell).body_ended for cell in (*cells["slow-body"], *cells["slow-head"]))
    left = told.gone.count("/events"), told.gone.count("/lines")
    assert left == (3 * MANY, 3)  # connections are free


WSGI = """\
import time

def app(environ, start_response):
    headers = [("Access-Control-Allow-Origin", "*"), ("Content-Type", "text/event-stream")]
    start_response("200 OK", headers)
    while True:
        yield b"data: 1\\n\\n"
        time.sleep(0.2)
"""


def test_streams_of_an_app_with_threads_keep_no_call_waiting_for_long(project: Path) -> None:
    (project / "streaming_app.py").write_text(WSGI)
    status, _, report = run(project, [scenario(f"many-{n}", "events") for n in range(MANY)])
    assert status == 0, report


def test_response_that_breaks_off_is_told_alike(told: Told) -> None:
    assert told.status == 1
    for name in BREAKING:
        first = [(cell, cell.steps[0], cell.exchanges[-1]) for cell in told.cells[name]]
        assert {
            (
                cell.status,
                step.outcome,
                cell.mismatches[0].found,
                exchange.status,
                exchange.broke_off,
            )
            for cell, step, exchange in first
        } == {(Status.UNEXPECTED, Outcome.FAILED, "failed", 200, ResponsePart.BODY)}
        said = {without_token(cell.note) for cell in told.cells[name]}
        assert said == {f"the response broke off, and GET /{name} got 200, cut off"}


def without_token(note: str) -> str:
    before, _, rest = note.partition("?cell=")
    return f"{before} {rest.partition(' ')[2]}"


def test_deadline_against_an_expectation_is_a_mismatch(project: Path) -> None:
    status, cells, report = run(
        project,
        [
            scenario("never", "never", timeout_ms=2000),
            scenario("no-end", "events", f"{ALLOWED}, body: all of it", timeout_ms=3000),
        ],
    )
    assert status == 1
    assert {(cell.status, cell.steps[0].outcome) for cell in cells["never"]} == {
        (Status.UNEXPECTED, Outcome.TIMEOUT)
    }
    said = " ".join(report.split())
    assert "outcome: expected allowed, found timeout; " in said
    assert "the call's own deadline passed, and GET /never" in said
    assert "/never -> none in time\n" in report
    for cell in cells["no-end"]:
        assert [(m.aspect, m.unseen) for m in cell.mismatches] == [
            (Aspect.BODY, Unseen.NO_BODY_END)
        ]
        assert cell.steps[0].outcome is Outcome.ALLOWED


def test_deadline_where_nothing_is_expected_is_an_error(project: Path) -> None:
    never = scenario("never", "never", "", timeout_ms=2000)
    status, cells, _ = run(project, [never], WEBKIT)
    assert status == 3
    assert {cell.status for cell in cells["never"]} == {Status.ERROR}


def test_deadline_is_nothing_that_record_accepts(project: Path) -> None:
    (project / "streams.yaml").write_text(scenario("never", "never", timeout_ms=2000))
    done = program(project, "record", "streams.yaml", "--app", "streaming_app:app", *WEBKIT)
    assert done.returncode == 3
    assert "nothing is accepted, as not every cell came to a result" in done.stderr


def test_fixture_reads_streams(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    # What streams are in each engine is shown above.
    with Cors("streaming_app:app", engines=["chromium", "webkit"]) as cors:
        endless, slow = cors.fetch("GET", "/events"), cors.fetch("GET", "/slow-body")
        broken = cors.fetch("GET", "/breaks-off-early")
    assert (endless.allowed_in_all, slow.allowed_in_all) == (True, True)
    assert {each.body_ended for each in endless} == {False}
    assert {(each.body, each.body_ended) for each in slow} == {("abcd", True)}
    assert {each.summary for each in broken} == {"failed network (the response broke off)"}
