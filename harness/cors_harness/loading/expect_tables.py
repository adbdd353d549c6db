"""The tables of `expect` and `except`: what must come out."""

from dataclasses import replace
from typing import Any

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.loading.call_tables import FETCH
from cors_harness.loading.contradictions import Contradiction, contradictions
from cors_harness.loading.decode import WRONG, DecodedValues, Field, Record, Slot
from cors_harness.loading.exchange_tables import EXCHANGE_EXPECTATION, HeaderExpectations
from cors_harness.loading.server_tables import EXCHANGE
from cors_harness.loading.values import (
    Flag,
    Free,
    ListOf,
    Nullable,
    Number,
    OneOrMore,
    Shaped,
    WordKind,
)
from cors_harness.model.expectation_rules import overridden
from cors_harness.model.scenario import Expectation, ExpectationOverride, Outcome
from cors_harness.terms.modes import ResponseType
from cors_harness.terms.reasons import ReasonCode
from cors_harness.text.yaml_nodes import Items, Node, Pairs

TYPES = (
    ResponseType.BASIC,
    ResponseType.CORS,
    ResponseType.OPAQUE,
    ResponseType.OPAQUE_REDIRECT,
)
BLOCKED_HINT = (
    "a failed fetch alone proves nothing: state wire: [preflight] (refused by the preflight), "
    "[request] or [preflight, request] (the response was refused), or [] (nothing was sent)"
)


ON_WIRE = ("wire", "preflight", "exchanges")


def _report_contradiction(wrong: Contradiction, node: Node, slot: Slot) -> None:
    here = slot.named(wrong.key, wrong.rule)
    place = node.get(wrong.key) if isinstance(node, Pairs) else None
    here.wrong(place or node, wrong.expected, wrong.hint, wrong.found)


def _check_outcome(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    """Nothing at all leaves it open; whoever expects something has an outcome in mind."""
    if node.pairs and "outcome" not in values:
        hint = "What the page gets, agreed by the wire; {} leaves all open"
        slot.wrong(node, "the key outcome", hint, "no outcome")


def _check_expect(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    _check_outcome(values, node, slot)
    expect = Expectation(**{name: value for name, value in values.items() if value is not WRONG})
    if Outcome.BLOCKED in expect.outcome and values.keys().isdisjoint(ON_WIRE):
        here = slot.named("outcome", f"{FETCH}cors-check")
        expected = "wire, preflight or exchanges beside it"
        here.wrong(node.get("outcome") or node, expected, BLOCKED_HINT)
    for wrong in contradictions(expect):
        _report_contradiction(wrong, node, slot)


EXPECT = Record(
    name="expect",
    help="What must come out; what is left out is not asserted. {}: open, it is only recorded.",
    build=lambda values: Expectation(**values),
    check=_check_expect,
    fields=(
        Field(
            key="outcome",
            kind=OneOrMore(kind=WordKind(words=tuple(Outcome), make=Outcome)),
            help="What the page gets, agreed by the wire; of several one must hold.",
        ),
        Field(
            key="preflight",
            kind=Flag(),
            help="Whether at least one CORS-preflight request is sent.",
            rule=f"{FETCH}cors-preflight-request",
        ),
        Field(
            key="wire",
            kind=ListOf(kind=EXCHANGE),
            help="Every exchange of the call, in order; [] when nothing may reach a server.",
        ),
        Field(
            key="exchanges",
            kind=ListOf(kind=EXCHANGE_EXPECTATION),
            help="Every exchange of the call, in order, and what each must be.",
        ),
        Field(
            key="status",
            kind=Number(least=0, most=999),
            help="Status as the page reads it; 0 for an opaque response.",
        ),
        Field(
            key="status_text",
            kind=Free(null_is_text=False),
            help='Response.statusText as the page reads it; "" over HTTP/2, which has none.',
            rule=f"{FETCH}concept-response-status-message",
        ),
        Field(
            key="response_type",
            kind=WordKind(words=TYPES),
            help="Response.type as the page reads it.",
            rule=f"{FETCH}concept-response-type",
        ),
        Field(key="redirected", kind=Flag(), help="Response.redirected as the page reads it."),
        Field(
            key="url",
            kind=Free(null_is_text=False),
            help='Response.url as the page reads it, such as "{other}/landing?{cell}".',
        ),
        Field(
            key="body",
            kind=Free(placeholders=None, null_is_text=False),
            help="Body text as the page reads it.",
        ),
        Field(
            key="readable",
            kind=HeaderExpectations(absent="a header that page code must not read"),
            help="Response headers as page code reads them; null: must not be readable; "
            "a list of names: readable, whatever the value.",
            rule=f"{FETCH}cors-safelisted-response-header-name",
        ),
        Field(
            key="sent",
            kind=HeaderExpectations(),
            help='Headers of the last request (no preflight); null: absent, "null": that word.',
        ),
        Field(
            key="preflight_sent",
            kind=HeaderExpectations(),
            help="Headers of the first CORS-preflight request; null: absent.",
        ),
        Field(
            key="reason",
            kind=OneOrMore(kind=WordKind(words=tuple(ReasonCode)), least=0),
            help="Why the browser blocks; of several one must hold; [] asserts none.",
        ),
    ),
    also=(("anyOf", [{"required": ["outcome"]}, {"maxProperties": 0}]),),
)

EXPECTED_NAMES = tuple(field.key for field in EXPECT.fields)


def _check_exemption(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    if not {"servers", "engines"} & values.keys():
        found = "neither server nor engine"
        slot.wrong(node, "at least one of them", "name what the entry is for", found)
    if not values.keys() & set(EXPECTED_NAMES):
        hint = "state what comes out there, such as outcome: blocked"
        slot.wrong(node, f"one of {', '.join(EXPECTED_NAMES)}", hint, "nothing that it changes")


def _build_exemption(values: DecodedValues) -> ExpectationOverride:
    overrides = tuple(name for name in values if name in EXPECTED_NAMES)
    expect = Expectation(**{n: values[n] for n in overrides if values[n] is not None})
    rest = {name: value for name, value in values.items() if name not in EXPECTED_NAMES}
    return ExpectationOverride(overrides=overrides, expect=expect, **rest)


def _overriding(field: Field) -> Field:
    """The field as an exemption has it: null takes the expectation back."""
    return replace(field, kind=Nullable(kind=field.kind))


EXEMPTION = Record(
    name="exemption",
    help="Other expectations for some servers or engines; the keys of expect, null takes one back.",
    build=_build_exemption,
    check=_check_exemption,
    fields=(
        Field(
            key="server",
            attribute="servers",
            kind=OneOrMore(kind=Free()),
            help="Name or names of servers that it is for; all if left out.",
        ),
        Field(
            key="engine",
            attribute="engines",
            kind=OneOrMore(kind=WordKind(words=ENGINE_NAMES)),
            help="Name or names of engines that it is for; all if left out.",
        ),
        Field(
            key="known",
            kind=Shaped(
                pattern=r"https://\S+|measured: .+",
                expected='an https URL, or "measured: " and what was measured',
                hint='link the bug, or write "measured: Chromium 156, …" in quotes',
            ),
            help='A bug\'s URL, or "measured: Chromium 156, …": a known difference of an engine.',
        ),
        *(_overriding(field) for field in EXPECT.fields),
    ),
    also=(("anyOf", [{"required": ["server"]}, {"required": ["engine"]}]),),
)


def check_inherited(values: DecodedValues, node: Pairs, slot: Slot) -> None:
    """Report `except:` entries that can never hold with what they inherit.

    Also those that block without any word on the wire, their own or inherited.
    """
    base: Any = values.get("expect")
    entries, exemptions = node.get("except"), values.get("exemptions", ())
    if base in {None, WRONG} or exemptions is WRONG or not isinstance(entries, Items):
        return
    for entry, exemption in zip(entries.items, exemptions, strict=True):
        expect = overridden(base, exemption)
        if Outcome.BLOCKED in expect.outcome and not _has_wire(expect):
            here = slot.named("except", f"{FETCH}cors-check")
            found = "outcome: blocked without wire, preflight or exchanges"
            here.wrong(entry, "one of them here or in expect", BLOCKED_HINT, found)
        others = [other for other in exemptions if _may_meet(exemption, other)]
        for wrong in contradictions(expect):
            if not any({wrong.key, wrong.beside} & {*other.overrides} for other in others):
                _report_contradiction(wrong, entry, slot.named("except"))


def _has_wire(expect: Expectation) -> bool:
    return any(getattr(expect, name) is not None for name in ON_WIRE)


def _may_meet(entry: ExpectationOverride, other: ExpectationOverride) -> bool:
    """Whether both may hold for one cell, so that one of them may mend what the other says.

    A deployment has the name of the server that it acts as beside its own.
    """
    if other is entry:
        return False
    pairs = ((entry.servers, other.servers), (entry.engines, other.engines))
    acts_as_another = any("@" in name for name in (*entry.servers, *other.servers))
    servers, engines = (not a or not b or not {*a}.isdisjoint(b) for a, b in pairs)
    return (servers or acts_as_another) and engines
