"""Headlines of changes: a header value with a semicolon is whole, in every report."""

from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

import pytest
from tests.changes.baseline_builders import assessed
from tests.changes.step_builders import ALLOWED_ORIGIN, Headers, allowed, baseline, entry, request

from cors_harness.changes.assessment import Assessment
from cors_harness.changes.compare import compare
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import ChangeClass
from cors_harness.reports.changes_junit import junit
from cors_harness.reports.changes_markdown import changes_markdown
from cors_harness.reports.changes_terminal import changes_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineCase:
    """The request's response headers before and after, and the headline that they give."""

    before: tuple[Headers, ...]
    after: tuple[Headers, ...]
    headline: str


CASES = {
    "Set-Cookie": HeadlineCase(
        before=({"set-cookie": "sid=…; Path=/; HttpOnly"},),
        after=({"set-cookie": "sid=…; Path=/; Secure; HttpOnly"},),
        headline="Set-Cookie: sid=…; Path=/; HttpOnly -> sid=…; Path=/; Secure; HttpOnly",
    ),
    "two exchanges": HeadlineCase(
        before=({"vary": "Origin"}, {"vary": "Accept"}),
        after=({"vary": "Cookie"}, {"vary": "Accept-Language"}),
        headline="Vary: Origin -> Cookie; Vary: Accept -> Accept-Language",
    ),
}


def terminal(found: Assessment, _before: Baseline, _after: Baseline) -> str:
    lines = changes_lines(found)
    return "\n".join("".join(text for text, _ in line) for line in lines)


def markdown(found: Assessment, _before: Baseline, _after: Baseline) -> str:
    return changes_markdown(found)


def junit_xml(found: Assessment, before: Baseline, after: Baseline) -> str:
    return unescape(junit(found, before, after).decode())


def side(headers: tuple[Headers, ...]) -> Baseline:
    wire = (request(response_headers={**ALLOWED_ORIGIN, **each}) for each in headers)
    return baseline(entry(allowed(*wire)))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize(
    ("report", "start", "end"),
    [(terminal, "cosmetic  ", "\n"), (markdown, "| `", "` on `app`"), (junit_xml, '"', '"')],
)
def test_a_headline_is_whole(
    case: HeadlineCase,
    report: Callable[[Assessment, Baseline, Baseline], str],
    start: str,
    end: str,
) -> None:
    before, after = side(case.before), side(case.after)
    found = assessed(*compare(before, after).changes, fail_on=frozenset({ChangeClass.COSMETIC}))
    assert f"{start}{case.headline}{end}" in report(found, before, after)
