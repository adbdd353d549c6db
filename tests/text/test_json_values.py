"""json_value(): what is no JSON, or more than is read, is told with its place."""

import pytest

from cors_harness.text.json_values import JsonError, JsonFlaw, JsonLimits, json_value

LIMITS = JsonLimits(most_bytes=20_000, deepest=10, most_values=1000)
# id -> (text, the whole message)
REFUSED: dict[str, tuple[bytes, str]] = {
    "a byte that is no UTF-8": (b'{\n "a": "\xff"}', "line 2, column 8: found the byte 0xFF; "),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "found text in UTF-16; expected UTF-8"),
    "NaN": (b'["NaN",\nNaN]', "line 2, column 1: found 'NaN'; expected a number that"),
    "infinity": (b"[-Infinity]", "line 1, column 2: found '-Infinity'; expected a number that"),
    "a float that is too large": (b"[1, 1e999]", "line 1, column 5: found '1e999'; expected"),
    "digits without end": (b"[" + b"1" * 5000 + b"]", "line 1, column 2: found '1111111"),
    "an integer that no float has": (b"[1" + b"0" * 400 + b"]", "line 1, column 2: found '1000"),
    "an integer of 309 digits": (b"[2" + b"0" * 308 + b"]", "line 1, column 2: found '2000"),
    "depth": (b"[" * 11 + b"]" * 11, "found lists and objects more than 10 deep; expected"),
    "depth without end": (b'{"a":' * 3000, "found lists and objects more than 10 deep"),
    "many values": (b"[" + b"1," * 1000 + b"1]", "found more than 1000 values; expected at most"),
    "many bytes": (b" " * 20_001, "found more than it; expected at most that"),
    "nothing": (b"", "line 1, column 1: found the end of the text; expected a value"),
    "the half": (b'{"a": \n', "line 1, column 6: found the end of the text; expected a value"),
    "a comma too many": (b"[1,]", "line 1, column 4: found ']'; expected a value"),
    "more": (b"{} {}", "line 1, column 4: found '{}'; expected nothing behind the end"),
    "NUL": (b'"a\x00b"', "line 1, column 3: found '\\x00b\"'; expected an escape"),
    "a string that is not closed": (
        b'{"a": "b}',
        "line 1, column 7: found '\"b}'; expected a string",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_is_told_with_its_place(text: bytes, message: str) -> None:
    with pytest.raises(JsonError) as raised:
        json_value(text, LIMITS)
    assert str(raised.value).startswith(message)


def test_odd_numbers_are_none_where_they_are_taken() -> None:
    limits = JsonLimits(odd_numbers=True)
    text = b'{"a": [NaN, -Infinity, 1e999, 1.5], "b": 2%s}' % (b"0" * 400)
    assert json_value(text, limits) == {"a": [None, None, None, 1.5], "b": None}


def test_values_are_as_they_are_written() -> None:
    text = b'\xef\xbb\xbf{"a": [null, true, 1.5, 9007199254740993, "\\ud800"], "b": {}, "b": 2}'
    assert json_value(text) == {"a": [None, True, 1.5, 9007199254740993, "\ud800"], "b": 2}


# path -> what is written there
WRITTEN = {
    "": "{",
    "a": "[",
    "a[0]": '"x, ]}',
    "a[1]": "[]",
    "a[2].b": "-1.5e3",
    "b": '{"\\u0061": 2}',
    "b.a": "2}",
    "b.a.nothing": "2}",
    "b.nothing": '{"\\u0061"',
    "b['no name'].a": '{"\\u0061"',
    "a[9]": "[",
}


@pytest.mark.parametrize("path", WRITTEN)
def test_place_of_a_value_is_found_as_far_as_its_path_leads(path: str) -> None:
    first = '\n {"b": 1,\r\n\t"a" : [ "x, ]}\\"", [], {"c": {}, "b": -1.5e3} ],\n'
    text = first + ' "b": {"\\u0061": 2} }\n'
    placed = JsonFlaw(found="this", expected="that", path=path).placed_in(text)
    line = text.split("\n")[placed.line - 1]
    assert line[placed.column - 1 :].startswith(WRITTEN[path])
