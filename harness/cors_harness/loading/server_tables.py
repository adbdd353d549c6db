"""The tables of `policy` and `response`: how the server answers."""

import re
from dataclasses import dataclass
from typing import Any

from cors_harness.loading.call_tables import LONGEST_MS, METHOD
from cors_harness.loading.decode import WRONG, DecodedValues, Field, Record, Schema, Slot
from cors_harness.loading.values import (
    ANSWERED,
    ORIGINS,
    Flag,
    Free,
    HeaderPairs,
    Number,
    OneOrMore,
    Shaped,
    WordKind,
)
from cors_harness.model.answer import Answer, ExchangeKind, Fault
from cors_harness.model.server import CorsPolicy
from cors_harness.terms.request_value import FORMS, MEANT_AS_REQUEST_VALUE, REQUEST_VALUE
from cors_harness.terms.token import UNIQUE
from cors_harness.text.problems import one_of, shown
from cors_harness.text.yaml_nodes import Items, Node, Pairs, Text

NO_STATUS = 500
REQUEST_HEADER = r"^\{request\.header\.[^{}]+\}$"
EXCHANGE = WordKind(words=tuple(ExchangeKind), make=ExchangeKind)
# A server is given its policy when it starts: the page's origin is all that is known by then.
POLICY_TEXT = Free(placeholders=("page",))
POLICY_TEXTS = OneOrMore(kind=POLICY_TEXT)

POLICY = Record(
    name="policy",
    help="How the reference servers are to be configured.",
    build=lambda values: CorsPolicy(**values),
    fields=(
        Field(
            key="allow_origins",
            kind=POLICY_TEXTS,
            help='Origins that may read responses: "{page}", "http://127.0.0.1:8001" or "*".',
        ),
        Field(
            key="allow_origin_regex",
            kind=POLICY_TEXT,
            help="A regular expression for whole origins.",
        ),
        Field(
            key="allow_methods", kind=POLICY_TEXTS, help='Methods allowed by the preflight, or "*".'
        ),
        Field(
            key="allow_headers",
            kind=POLICY_TEXTS,
            help='Request headers allowed by the preflight, or "*".',
        ),
        Field(
            key="allow_credentials",
            kind=Flag(),
            help="Whether Access-Control-Allow-Credentials: true is sent.",
        ),
        Field(
            key="expose_headers",
            kind=POLICY_TEXTS,
            help='Response headers that page code may read, or "*".',
        ),
        Field(
            key="max_age",
            kind=Number(least=-1, most=10**10, unit="seconds"),
            help="Seconds for which a browser may keep the preflight's answer.",
        ),
    ),
)


def _check_location(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    headers: Any = values.get("headers", ())
    for name, value in () if headers is WRONG else headers:
        loses_token = re.match(r"\{(?:page|server|other|third|origin)\}|/", value)
        carries = "{cell}" in value or "cell={token}" in value
        if name.lower() == "location" and loses_token and not carries:
            path, hash_, fragment = value.partition("#")
            fixed = f"{path}{'&' if '?' in path else '?'}{{cell}}{hash_}{fragment}"
            here = slot.named("Location")
            hint = (
                f"write {shown(fixed)}, so that the request after the redirect belongs to this cell"
            )
            here.wrong(node.get("headers") or node, "{cell} in its query", hint, shown(value))


def _report_request_values(node: Node, slot: Slot) -> None:
    """What is meant to repeat a header of the request, and is not written so."""
    match node:
        case Text(value=value):
            for meant in MEANT_AS_REQUEST_VALUE.finditer(value):
                if not REQUEST_VALUE.fullmatch(meant[0]):
                    found = f"the placeholder {shown(meant[0])}"
                    slot.wrong(node, one_of(FORMS), "NAME is any header of the request", found)
        case Items(items=items):
            for item in items:
                _report_request_values(item, slot)
        case Pairs(pairs=pairs):
            for name, child in pairs:
                _report_request_values(child, slot.named(name.value))


def _check_body(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    """Reports what only a cell's requests have: the verbatim server knows its token, no more."""
    body, unique = values.get("body"), f"{{{UNIQUE}}}"
    if isinstance(body, str) and unique in body:
        hint = "the page sends it; the server answers the same to every cell, but for {token}"
        found = f"the placeholder {shown(unique)}"
        slot.named("body").wrong(node.get("body") or node, "none of a request", hint, found)


def _check_answer(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    _check_location(values, node, slot)
    _check_body(values, node, slot)
    _report_request_values(node, slot)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusKind:
    """A status code, or the request header that has it: its name is given as text."""

    number: Number

    def read(self, node: Node, slot: Slot) -> object:
        """The number, or the header's name."""
        text = node.value if isinstance(node, Text) else ""
        if text == FORMS[0]:
            return slot.wrong(node, f"a number or {FORMS[1]}")
        if MEANT_AS_REQUEST_VALUE.fullmatch(text):
            match = REQUEST_VALUE.fullmatch(text)
            return match["name"] if match else WRONG  # the check of the answer says why
        return self.number.read(node, slot)

    def schema(self) -> Schema:
        """The number, an axis, or the placeholder."""
        return {"anyOf": [self.number.schema(), {"type": "string", "pattern": REQUEST_HEADER}]}


def _build_answer(values: DecodedValues) -> Answer:
    """A status that is a header's name goes where names are; without a status there it is 500."""
    status: Any = values.get("status")
    if isinstance(status, str):
        values = {**values, "status": NO_STATUS, "status_from": status}
    return Answer(**values)


ANSWER = Record(
    name="answer",
    help="One answer of the verbatim server; the first whose conditions hold is sent.",
    build=_build_answer,
    check=_check_answer,
    fields=(
        Field(
            key="at",
            attribute="role",
            kind=WordKind(words=ORIGINS[1:]),
            help="Only at this origin: server (default), other or third.",
        ),
        Field(key="on", kind=EXCHANGE, help="Only for preflights, or only for other requests."),
        Field(key="method", kind=METHOD, help="Only for this method, as on the wire."),
        Field(
            key="path",
            kind=Shaped(pattern=r"/[^\s?#]*", expected="a path without query"),
            help="Only for this path, without the query.",
        ),
        Field(
            key="times",
            kind=Number(least=1, most=1000),
            help="Sent that many times in a cell, then it no longer matches.",
        ),
        Field(
            key="status",
            kind=StatusKind(number=Number(least=200, most=999)),
            help="Status code, also an odd one; 200 if left out. {request.header.NAME} takes it "
            "from the request, and is 500 where that has none.",
            rule="https://www.rfc-editor.org/rfc/rfc9110#name-status-codes",
        ),
        Field(
            key="headers",
            kind=HeaderPairs(raw=True, placeholders=(*ANSWERED, "origin")),
            help="Headers, sent exactly so and in this order; {origin} and {request.header.NAME} "
            "repeat what the request had, without it the line is left out.",
            rule="https://www.rfc-editor.org/rfc/rfc9110#name-field-values",
        ),
        Field(
            key="body",
            kind=Free(placeholders=None),
            help="Body text; {origin} and {request.header.NAME} repeat what the request had.",
        ),
        Field(
            key="delay_ms",
            kind=Number(least=0, most=LONGEST_MS, unit="milliseconds"),
            help="Milliseconds to wait before the first byte.",
        ),
        Field(
            key="fault",
            kind=WordKind(words=tuple(Fault), make=Fault),
            help="What goes wrong instead of a proper answer.",
        ),
    ),
)
