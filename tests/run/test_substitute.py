"""Placeholders are filled, and tokens added to URLs."""

from dataclasses import dataclass

import pytest

from cors_harness.run.bound_cell import with_token
from cors_harness.run.placeholders import substitute

NAMES = {"page": "http://127.0.0.1:1", "cell": "cell=0.1", "token": "0.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    text: str
    pairs: tuple[tuple[str, str], ...] = ()
    number: int = 0


FILLED = {
    "one": ("{page}", "http://127.0.0.1:1"),
    "inside": ("{page}/a?{cell}&t={token}", "http://127.0.0.1:1/a?cell=0.1&t=0.1"),
    "unknown name": ("{other}", "{other}"),
    "other braces": ('{"n": {}}', '{"n": {}}'),
    "braces around": ("{{token}}", "{0.1}"),
    "tuple": (("{token}", ("a", "{token}")), ("0.1", ("a", "0.1"))),
    "number": (7, 7),
    "none": (None, None),
    "dataclass": (
        Nested(text="{token}", pairs=(("A", "{page}"),), number=3),
        Nested(text="0.1", pairs=(("A", "http://127.0.0.1:1"),), number=3),
    ),
}


@pytest.mark.parametrize(("value", "filled"), FILLED.values(), ids=FILLED)
def test_placeholders_are_filled_at_any_depth(value: object, filled: object) -> None:
    assert substitute(value, NAMES) == filled


def test_what_is_filled_is_not_filled_again() -> None:
    assert substitute("{page}", {"page": "{token}", "token": "x"}) == "{token}"


def test_the_same_value_is_filled_anew_each_time() -> None:
    value = Nested(text="plain", pairs=(("A", "{token}"), ("B", "b")))
    assert substitute(value, {"token": "1"}).pairs == (("A", "1"), ("B", "b"))
    assert substitute(value, {"token": "2"}).pairs == (("A", "2"), ("B", "b"))
    assert substitute(value, {"page": "x"}) is value


def test_what_is_known_of_values_that_are_gone_says_nothing_of_later_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A new object may get the id of one that is gone."""
    monkeypatch.setattr("cors_harness.run.placeholders._MOST_KNOWN", 3)
    for number in range(200):
        assert substitute(Nested(text=f"plain {number}"), NAMES).text == f"plain {number}"
        assert substitute(Nested(text="{token}", number=number), NAMES).text == "0.1"


URLS = {
    "no query": ("http://h:1/a", "http://h:1/a?cell=0.1"),
    "query": ("http://h:1/a?b=1", "http://h:1/a?b=1&cell=0.1"),
    "fragment": ("http://h:1/a#c", "http://h:1/a?cell=0.1#c"),
    "both": ("http://h:1/a?b#c", "http://h:1/a?b&cell=0.1#c"),
    "escapes stay": ("http://h:1/%7E?%20=+", "http://h:1/%7E?%20=+&cell=0.1"),
}


@pytest.mark.parametrize(("url", "named"), URLS.values(), ids=URLS)
def test_token_is_added_to_the_query(url: str, named: str) -> None:
    assert with_token(url, "0.1") == named
