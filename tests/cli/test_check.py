"""Of which calls a check notes how they would be mended, and under which name."""

from pathlib import Path

from tests.advice.call_builders import FASTAPI, blocked, preflight, record, request
from tests.advice.neighbour_builders import BLOCKED, EVIL, misses, reads

from cors_harness.cli.check import AdviceCollector
from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import CellFinished, RunStarted, ServerVersion
from cors_harness.terms.reasons import ReasonCode

STARTED = RunStarted(
    engines=(),
    servers=(ServerVersion(name="app", versions=tuple((name, "1") for name in FASTAPI)),),
    os="Linux",
    cells=1,
)
CRASHED = blocked(ReasonCode.ALLOW_ORIGIN_MISSING, request(500, step=1), mismatches=())
REFUSED = blocked(ReasonCode.PREFLIGHT_STATUS, preflight(400), mismatches=())


def collected(*records: CellRecord) -> AdviceCollector:
    collector = AdviceCollector(Path("scenarios"))
    collector.on_event(STARTED)
    for each in records:
        collector.on_event(CellFinished(record=each))
    return collector


def test_each_blocked_step_has_its_own_whatever_the_scenario_expects() -> None:
    both = record(
        (*REFUSED.exchanges, *CRASHED.exchanges),
        (*REFUSED.observations, *CRASHED.observations),
        (*REFUSED.verdict.steps, *CRASHED.verdict.steps),
    )
    advice = collected(both).by_step()
    name = ("../orders.yaml::orders", "app")
    assert set(advice) == {(name, "chromium", 0), (name, "chromium", 1)}
    assert advice[name, "chromium", 1].mistake is Mistake.CRASH
    assert advice[name, "chromium", 0].mistake is not Mistake.CRASH


def test_lines_are_for_what_the_server_is_made_of() -> None:
    (advice,) = collected(blocked(ReasonCode.ALLOW_ORIGIN_MISSING, request())).by_step().values()
    assert advice.where is FixTarget.FASTAPI


def test_what_was_allowed_has_none() -> None:
    allowed = record((), (), ())
    assert collected(allowed).by_step() == {}


GRADES = (reads("own", cookies=True), reads("stranger", BLOCKED, EVIL, cookies=True))


def test_who_is_shut_out_again_is_not_let_back_in() -> None:
    assert collected(misses("stranger", BLOCKED, EVIL), GRADES[0]).by_step() == {}


def test_who_got_in_is_shut_out_by_the_whole_run() -> None:
    (advice,) = collected(*reversed(GRADES)).by_step().values()
    assert advice.mistake is Mistake.LETS_STRANGER_IN
    assert '    allow_origins=["https://app.example.com"],' in advice.lines


def test_only_the_places_that_are_asked_for_are_advised_on() -> None:
    assert collected(*GRADES).by_step(frozenset()) == {}
