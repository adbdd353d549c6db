"""Sentences that many messages share: the word that was probably meant, and the words there are."""

import pytest

from cors_harness.text.problems import did_you_mean, not_one_of, suggestion

ENGINES = ("chromium", "firefox", "webkit")
SUGGESTIONS = {
    "alone": (did_you_mean("chromum", ENGINES), "did you mean 'chromium'?"),
    "after a clause": (did_you_mean("chromum", ENGINES, "; "), "; did you mean 'chromium'?"),
    "on a line of its own": (suggestion("webkit", "\n  "), "\n  did you mean 'webkit'?"),
    "nothing is close": (did_you_mean("zebra", ENGINES, "; "), ""),
    "no name": (suggestion("", "; "), ""),
}
REFUSALS = {
    "close": (
        not_one_of("chromum", ENGINES),
        "found 'chromum'; expected one of chromium, firefox, webkit; did you mean 'chromium'?",
    ),
    "named": (
        not_one_of("zebra", ENGINES, "browser"),
        "found browser 'zebra'; expected one of chromium, firefox, webkit",
    ),
    "no text": (not_one_of(1, ("1", "2")), "found 1; expected one of 1, 2; did you mean '1'?"),
}


@pytest.mark.parametrize(("sentence", "expected"), SUGGESTIONS.values(), ids=SUGGESTIONS)
def test_suggestion(sentence: str, expected: str) -> None:
    assert sentence == expected


@pytest.mark.parametrize(("sentence", "expected"), REFUSALS.values(), ids=REFUSALS)
def test_found_and_expected(sentence: str, expected: str) -> None:
    assert sentence == expected
