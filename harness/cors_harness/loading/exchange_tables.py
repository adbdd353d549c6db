"""The table of an entry of `exchanges`, and headers that are to be found."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cors_harness.loading.call_tables import METHOD
from cors_harness.loading.decode import (
    AXIS,
    WRONG,
    DecodedValues,
    Field,
    Record,
    Schema,
    Slot,
    Wrong,
)
from cors_harness.loading.server_tables import EXCHANGE
from cors_harness.loading.values import (
    FIELD_NAME,
    VALUE,
    Nullable,
    Number,
    Shaped,
    WordKind,
    scalar,
)
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.scenario import ExchangeExpectation, HeaderExpectation, HeaderValue
from cors_harness.terms.role import ELSEWHERE, Role
from cors_harness.text.yaml_nodes import Items, Node, Pairs, Text

MOST_BYTES = 10**12


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderExpectations:
    """Headers to find: `name: value`, or `name: null` for one that must not be there.

    In a list a name alone is there whatever its value; mappings beside it are read as ever.
    """

    absent: str = "absent"

    def read(self, node: Node, slot: Slot) -> HeaderExpectation | Wrong:
        """(name, value; None for absent, True for any value) pairs in file order."""
        before = slot.report.count
        read = tuple(self._headers(node, slot))
        self._report_repeats(read, slot)
        mappings = (node, *(node.items if isinstance(node, Items) else ()))
        is_flawed = any(isinstance(each, Pairs) and each.flawed for each in mappings)
        if is_flawed or slot.report.count > before:
            return WRONG
        return tuple((name.value, value) for name, value in read)

    def schema(self) -> Schema:
        """A mapping from names to scalars or null, or a list of names and such mappings."""
        mapping: Schema = {"type": "object", "additionalProperties": VALUE}
        listed = {"type": "array", "items": {"anyOf": [{"type": "string"}, mapping]}}
        return {"anyOf": [mapping, listed, AXIS]}

    def _headers(
        self, node: Node, slot: Slot, *, in_list: bool = False
    ) -> Iterator[tuple[Text, HeaderValue]]:
        match node:
            case Pairs(pairs=pairs):
                for name, value in pairs:
                    yield name, self._value(name, value, slot)
            case Items(items=items) if not in_list:
                for item in items:
                    yield from self._headers(item, slot, in_list=True)
            case Text() if in_list and not node.is_null:
                self._check_name(node, slot)
                yield node, True
            case _:
                hint = 'write {X-Name: "value"}, or [X-Name] for any value'
                slot.wrong(node, "a mapping from header name to value or null", hint)

    def _value(self, name: Text, node: Node, slot: Slot) -> str | None:
        here = slot.named(name.value, slot.rule)
        self._check_name(name, here)
        if isinstance(node, Text) and node.is_null:
            return None
        if isinstance(node, Items):
            here.wrong(node, f"a value, or null for {self.absent}", "join several by ', '")
            return None
        text = scalar(node, here, f"a value, or null for {self.absent}")
        return None if isinstance(text, Wrong) else text.value

    def _check_name(self, name: Text, slot: Slot) -> None:
        if not re.fullmatch(FIELD_NAME, name.value):
            slot.wrong(name, "a header name")

    def _report_repeats(self, headers: tuple[tuple[Text, HeaderValue], ...], slot: Slot) -> None:
        seen: set[str] = set()
        for name, _ in headers:
            if name.value.lower() in seen:
                slot.wrong(name, "every header once", "case makes no difference")
            seen.add(name.value.lower())


def _check_exchange(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    method, headers = values.get("method", WRONG), values.get("response_headers", WRONG)
    if values.get("kind") is ExchangeKind.PREFLIGHT and method not in {"OPTIONS", WRONG}:
        found = f"kind: preflight beside method: {method}"
        slot.named("method").wrong(node.get("method") or node, "OPTIONS of a preflight", "", found)
    is_there = headers is not WRONG and any(value is not None for _, value in headers)
    if values.get("status", WRONG) is None and is_there:
        here = slot.named("response_headers")
        found = "response_headers beside status: null"
        hint = "null says that no response comes"
        here.wrong(node.get("response_headers") or node, "a status beside them", hint, found)


def _build_exchange(values: DecodedValues) -> ExchangeExpectation:
    is_unanswered = values.get("status", WRONG) is None
    return ExchangeExpectation(**values, is_unanswered=is_unanswered)


EXCHANGE_EXPECTATION = Record(
    name="exchange",
    help="One request and its response as they were on the wire; what is left out is not asserted.",
    build=_build_exchange,
    check=_check_exchange,
    fields=(
        Field(key="kind", kind=EXCHANGE, help="A preflight, or any other request."),
        Field(key="method", kind=METHOD, help="Its method, as on the wire."),
        Field(
            key="at",
            attribute="role",
            kind=WordKind(words=(*Role, ELSEWHERE)),
            help="The origin that received it: server, other or third; elsewhere: one that the "
            "scenario does not name, where nobody answers.",
        ),
        Field(
            key="path",
            kind=Shaped(pattern=r"/[^\s?#]*", expected="a path without query"),
            help="Its path, without the query.",
        ),
        Field(
            key="status",
            kind=Nullable(kind=Number(least=100, most=999)),
            help="Status of the response, as the server sent it; null: there is no response.",
            rule="https://www.rfc-editor.org/rfc/rfc9110#name-status-codes",
        ),
        Field(
            key="request_headers",
            kind=HeaderExpectations(),
            help="Headers that the browser sent; null: absent; a list of names: any value.",
        ),
        Field(
            key="response_headers",
            kind=HeaderExpectations(),
            help="Headers that the server sent; null: absent; a list of names: any value.",
        ),
        Field(
            key="request_body_bytes",
            kind=Number(least=0, most=MOST_BYTES, unit="bytes"),
            help="Size of the request's body.",
        ),
        Field(
            key="body_bytes",
            kind=Number(least=0, most=MOST_BYTES, unit="bytes"),
            help="Size of the response's body as it was sent, compressed if it was.",
        ),
    ),
)
