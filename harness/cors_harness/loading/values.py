"""Kinds of single values and of lists: how text becomes a word, a number or a yes-or-no."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cors_harness.loading.decode import AXIS, WRONG, Kind, Schema, Slot, Wrong
from cors_harness.terms.role import Role
from cors_harness.terms.token import UNIQUE
from cors_harness.text.problems import did_you_mean, one_of, shown
from cors_harness.text.yaml_nodes import Items, Node, Pairs, Text

ORIGINS = ("page", *Role)
ANSWERED = (*ORIGINS, "cell", "token")  # what a server under test may be given
PLACEHOLDERS = (*ANSWERED, UNIQUE)

# Only a lone name in braces is a placeholder; every other brace is an ordinary character.
IN_BRACES = re.compile(r"\{([A-Za-z][A-Za-z0-9_-]*)\}")
WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")

ANY_SCALAR = ["string", "number", "boolean", "null"]


def scalar(
    node: Node, slot: Slot, expected: str, *, placeholders: tuple[str, ...] | None = PLACEHOLDERS
) -> Text | Wrong:
    """The scalar; WRONG for a list, a mapping, nothing at all, or an unknown placeholder.

    `placeholders`: names that may stand in braces; None: any.
    """
    if not isinstance(node, Text):
        return slot.wrong(node, expected)
    if node.plain and not node.value:
        return slot.wrong(node, expected, 'for empty text write ""')
    if placeholders is None:
        return node
    names = dict.fromkeys(IN_BRACES.findall(node.value))
    unknown = [name for name in names if name not in placeholders]
    for name in unknown:
        _report_placeholder(name, node, slot, placeholders)
    return WRONG if unknown else node


def _report_placeholder(name: str, node: Text, slot: Slot, placeholders: tuple[str, ...]) -> None:
    if slot.report.full:
        return
    known = [f"{{{known_name}}}" for known_name in (*placeholders, *slot.report.placeholders)]
    found = f"{{{name}}}"
    too_early = f"{one_of(known)} is all that is known when the server is given its {slot.key}"
    hint = too_early if name in PLACEHOLDERS else did_you_mean(found, known)
    slot.wrong(node, one_of(known), hint, f"the placeholder {shown(found)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """Any text.

    Attributes:
        placeholders: names that may stand in braces; None: any.
        null_is_text: whether plain `null` is taken as that text.
    """

    placeholders: tuple[str, ...] | None = PLACEHOLDERS
    null_is_text: bool = True

    def read(self, node: Node, slot: Slot) -> str | Wrong:
        """The text."""
        text = scalar(node, slot, "text", placeholders=self.placeholders)
        if isinstance(text, Wrong):
            return text
        if text.is_null and not self.null_is_text:
            hint = "quote it if the text is meant; leave the key away if nothing is asserted"
            return slot.wrong(text, "text", hint, f"null ({text.value} without quotes)")
        return text.value

    def schema(self) -> Schema:
        """Any scalar, as editors resolve plain text to numbers and the like."""
        return {"type": ANY_SCALAR if self.null_is_text else ANY_SCALAR[:-1]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """Text of a certain shape."""

    pattern: str
    expected: str
    hint: str = ""

    def read(self, node: Node, slot: Slot) -> str | Wrong:
        """The text."""
        text = scalar(node, slot, self.expected)
        if isinstance(text, Wrong):
            return text
        if not re.fullmatch(self.pattern, text.value):
            return slot.wrong(text, self.expected, self.hint)
        return text.value

    def schema(self) -> Schema:
        """A string that matches, or contains an axis."""
        return {"type": "string", "pattern": rf"^(?:{self.pattern})$|\{{[a-z][a-z0-9_]*\}}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WordKind:
    """One of a closed list of words, made into `make(word)`."""

    words: tuple[str, ...]
    make: Callable[[str], object] = str

    def read(self, node: Node, slot: Slot) -> object:
        """The word's value."""
        text = scalar(node, slot, one_of(self.words))
        if isinstance(text, Wrong):
            return text
        if text.value not in self.words:
            return slot.wrong(text, one_of(self.words), did_you_mean(text.value, self.words))
        return self.make(text.value)

    def schema(self) -> Schema:
        """An enumeration, or an axis."""
        return {"anyOf": [{"enum": list(self.words)}, AXIS]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """`true` or `false` and nothing else."""

    def read(self, node: Node, slot: Slot) -> bool | Wrong:
        """The truth value."""
        text = scalar(node, slot, "true or false")
        if isinstance(text, Wrong):
            return text
        if text.value not in {"true", "false"}:
            hint = did_you_mean(text.value, ("true", "false")) or f"'{text.value}' is not taken"
            return slot.wrong(text, "true or false", hint)
        return text.value == "true"

    def schema(self) -> Schema:
        """A boolean, or an axis."""
        return {"anyOf": [{"type": "boolean"}, AXIS]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A whole number from `least` to `most`, decimal and without leading zeros."""

    least: int
    most: int
    unit: str = ""

    def read(self, node: Node, slot: Slot) -> int | Wrong:
        """The number."""
        expected = f"a whole number from {self.least} to {self.most}"
        expected += f" ({self.unit})" if self.unit else ""
        text = scalar(node, slot, expected)
        if isinstance(text, Wrong):
            return text
        if not WHOLE_NUMBER.fullmatch(text.value):
            return slot.wrong(text, expected, "write decimal digits without leading zeros")
        number = int(text.value)
        return number if self.least <= number <= self.most else slot.wrong(text, expected)

    def schema(self) -> Schema:
        """An integer in the range, or an axis."""
        return {"anyOf": [{"type": "integer", "minimum": self.least, "maximum": self.most}, AXIS]}


def _values(nodes: Sequence[Node], kind: Kind, slot: Slot) -> tuple[object, ...] | Wrong:
    values = tuple(kind.read(node, slot) for node in nodes)
    return WRONG if WRONG in values else values


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A list, at least `least` long."""

    kind: Kind
    least: int = 0

    def read(self, node: Node, slot: Slot) -> tuple[object, ...] | Wrong:
        """The values."""
        if not isinstance(node, Items):
            return slot.wrong(node, "a list", self._hint(node))
        if len(node.items) < self.least:
            return slot.wrong(node, f"a list with at least {self.least}", found="an empty list")
        return _values(node.items, self.kind, slot)

    def schema(self) -> Schema:
        """An array, or an axis."""
        array: Schema = {"type": "array", "items": self.kind.schema()}
        return {"anyOf": [{**array, "minItems": self.least} if self.least else array, AXIS]}

    def _hint(self, node: Node) -> str:
        if isinstance(node, Pairs):
            return "put '- ' before its first key and indent the others like it"
        return f"write [{node.value}]" if isinstance(node, Text) and node.value else "write []"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOrMore:
    """One value, or a list, at least `least` long."""

    kind: Kind
    least: int = 1

    def read(self, node: Node, slot: Slot) -> tuple[object, ...] | Wrong:
        """The values, also when there is one only."""
        if isinstance(node, Items) and len(node.items) < self.least:
            return slot.wrong(node, "at least one value", "leave the key away", "an empty list")
        return _values(node.items if isinstance(node, Items) else (node,), self.kind, slot)

    def schema(self) -> Schema:
        """The value or an array of them."""
        one = self.kind.schema()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": self.least}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nullable:
    """Plain `null` takes an expectation back; anything else is read as `kind`."""

    kind: Kind

    def read(self, node: Node, slot: Slot) -> object:
        """The value, None for null."""
        if isinstance(node, Text) and node.is_null and node.value:
            return None
        return self.kind.read(node, slot)

    def schema(self) -> Schema:
        """The value or null."""
        return {"anyOf": [self.kind.schema(), {"type": "null"}]}


# https://www.rfc-editor.org/rfc/rfc9110#name-tokens
FIELD_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"

VALUE: Schema = {"type": ANY_SCALAR}
TextPair = tuple[Text, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderPairs:
    """Headers to send: `name: value`, `name: [values]`, or a list of [name, value].

    Attributes:
        raw: sent by the verbatim server, which may send names and bytes that `fetch()` refuses.
        placeholders: names that may stand in braces.
    """

    raw: bool = False
    placeholders: tuple[str, ...] = PLACEHOLDERS

    def read(self, node: Node, slot: Slot) -> tuple[tuple[str, str], ...] | Wrong:
        """(name, value) pairs in file order."""
        before = slot.report.count
        pairs = tuple(_pairs(node, slot, self.placeholders))
        for name, value in pairs:
            self._check_name(name, slot)
            self._check_value(name, value, slot)
        if slot.report.count > before or _is_flawed(node):
            return WRONG
        return tuple((name.value, value.value) for name, value in pairs)

    def schema(self) -> Schema:
        """All three ways to write headers."""
        values = {"type": "array", "items": VALUE}
        mapping = {"type": "object", "additionalProperties": {"anyOf": [VALUE, values]}}
        pair = {"type": "array", "items": VALUE, "minItems": 2, "maxItems": 2}
        return {"anyOf": [mapping, {"type": "array", "items": pair}, AXIS]}

    def _check_name(self, name: Text, slot: Slot) -> None:
        here = slot.named(name.value or slot.key)
        if not self.raw and not re.fullmatch(FIELD_NAME, name.value):
            here.wrong(name, "a header name (letters, digits and some of !#$%&'*+-.^_`|~)")
        elif self.raw and (not name.value or re.search(r"[:\r\n]|[^\x00-\xff]", name.value)):
            expected = "a header name without colon, line break or characters above U+00FF"
            here.wrong(name, expected, r'write single bytes as "\xNN" in double quotes')

    def _check_value(self, name: Text, value: Text, slot: Slot) -> None:
        here = slot.named(name.value or slot.key, slot.rule)
        if re.search(r"[\r\n]" if self.raw else r"[\r\n\x00]", value.value):
            nul = "" if self.raw else " or NUL"
            here.wrong(value, f"a value without CR, LF{nul}", "write each header on its own")
        elif re.search(r"[^\x00-\xff]", value.value):
            hint = r'write single bytes as "\xNN" in double quotes'
            here.wrong(value, "a value of bytes (characters up to U+00FF)", hint)


def _is_flawed(node: Node) -> bool:
    return isinstance(node, Pairs) and node.flawed


def _pairs(node: Node, slot: Slot, placeholders: tuple[str, ...]) -> Iterator[TextPair]:
    match node:
        case Pairs():
            for name, values in node.pairs:
                yield from _repeats(name, values, slot, placeholders)
        case Items():
            for item in node.items:
                yield from _pair(item, slot, placeholders)
        case _:
            slot.wrong(node, "headers: a mapping, or a list of [name, value]", "for none write {}")


def _repeats(
    name: Text, node: Node, slot: Slot, placeholders: tuple[str, ...]
) -> Iterator[TextPair]:
    here = slot.named(name.value, slot.rule)
    for item in node.items if isinstance(node, Items) else (node,):
        value = scalar(item, here, "a header value", placeholders=placeholders)
        if not isinstance(value, Wrong):
            yield name, value


def _pair(node: Node, slot: Slot, placeholders: tuple[str, ...]) -> Iterator[TextPair]:
    if isinstance(node, Items) and len(node.items) == 2:
        expected = "a header name or value"
        name, value = (scalar(i, slot, expected, placeholders=placeholders) for i in node.items)
        if not isinstance(name, Wrong) and not isinstance(value, Wrong):
            yield name, value
    else:
        slot.wrong(node, "a pair [name, value]", 'write [X-Name, "value"]')
