"""JsonDecoder: what is wrong is told all at once, each with its path."""

import json
from enum import StrEnum
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from cors_harness.text.json_values import JsonError
from cors_harness.text.typed_json import JsonDecoder


class Color(StrEnum):
    """Some words."""

    RED = "red"
    GREEN = "green"


class Inner(Struct, forbid_unknown_fields=True):
    """A part."""

    color: Color
    pair: tuple[str, str] | None = None


class Outer(Struct):
    """A whole."""

    number: Annotated[int, Meta(ge=0, le=9)]
    name: Annotated[str, Meta(pattern="^a")]
    inner: Inner | None
    many: tuple[Inner, ...] = ()
    by_name: dict[str, bool] = {}
    ms: int | float = 0


GOOD: dict[str, Any] = {"number": 1, "name": "ab", "inner": {"color": "red"}}
# id -> (what is put in place, the whole message)
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another type": ({"number": "1"}, "number: found '1'; expected a whole number from 0 to 9"),
    "out of range": ({"number": -1}, "number: found -1; expected a whole number from 0 to 9"),
    "true is no number": ({"number": True}, "number: found true; expected a whole number"),
    "text of another shape": ({"name": "b"}, "name: found 'b'; expected text like ^a"),
    "another word": (
        {"inner": {"color": "gren"}},
        "inner.color: found 'gren'; expected red or green; did you mean 'green'?",
    ),
    "a pair of one": (
        {"inner": {"color": "red", "pair": ["a"]}},
        "inner.pair: found a list of 1; expected a list of 2",
    ),
    "no object": ({"inner": 7}, "inner: found 7; expected an object or null"),
    "inside of a list": (
        {"many": [{"color": "red"}, {"color": None}]},
        "many[1].color: found null; expected red or green",
    ),
    "no list": ({"many": {}}, "many: found an object; expected a list"),
    "inside of a mapping": (
        {"by_name": {"a": True, "\x1b[31m": 1}},
        r"by_name['\x1b[31m']: found 1; expected true or false",
    ),
    "a key too many": (
        {"inner": {"color": "red", "colour": 1}},
        "inner: found the unknown key 'colour'; expected only color, pair; did you mean 'color'?",
    ),
    "all that is wrong": (
        {"number": None, "name": 7},
        "number: found null; expected a whole number from 0 to 9\n"
        "name: found 7; expected text like ^a",
    ),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("decode", ["text", "value"])
def test_what_is_wrong_is_told_with_its_path(
    change: dict[str, Any], message: str, decode: str
) -> None:
    decoder, value = JsonDecoder(Outer), {**GOOD, **change}
    with pytest.raises(JsonError) as raised:
        decoder.decode(json.dumps(value)) if decode == "text" else decoder.convert(value)
    assert str(raised.value).startswith(message)


def test_what_is_missing_is_told() -> None:
    with pytest.raises(JsonError, match=r"^name: found nothing; expected text like"):
        JsonDecoder(Outer).decode(b'{"number": 1, "inner": null}')


def test_half_a_surrogate_pair_is_text() -> None:
    value = {**GOOD, "name": "a\ud800", "ms": 5}
    seen = JsonDecoder(Outer).decode(json.dumps(value))
    assert (seen.name, seen.inner, repr(seen.ms)) == ("a\ud800", Inner(color=Color.RED), "5")


def test_no_more_than_the_first_flaws_are_told() -> None:
    value = {**GOOD, "many": [{"color": number} for number in range(10_000)]}
    with pytest.raises(JsonError) as raised:
        JsonDecoder(Outer).convert(value)
    assert len(raised.value.flaws) == 20
