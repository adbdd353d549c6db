"""When `record` accepts nothing of a run that came to its end."""

import pytest
from tests.changes.baseline_builders import baseline, entry
from tests.reports.record_builders import finished, record

from cors_harness.changes.assessment import Trouble
from cors_harness.cli.compared_side import ComparedSide, require_results
from cors_harness.cli.record import _refused
from cors_harness.cli.run_recorder import Losses
from cors_harness.errors import HarnessError
from cors_harness.model.events import EngineLost

SOME = baseline(entry("a"))
NONE = baseline()
TROUBLES = tuple(Trouble(cell=f"x.yaml::{number}[app-webkit]", why="hung") for number in range(7))
SKIPS = ("2 cells skipped: no nginx",)


def lost() -> Losses:
    losses = Losses()
    losses.on_event(finished(record()))
    losses.on_event(EngineLost(engine="webkit", detail="it crashed", in_flight=0))
    return losses


REFUSED = {
    "engine that was lost, though every cell has a result": (
        ComparedSide(name="run", baseline=SOME),
        lost(),
        ("webkit was lost: it crashed",),
    ),
    "cells without a result": (
        ComparedSide(name="run", baseline=SOME, troubles=TROUBLES),
        Losses(),
        ("x.yaml::4[app-webkit]: hung", "and 2 more"),
    ),
    "nothing but skips": (ComparedSide(name="run", baseline=NONE, skips=SKIPS), Losses(), SKIPS),
}


@pytest.mark.parametrize(("ran", "losses", "words"), REFUSED.values(), ids=REFUSED)
def test_nothing_is_accepted(
    ran: ComparedSide, losses: Losses, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _refused(ran, losses) == 3
    err = capsys.readouterr().err
    assert err.startswith("cors-harness: error: nothing is accepted")
    assert [f"\n  {each}\n" in err for each in words] == [True] * len(words)


def test_skips_beside_results_are_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert _refused(ComparedSide(name="run", baseline=SOME, skips=SKIPS), Losses()) == 0
    assert capsys.readouterr().err == ""


def test_skips_of_what_a_damaged_baseline_holds_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    name = ("orders.yaml::b", "app")
    ran = ComparedSide(
        name="run", baseline=SOME, skips=SKIPS, without=frozenset({(name, "webkit")})
    )
    assert _refused(ran, Losses(), frozenset({("orders.yaml::a", "app")})) == 0
    assert _refused(ran, Losses(), frozenset({name})) == 3
    assert "\n  orders.yaml::b[app]: skipped, so it would be lost\n" in capsys.readouterr().err


def test_check_of_nothing_is_an_error_that_says_why() -> None:
    require_results(ComparedSide(name="run", baseline=SOME))
    with pytest.raises(HarnessError, match="nothing ran\n  2 cells skipped: no nginx"):
        require_results(ComparedSide(name="run", baseline=NONE, skips=SKIPS))
