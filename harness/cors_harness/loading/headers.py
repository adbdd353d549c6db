"""Kinds for headers: what is sent (pairs, in order) and what is expected (value or null)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cors_harness.loading.decode import AXIS, WRONG, Schema, Slot, Wrong
from cors_harness.loading.kinds import ANY_SCALAR, scalar
from cors_harness.loading.yaml_nodes import Items, Node, Pairs, Text

# https://www.rfc-editor.org/rfc/rfc9110#name-tokens
FIELD_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"

VALUE: Schema = {"type": ANY_SCALAR}
Pair = tuple[Text, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderPairs:
    """Headers to send: `name: value`, `name: [values]`, or a list of [name, value].

    Attributes:
        raw: sent by the verbatim server, which may send names and bytes that `fetch()` refuses.
    """

    raw: bool = False

    def read(self, node: Node, slot: Slot) -> tuple[tuple[str, str], ...] | Wrong:
        """(name, value) pairs in file order."""
        before = slot.report.count
        pairs = tuple(_pairs(node, slot))
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


def _pairs(node: Node, slot: Slot) -> Iterator[Pair]:
    match node:
        case Pairs():
            for name, values in node.pairs:
                yield from _repeats(name, values, slot)
        case Items():
            for item in node.items:
                yield from _pair(item, slot)
        case _:
            slot.wrong(node, "headers: a mapping, or a list of [name, value]", "for none write {}")


def _repeats(name: Text, node: Node, slot: Slot) -> Iterator[Pair]:
    for each in node.items if isinstance(node, Items) else (node,):
        value = scalar(each, slot.named(name.value, slot.rule), "a header value")
        if not isinstance(value, Wrong):
            yield name, value


def _pair(node: Node, slot: Slot) -> Iterator[Pair]:
    if isinstance(node, Items) and len(node.items) == 2:
        name, value = (scalar(each, slot, "a header name or value") for each in node.items)
        if not isinstance(name, Wrong) and not isinstance(value, Wrong):
            yield name, value
    else:
        slot.wrong(node, "a pair [name, value]", 'write [X-Name, "value"]')


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderExpectations:
    """Headers to find: `name: value`, or `name: null` for one that must not be there."""

    absent: str = "absent"

    def read(self, node: Node, slot: Slot) -> tuple[tuple[str, str | None], ...] | Wrong:
        """(name, value or None) pairs in file order."""
        if not isinstance(node, Pairs):
            hint = 'write {X-Name: "value"}'
            return slot.wrong(node, "a mapping from header name to value or null", hint)
        before = slot.report.count
        read = tuple(self._pair(name, value, slot) for name, value in node.pairs)
        self._report_repeats(node, slot)
        return WRONG if slot.report.count > before or _is_flawed(node) else read

    def schema(self) -> Schema:
        """A mapping from names to scalars or null."""
        return {"anyOf": [{"type": "object", "additionalProperties": VALUE}, AXIS]}

    def _pair(self, name: Text, node: Node, slot: Slot) -> tuple[str, str | None]:
        here = slot.named(name.value, slot.rule)
        if not re.fullmatch(FIELD_NAME, name.value):
            here.wrong(name, "a header name")
        if isinstance(node, Text) and node.is_null:
            return name.value, None
        if isinstance(node, Items):
            here.wrong(node, f"a value, or null for {self.absent}", "join several by ', '")
            return name.value, None
        text = scalar(node, here, f"a value, or null for {self.absent}")
        return name.value, None if isinstance(text, Wrong) else text.value

    def _report_repeats(self, node: Pairs, slot: Slot) -> None:
        seen: set[str] = set()
        for name, _ in node.pairs:
            if name.value.lower() in seen:
                slot.wrong(name, "every header once", "case makes no difference")
            seen.add(name.value.lower())
