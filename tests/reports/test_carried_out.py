"""What is carried out unread: its words in every report, and fixes that let nobody in."""

from dataclasses import replace
from html import unescape

from tests.changes.baseline_builders import assessed
from tests.changes.step_builders import (
    ALLOWED_ORIGIN,
    allowed,
    baseline,
    blocked,
    entry,
    preflight,
    request,
)
from tests.reports.advice_builders import ADVICE

from cors_harness.changes.assessment import Assessment
from cors_harness.changes.compare import compare
from cors_harness.model.baseline import Baseline, StepFacts
from cors_harness.model.change import ChangeClass
from cors_harness.reports.changes_json import comparison_to_json
from cors_harness.reports.changes_junit import junit
from cors_harness.reports.changes_markdown import changes_markdown
from cors_harness.reports.changes_terminal import changes_lines
from cors_harness.reports.changes_text import headline

EVIL, OTHER, THIRD = "https://attacker.example", "https://app-example.com", "null"
REFUSED, DONE = (blocked(request("POST", status)) for status in (403, 200))
CLAIM = f"POST /orders from {EVIL} is now carried out, unreadable as its response is"
FIX = "it has to refuse by Origin or Content-Type, or for want of a CSRF token."


def side(*steps: StepFacts) -> Baseline:
    return baseline(
        *(
            entry(step, scenario=f"orders.yaml::post-{number}", origin=origin)
            for number, (step, origin) in enumerate(zip(steps, (EVIL, OTHER, THIRD), strict=False))
        )
    )


def found(before: Baseline, after: Baseline) -> Assessment:
    """With advice on every call that is blocked, as a run gives it."""
    advice = {(each.name, "chromium", 0): ADVICE for each in after.entries}
    return replace(assessed(*compare(before, after).changes), advice=advice)


def terminal(assessment: Assessment) -> str:
    return "\n".join("".join(text for text, _ in line) for line in changes_lines(assessment))


def test_a_terminal_says_what_was_refused_and_how_to_refuse_it() -> None:
    text = terminal(found(side(REFUSED), side(DONE)))
    assert text.startswith(
        f"widened  {CLAIM} (was refused: 403)\n"
        "  request    status: 403 -> 200\n"
        f"  from       {EVIL}\n"
    )
    assert "  fix        The server does what it is asked, whoever may read the response." in text
    assert FIX in text
    assert "Access-Control" not in text
    assert text.endswith("fails: widened")


def test_many_pages_are_one_block() -> None:
    text = terminal(found(side(REFUSED, REFUSED), side(DONE, DONE)))
    assert text.startswith(
        "widened  the server now carries out POST /orders, unreadable as the responses are"
        " (2 scenarios)\n"
    )
    assert text.count(FIX) == 1


def test_what_is_done_in_somebodys_name_is_told_apart() -> None:
    refused, done = (
        [blocked(request("POST", status, with_credentials=sent)) for sent in (True, True, False)]
        for status in (403, 200)
    )
    assert [headline(group) for group in found(side(*refused), side(*done)).groups] == [
        "the server now carries out POST /orders with credentials, unreadable as the responses are"
        " (2 scenarios)",
        f"{CLAIM.replace(EVIL, THIRD)} (was refused: 403)",
    ]


def test_markdown_and_junit_say_the_same() -> None:
    before, after = side(REFUSED), side(DONE)
    assessment = found(before, after)
    for text in (changes_markdown(assessment), unescape(junit(assessment, before, after).decode())):
        assert f"{CLAIM} (was refused: 403)" in text
        assert FIX in text


def test_json_names_the_facet_and_both_sides() -> None:
    assessment = found(side(REFUSED), side(DONE))
    (change,) = comparison_to_json(assessment.comparison, assessment.advice_for)["changes"]
    assert (change["class"], change["facet"]) == ("widened", "request carried out")
    assert [change[each]["wire"][0]["status"] for each in ("before", "after")] == [403, 200]
    assert change["advice"]["mistake"] == "carried-out"
    assert change["advice"]["lines"] == ()


def test_what_is_refused_now_has_no_fix_that_lets_it_in() -> None:
    assessment = found(side(DONE), side(REFUSED))
    assert [each.class_ for each in assessment.comparison.changes] == [ChangeClass.NARROWED]
    assert "no longer carried out" in terminal(assessment)
    assert "fix" not in terminal(assessment)


def test_what_stops_at_its_preflight_now_has_no_fix_that_lets_it_in() -> None:
    sent = blocked(preflight(response_headers=ALLOWED_ORIGIN), request("PUT"))
    assessment = found(side(sent), side(blocked(preflight())))
    assert [each.facet.text for each in assessment.comparison.changes] == ["request sent"]
    assert "fix" not in terminal(assessment)


def test_what_was_read_has_its_fix_as_ever() -> None:
    read = allowed(request(response_headers=ALLOWED_ORIGIN))
    assert ADVICE.wrong in terminal(found(side(read), side(blocked(request()))))
