"""When `record` accepts nothing of a run that came to its end."""

from collections.abc import Generator
from pathlib import Path

import pytest
from tests.changes.baseline_builders import baseline, entry
from tests.reports.record_builders import finished, record

from cors_harness.changes.assessment import Trouble
from cors_harness.cli import main
from cors_harness.cli.compared_side import ComparedSide, require_results
from cors_harness.cli.record import refusals
from cors_harness.cli.run_recorder import LostEngines
from cors_harness.errors import HarnessError
from cors_harness.model.events import EngineLost, Event

SOME = baseline(entry("a"))
NONE = baseline()
TROUBLES = tuple(Trouble(cell=f"x.yaml::{number}[app-webkit]", why="hung") for number in range(7))
SCENARIO = """\
- id: get
  title: A page may read it
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {allow_origins: ["*"]}
  request: {}
  expect: {outcome: allowed}
"""
SKIPS = ("2 cells skipped: no nginx",)


def test_lost_engines_are_noted_and_nothing_else() -> None:
    engines = LostEngines()
    engines.on_event(finished(record()))
    engines.on_event(EngineLost(engine="webkit", detail="it crashed", in_flight=0))
    assert engines.sentences == ["webkit was lost: it crashed"]


REFUSED = {
    "engine that was lost, though every cell has a result": (
        ComparedSide(name="run", baseline=SOME),
        ("webkit was lost: it crashed",),
        ("webkit was lost: it crashed",),
    ),
    "cells without a result": (
        ComparedSide(name="run", baseline=SOME, troubles=TROUBLES),
        (),
        tuple(f"x.yaml::{number}[app-webkit]: hung" for number in range(7)),
    ),
    "nothing but skips": (ComparedSide(name="run", baseline=NONE, skips=SKIPS), (), SKIPS),
}


@pytest.mark.parametrize(("run", "lost", "reasons"), REFUSED.values(), ids=REFUSED)
def test_nothing_is_accepted(
    run: ComparedSide, lost: tuple[str, ...], reasons: tuple[str, ...]
) -> None:
    assert refusals(run, lost) == reasons


def test_skips_beside_results_are_accepted() -> None:
    assert refusals(ComparedSide(name="run", baseline=SOME, skips=SKIPS), ()) == ()


def test_skips_of_what_a_damaged_baseline_holds_are_not() -> None:
    name = ("orders.yaml::b", "app")
    run = ComparedSide(
        name="run", baseline=SOME, skips=SKIPS, without=frozenset({(name, "webkit")})
    )
    assert refusals(run, (), {("orders.yaml::a", "app")}) == ()
    assert refusals(run, (), {name}) == ("orders.yaml::b[app]: skipped, so it would be lost",)


def no_events(*_: object) -> Generator[Event]:
    yield from ()


@pytest.fixture
def not_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """What `record` says of seven cells without a result."""
    side = ComparedSide(name="run", baseline=SOME, troubles=TROUBLES)
    monkeypatch.setattr("cors_harness.cli.compared_side.side_of_run", lambda *_: side)
    monkeypatch.setattr("cors_harness.run.api.run", no_events)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").write_text(SCENARIO)
    assert main(("record", "x.yaml")) == 3
    assert not (tmp_path / "cors-baseline.txt").exists()
    return capsys.readouterr().err


def test_first_reasons_are_shown_and_that_nothing_is_written(not_accepted: str) -> None:
    assert not_accepted.startswith("cors-harness: error: nothing is accepted")
    assert "\n  x.yaml::4[app-webkit]: hung\n  and 2 more\n" in not_accepted
    assert not_accepted.endswith("cors-baseline.txt is not written\n")


def test_check_of_nothing_is_an_error_that_says_why() -> None:
    require_results(ComparedSide(name="run", baseline=SOME))
    with pytest.raises(HarnessError, match="nothing ran\n  2 cells skipped: no nginx"):
        require_results(ComparedSide(name="run", baseline=NONE, skips=SKIPS))
