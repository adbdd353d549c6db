"""The tables of `policy` and `response`: how the server answers."""

import re
from typing import Any

from cors_harness.loading.call_tables import LONGEST_MS, METHOD
from cors_harness.loading.decode import WRONG, DecodedValues, Field, Record, Slot
from cors_harness.loading.values import (
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
from cors_harness.text.problems import shown
from cors_harness.text.yaml_nodes import Pairs

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
        loses_token = re.match(r"\{(?:page|server|other|third)\}|/", value)
        carries = "{cell}" in value or "cell={token}" in value
        if name.lower() == "location" and loses_token and not carries:
            path, hash_, fragment = value.partition("#")
            fixed = f"{path}{'&' if '?' in path else '?'}{{cell}}{hash_}{fragment}"
            here = slot.named("Location")
            hint = (
                f"write {shown(fixed)}, so that the request after the redirect belongs to this cell"
            )
            here.wrong(node.get("headers") or node, "{cell} in its query", hint, shown(value))


ANSWER = Record(
    name="answer",
    help="One answer of the verbatim server; the first whose conditions hold is sent.",
    build=lambda values: Answer(**values),
    check=_check_location,
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
            kind=Number(least=200, most=999),
            help="Status code, also an odd one; 200 if left out.",
            rule="https://www.rfc-editor.org/rfc/rfc9110#name-status-codes",
        ),
        Field(
            key="headers",
            kind=HeaderPairs(raw=True),
            help="Headers, sent exactly so and in this order.",
            rule="https://www.rfc-editor.org/rfc/rfc9110#name-field-values",
        ),
        Field(key="body", kind=Free(placeholders=None), help="Body text."),
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
