"""The line between carried out and refused: every status and method, and what the README says."""

import re
from pathlib import Path

import pytest
from tests.changes.step_builders import baseline, entry, opaque, request

from cors_harness import changes
from cors_harness.changes.compare import compare
from cors_harness.changes.sent_requests import UP_TO_THE_RESOURCE
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import ChangeClass
from cors_harness.terms.modes import SAFE_METHODS

README = (Path(changes.__file__).parent / "README.md").read_text("utf-8")
SECTION = README.partition("## Carried out, whoever reads it")[2].partition("\n## ")[0]


def side(method: str, status: int) -> Baseline:
    return baseline(entry(opaque(request(method, status))))


def classes(method: str, before: int, after: int) -> set[ChangeClass]:
    compared = compare(side(method, before), side(method, after))
    return {change.class_ for change in compared.changes}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PUBLISH", "patch"])
def test_every_status_is_on_its_side_of_the_line(method: str) -> None:
    redirects = {303} | ({302} if method == "POST" else set())
    for status in range(200, 600):
        is_done = status < 300 or status in redirects
        is_refused = 400 <= status < 500 and status not in UP_TO_THE_RESOURCE
        assert (ChangeClass.WIDENED in classes(method, 403, status)) is is_done, status
        assert (ChangeClass.WIDENED in classes(method, status, 200)) is is_refused, status
        assert (ChangeClass.NARROWED in classes(method, 200, status)) is is_refused, status


@pytest.mark.parametrize("method", sorted(SAFE_METHODS))
def test_safe_methods_carry_nothing_out(method: str) -> None:
    assert classes(method, 403, 200) == classes(method, 200, 403) == {ChangeClass.COSMETIC}


def test_the_readme_names_the_same_statuses_and_methods() -> None:
    (neither,) = re.findall(r"^\| (404[^|]*) \|", SECTION, re.MULTILINE)
    assert {int(status) for status in neither.split(", ")} == UP_TO_THE_RESOURCE
    (safe,) = re.findall(r"any method but ([^.]*)\.", SECTION)
    assert set(re.findall(r"`([A-Z]+)`", safe)) == SAFE_METHODS
