"""The fix beside a change: what narrowed is let in again, who got in is shut out, nobody else."""

from dataclasses import replace

import pytest
from tests.changes.baseline_builders import ALLOWED, BLOCKED, assessed, change
from tests.reports.advice_builders import ADVICE

from cors_harness.model.advice import Advice, Mistake
from cors_harness.model.change import Change, ChangeClass

SHUTS = replace(ADVICE, mistake=Mistake.REFLECTS_ORIGIN)
GOT_IN = change()
LOST = change(class_=ChangeClass.NARROWED, before=ALLOWED, after=BLOCKED)
ROWS = {
    "who got in is shut out": (GOT_IN, SHUTS, True),
    "who got in is not let in": (GOT_IN, ADVICE, False),
    "who lost it is let in": (LOST, ADVICE, True),
    "who lost it is not shut out": (LOST, SHUTS, False),
    "who reads more headers is not shut out": (change(before=ALLOWED), SHUTS, False),
    "who never read is not let in": (replace(LOST, before=BLOCKED), ADVICE, False),
}


@pytest.mark.parametrize(("found", "advice", "is_given"), ROWS.values(), ids=ROWS)
def test_fix_fits_the_change(found: Change, advice: Advice, is_given: bool) -> None:
    assessment = assessed(found)
    places = assessment.mended_places
    key = ((found.scenario, found.server), "chromium", found.step)
    given = replace(assessment, advice={key: advice}).advice_for(found)
    assert given == (advice if is_given else None)
    assert not is_given or key in places
