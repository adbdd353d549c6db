"""json_value(): JSON text as values, or where in it something is that is not taken.

Bounded in size, depth and time, whatever the text is: it may come from anybody.
"""

import itertools
import json
import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from cors_harness.text.problems import shown

MIB = 1024 * 1024
BOM = b"\xef\xbb\xbf"  # which is passed over at the beginning of a file
LONGEST_INTEGER = 308  # digits; a float has none that is longer
SHOWN_AHEAD = 20
# https://www.rfc-editor.org/rfc/rfc8259#section-6: a number outside of strings, or no JSON at all.
_NUMBER = re.compile(r'"(?:[^"\\]++|\\.)*+"|(-?(?:NaN|Infinity|\d[\d.eE+-]*+))', re.DOTALL)
_EXPECTED = {
    "Expecting value": "a value",
    "Expecting property name enclosed in double quotes": "a key in double quotes",
    "Expecting ',' delimiter": "a comma, or the end of the list or object",
    "Expecting ':' delimiter": "a colon behind the key",
    "Extra data": "nothing behind the end of the value",
    "Unterminated string starting at": "a string that is closed",
    "Invalid control character at": r"an escape such as \n or \u0001",
    "Invalid \\escape": "an escape that JSON has",
    "Invalid \\uXXXX escape": "four hexadecimal digits",
}
_STEP = re.compile(r"\.?(?:([A-Za-z_]\w*)|\[(\d+)\])")  # of a path
_WHITE = re.compile(r"[ \t\n\r]*+")
_ENCODINGS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"), (b"\x00\x00\xfe\xff", "UTF-32"))


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFlaw:
    """One thing that is wrong in JSON.

    Attributes:
        path: of the value, such as `exchanges[0].status`; empty: the whole, or it is no JSON there.
        line, column: from 1; 0: not known.
        found, expected: both sides in words.
    """

    found: str
    expected: str
    path: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return f"{place}{self._told}"

    def problem(self, file: str, line: int = 0) -> str:
        """As a message about a file has it; `line`: of the file that the JSON is."""
        places = (str(line or self.line or ""), str(self.column or ""))
        return f"{':'.join(filter(None, (file, *places)))}: {self._told}"

    def placed_in(self, text: str) -> "JsonFlaw":
        """The same with line and column of the value; of what it is in where that has no such.

        `text`: valid JSON.
        """
        at = _index_of(text, self.path)
        line, before = text.count("\n", 0, at) + 1, text.rfind("\n", 0, at)
        return replace(self, line=line, column=at - before)

    @property
    def _told(self) -> str:
        path = f"{self.path}: " if self.path else ""
        return f"{path}found {self.found}; expected {self.expected}"


class JsonError(ValueError):
    """JSON is not what it should be.

    Attributes:
        flaws: what is wrong, at least one.
    """

    def __init__(self, flaws: Collection[JsonFlaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("\n".join(map(str, self.flaws)))


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLimits:
    """How much is read.

    Attributes:
        most_bytes: of the text.
        deepest: how deep lists and objects may be inside one another.
        most_values: how many values there may be.
        odd_numbers: whether NaN, infinity and what no float can have are taken, as None.
    """

    most_bytes: int = 32 * MIB
    deepest: int = 100
    most_values: int = 2_000_000
    odd_numbers: bool = False


LIMITS = JsonLimits()


def json_value(data: bytes | str, limits: JsonLimits = LIMITS) -> Any:
    """The value that the text says, in dict, list, str, int, float, bool and None.

    Of a key that an object has twice the last value counts, as with other readers.

    Raises:
        JsonError: it is no JSON in UTF-8, or more than `limits`.
    """
    text = json_text_of(data, limits)
    constant = _nothing if limits.odd_numbers else _no_number
    try:
        value = json.loads(text, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise JsonError([_syntax_flaw(error)]) from None
    except RecursionError:
        _refuse_depth(limits)
    except ValueError:
        raise JsonError([_number_flaw(text)]) from None
    if not has_odd_number(value, limits):
        return value
    if limits.odd_numbers:
        return _without_odd_numbers(value)
    raise JsonError([_number_flaw(text)])


def json_text_of(data: bytes | str, limits: JsonLimits = LIMITS) -> str:
    """The text that bytes are; raises JsonError where they are too many, or no UTF-8."""
    if len(data) > limits.most_bytes:
        most = f"{limits.most_bytes // MIB} MiB" if limits.most_bytes >= MIB else "it"
        raise JsonError([JsonFlaw(found=f"more than {most}", expected="at most that")])
    if isinstance(data, str):
        return data
    for mark, name in _ENCODINGS:
        if data.startswith(mark):
            raise JsonError([JsonFlaw(found=f"text in {name}", expected="UTF-8")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = error.start + len(data) - len(error.object)  # it counts from behind the mark
        line, before = data.count(b"\n", 0, at) + 1, data.rfind(b"\n", 0, at)
        found = f"the byte 0x{data[at]:02X}"
        flaw = JsonFlaw(found=found, expected="UTF-8", line=line, column=at - before)
        raise JsonError([flaw]) from None


def _index_of(text: str, path: str) -> int:
    """Where in valid JSON the value begins that a path leads to, or the last one on its way."""
    at = _behind_white(text, 0)
    step = _STEP.match(path)
    # Of a key that is there twice the last value counts.
    while step and (found := [i for key, i in _members(text, at) if key in step.groups()][-1:]):
        at, step = found[0], _STEP.match(path, step.end())
    return at


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Key, or number from 0, and beginning of each value in the list or object that begins there.

    https://www.rfc-editor.org/rfc/rfc8259#section-4
    """
    opening, decoder = text[at], json.JSONDecoder()
    at = _behind_white(text, at + 1)
    for number in itertools.count() if opening in "{[" else ():
        if text[at] in "]}":
            return
        key = str(number)
        if opening == "{":
            key, at = decoder.raw_decode(text, at)
            at = _behind_white(text, _behind_white(text, at) + 1)
        yield key, at
        at = _behind_white(text, decoder.raw_decode(text, at)[1])
        at = _behind_white(text, at + 1) if text[at] == "," else at


def _behind_white(text: str, at: int) -> int:
    match = _WHITE.match(text, at)
    return match.end() if match else at


def has_odd_number(value: Any, limits: JsonLimits = LIMITS) -> bool:
    """Whether a number in the value is infinite, none, or longer than LONGEST_INTEGER.

    Raises:
        JsonError: it is too deep, or has too many values.
    """
    left, depth, level, is_odd = limits.most_values, 0, [value], False
    while level:
        depth += 1
        left -= len(level)
        if left < 0:
            found = f"more than {limits.most_values} values"
            raise JsonError([JsonFlaw(found=found, expected="at most that")])
        is_odd = is_odd or any(map(_is_odd, level))
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
            else:
                continue
            if depth > limits.deepest:
                _refuse_depth(limits)
        level = inner
    return is_odd


def _is_odd(value: Any) -> bool:
    match value:
        case float():
            return not math.isfinite(value)
        case int():
            return value.bit_length() > 1024  # of a float's 308 digits
        case _:
            return False


def _without_odd_numbers(value: Any) -> Any:
    match value:
        case dict():
            return {key: _without_odd_numbers(each) for key, each in value.items()}
        case list():
            return list(map(_without_odd_numbers, value))
        case _:
            return None if _is_odd(value) else value


def _nothing(_word: str) -> None:
    """The value of NaN where odd numbers are taken."""


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _refuse_depth(limits: JsonLimits) -> NoReturn:
    found = f"lists and objects more than {limits.deepest} deep"
    raise JsonError([JsonFlaw(found=found, expected="at most that")]) from None


def _syntax_flaw(error: json.JSONDecodeError) -> JsonFlaw:
    text = error.doc
    at = min(error.pos, len(text.rstrip()))
    ahead = text[at : at + SHOWN_AHEAD].rstrip()
    return JsonFlaw(
        found=shown(ahead) if ahead else "the end of the text",
        expected=_EXPECTED.get(error.msg, "valid JSON"),
        line=text.count("\n", 0, at) + 1,
        column=at - text.rfind("\n", 0, at),
    )


def _number_flaw(text: str) -> JsonFlaw:
    """The first number that is none, or too large."""
    for match in _NUMBER.finditer(text):
        if match[1] and _is_refused(match[1]):
            at = match.start()
            return JsonFlaw(
                found=shown(match[1]),
                expected="a number that a float can have",
                line=text.count("\n", 0, at) + 1,
                column=at - text.rfind("\n", 0, at),
            )
    return JsonFlaw(found="a number that is too large", expected="one that a float can have")


def _is_refused(number: str) -> bool:
    try:
        return (len(number) > LONGEST_INTEGER + 1 and number.lstrip("-").isdigit()) or not (
            math.isfinite(float(number))
        )
    except ValueError:
        return True
