"""JsonSamples: small values that satisfy schemas, as far as that is told in a few words."""

import contextlib
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

JsonObject = Mapping[str, Any]

DEEPEST = 12
MOST_VALUES = 300  # in one sample: a schema that needs itself twice has no end
LONGEST = 1000
LARGEST = 1e308
MOST_TOLD = 4000  # values and characters in an example that is looked at
LONGEST_PATTERN, MOST_REPETITIONS, MOST_CHOICES = 300, 4, 12
_GROUP, _ESCAPED = re.compile(r"\((?:\?(?:[:=!>]|<[=!]|P?<\w+>))"), re.compile(r"\\.", re.DOTALL)
_SET = re.compile(r"\[\^?\]?[^\]]*\]")
_VARIABLE = re.compile(r"[*+?]|\{[0-9]*,[0-9]*\}")
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{(?![01]?\}))")
FORMATS = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:00:00Z",
    "time": "12:00:00Z",
    "email": "a@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "YQ==",
}
# Tried where a schema has a pattern; short, so that no pattern takes long over one.
WORDS = (
    *("a", "1", "A", "ab", "abc", "ABC", "12", "123", "1234", "12345", "a1", "A1", "a-b", "a_b"),
    *("en", "en-US", "EUR", "2024-02-29", "12:00", "1.0", "1.0.0", "/a", "#a", "+4912345678"),
    *("a@b.example", "#a0b1c2", "https://a.example"),
)
_OF_KIND = {
    **dict.fromkeys(("items", "prefixItems", "minItems", "uniqueItems"), "array"),
    **dict.fromkeys(("pattern", "format", "minLength", "maxLength"), "string"),
    **dict.fromkeys(("minimum", "maximum", "multipleOf", "exclusiveMinimum"), "number"),
}


def json_sample(schema: Any, document: JsonObject, *, examples: bool = True) -> Any:
    """A small value for a schema of `document`: required properties only.

    `examples`: whether the document's own examples and defaults are taken.
    """
    return _JsonSamples(document, examples=examples).of(schema, DEEPEST)


def resolved(schema: Any, document: JsonObject) -> JsonObject:
    """The object that a reference inside the document leads to; {} where it leads nowhere."""
    for _ in range(DEEPEST):
        if not isinstance(schema, Mapping):  # true, which takes everything, or false
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            result: JsonObject = schema
            return result
        schema = _at(reference, document)
    return {}


def mapping(value: Any) -> JsonObject:
    """The value where it is an object; else {}: documents of other people have what they like."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Any]:
    """The value where it is a list; else ()."""
    return value if isinstance(value, list) else ()


def is_small(value: Any) -> bool:
    """Whether a value of a document has few values and characters in it."""
    left, inside = MOST_TOLD, [value]
    while inside and left > 0:
        each = inside.pop()
        left -= 1
        if isinstance(each, Mapping):
            left -= sum(len(key) for key in islice(each, MOST_TOLD))
            inside += islice(each.values(), MOST_TOLD)
        elif isinstance(each, list):
            inside += each[:MOST_TOLD]
        elif isinstance(each, str):
            left -= len(each)
    return left > 0


def _at(reference: str, document: JsonObject) -> JsonObject:
    value: Any = document
    for name in reference[2:LONGEST].split("/") if reference[:2] == "#/" else ():
        value = mapping(value).get(name.replace("~1", "/").replace("~0", "~"))
    if reference[:2] != "#/" and reference != "#":  # in another file
        return {}
    return mapping(value)


class _JsonSamples:
    """Makes one sample."""

    def __init__(self, document: JsonObject, *, examples: bool) -> None:
        self._document, self._examples = document, examples
        self._left = MOST_VALUES
        self._makers: Mapping[Any, Callable[[JsonObject, int], Any]] = {
            "integer": _number,
            "number": _number,
            "string": _string,
            "boolean": lambda _schema, _depth: True,
            "array": self._array,
            "null": lambda _schema, _depth: None,
        }

    def of(self, schema: Any, depth: int) -> Any:
        """A value for it; None below `depth` schemas, and once there are very many."""
        schema = resolved(schema, self._document)
        told = ("const", "example", "default") if self._examples else ("const",)
        for key in told:
            if key in schema and is_small(schema[key]):
                return schema[key]
        lists = ("examples", "enum") if self._examples else ("enum",)
        for key in lists:
            if items(schema.get(key)) and is_small(schema[key][0]):
                return schema[key][0]
        self._left -= 1
        return self._of_kind(schema, depth) if depth and self._left > 0 else None

    def _of_kind(self, schema: JsonObject, depth: int) -> Any:
        options = items(schema.get("anyOf")) or items(schema.get("oneOf"))
        real = (each for each in options if mapping(each).get("type") != "null")
        if "properties" not in schema and (one := next(real, None)) is not None:
            return self.of(one, depth - 1)
        if items(schema.get("allOf")):
            return self._of_all(schema, depth)
        kind = schema.get("type")
        kind = next(iter(kind), None) if isinstance(kind, list) else kind
        if not isinstance(kind, str):
            kind = next((kind for key, kind in _OF_KIND.items() if key in schema), "object")
        return self._makers.get(kind, self._object)(schema, depth)

    def _of_all(self, schema: JsonObject, depth: int) -> Any:
        """What satisfies each part: an object with all that they must have, or one plain value."""
        own = {key: value for key, value in schema.items() if key != "allOf"}
        every = (own, *schema["allOf"][:MOST_VALUES])
        parts = [self.of(part, depth - 1) for part in every]
        plain = [part for part in parts if not isinstance(part, Mapping) and part is not None]
        if plain:
            return plain[0]
        return {name: v for part in parts if isinstance(part, Mapping) for name, v in part.items()}

    def _object(self, schema: JsonObject, depth: int) -> JsonObject:
        properties = mapping(schema.get("properties"))
        listed = items(schema.get("required"))[:MOST_VALUES]
        needed = [name for name in listed if isinstance(name, str)]
        return {
            name: self.of(properties.get(name, {}), depth - 1)
            for name in needed
            if not resolved(properties.get(name), self._document).get("readOnly")
        }

    def _array(self, schema: JsonObject, depth: int) -> list[Any]:
        count = int(min(max(_bound(schema, "minItems", 0), 0), 10))
        return [self.of(schema.get("items", {}), depth - 1) for _ in range(count)]


def _bound(schema: JsonObject, key: str, otherwise: float) -> float:
    """A finite number that the schema has under `key`; in 3.0 some of them are true or false."""
    value = schema.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return otherwise
    return value if abs(value) < LARGEST else otherwise  # neither infinite nor NaN


def _number(schema: JsonObject, _depth: int) -> Any:
    least = _bound(schema, "minimum", -math.inf)
    if schema.get("exclusiveMinimum") is True:
        least += 1
    least = max(least, _bound(schema, "exclusiveMinimum", -math.inf) + 1)
    most = _bound(schema, "maximum", math.inf)
    number = max(least, min(1, most))
    step = _bound(schema, "multipleOf", 0)
    if step > 0 and math.isfinite(number / step):
        number = math.ceil(number / step) * step
    return int(number) if float(number).is_integer() else number


def _string(schema: JsonObject, _depth: int) -> str:
    form = schema.get("format")
    text = FORMATS.get(form, "a") if isinstance(form, str) else "a"
    least = int(min(max(_bound(schema, "minLength", 0), 0), LONGEST))
    most = int(max(_bound(schema, "maxLength", LONGEST), 0))
    padded = text.ljust(least, "a")[:most]
    return next(_matching(schema, padded, least, most), padded)


def is_quick(pattern: str) -> bool:
    """Whether a search by the pattern of somebody else is over soon, in each of a few short texts.

    Repetitions inside of a repetition, and many beside each other, may take for ever.
    """
    bare = _SET.sub("x", _ESCAPED.sub("x", _GROUP.sub("(", pattern[: LONGEST_PATTERN + 1])))
    variable, choices = len(_VARIABLE.findall(bare)), bare.count("|")
    is_short = len(pattern) <= LONGEST_PATTERN and choices <= MOST_CHOICES
    is_plain = not _REPEATED_GROUP.search(bare) or not (variable or choices)
    return is_short and variable <= MOST_REPETITIONS and is_plain


def _matching(schema: JsonObject, first: str, least: int, most: int) -> Iterator[str]:
    """Words that the pattern takes, the likeliest first; none where there is no pattern."""
    pattern = schema.get("pattern")
    if not isinstance(pattern, str) or not is_quick(pattern):
        return
    with contextlib.suppress(re.error, RecursionError, OverflowError):
        expression = re.compile(pattern)
        for word in (first[:40], *WORDS):
            padded = word.ljust(least, word[-1:])[:most] if least <= 40 else word
            for each in (word, padded):
                if least <= len(each) <= most and expression.search(each):
                    yield each
