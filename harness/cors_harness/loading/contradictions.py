"""Expectations that no run can meet: two keys of which one says that the other is never true."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cors_harness.loading.call_tables import FETCH
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.expectation_rules import PAGE_READS, can_hold
from cors_harness.model.scenario import ExchangeExpectation, Expectation, Outcome

OPAQUE = (Outcome.OPAQUE, Outcome.OPAQUE_REDIRECT)
FILTERED = f"{FETCH}concept-filtered-response"
SAME = "that both say the same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """What can never hold, in the words of a Problem.

    Attributes:
        key: of `expect`; the problem is reported there.
        beside: the key that contradicts it.
    """

    key: str
    beside: str
    found: str
    expected: str
    hint: str = ""
    rule: str = ""


def contradictions(expect: Expectation) -> Iterator[Contradiction]:
    """All of them, in the order of the keys."""
    yield from _of_wire(expect)
    for name in (*PAGE_READS, "reason"):
        if expect.outcome and not any(can_hold(expect, name, o) for o in expect.outcome):
            yield _of_outcome(expect, name)
    yield from _of_sent(expect)


def _of_outcome(expect: Expectation, name: str) -> Contradiction:
    outcome = _listed(expect.outcome) if len(expect.outcome) > 1 else expect.outcome[0]
    beside = f"beside outcome: {outcome}"
    if name == "reason":
        return Contradiction(
            key=name,
            beside="outcome",
            found=f"a reason {beside}",
            expected="it with blocked or failed only",
        )
    opaque = any(each in OPAQUE for each in expect.outcome)
    sees = "a response without status, headers and body" if opaque else "no response"
    allowed = Outcome.ALLOWED in expect.outcome
    seen = "the outcome says it" if allowed else f"with this outcome the page sees {sees}"
    return Contradiction(
        key=name,
        beside="outcome",
        found=f"{name} {beside}",
        expected="only what a page can read with it",
        hint=f"{seen}; {_instead(expect, name)}",
        rule=FILTERED if opaque or allowed else f"{FETCH}concept-network-error",
    )


def _instead(expect: Expectation, name: str) -> str:
    value: Any = getattr(expect, name)
    match name:
        case "status":
            entry = f"{{status: {value}}}"
        case "readable":
            entry = f"{{response_headers: [{', '.join(n for n, v in value if v is not None)}]}}"
        case "body":
            entry = f"{{body_bytes: {len(value.encode())}}}"
        case "url" | "redirected":
            entry = "{at: other, path: /landing}"
        case _:
            return "take it away"
    return f"what was on the wire is stated by exchanges: [{entry}], an entry for each exchange"


def _of_wire(expect: Expectation) -> Iterator[Contradiction]:
    wire, preflight, exchanges = expect.wire, expect.preflight, expect.exchanges
    if wire is not None and preflight not in {None, ExchangeKind.PREFLIGHT in wire}:
        found = f"preflight: {str(preflight).lower()} beside wire: {_listed(wire)}"
        yield Contradiction(key="wire", beside="preflight", found=found, expected=SAME)
    if exchanges is None:
        return
    kinds = _kinds(exchanges)
    found = f"exchanges: {_listed(kind or '{}' for kind in kinds)}"
    if wire is not None and not _agree(wire, kinds):
        found += f" beside wire: {_listed(wire)}"
        yield Contradiction(key="exchanges", beside="wire", found=found, expected=SAME)
    elif preflight is not None and not _may_have(kinds, preflight=preflight):
        found += f" beside preflight: {str(preflight).lower()}"
        yield Contradiction(key="exchanges", beside="preflight", found=found, expected=SAME)


def _of_sent(expect: Expectation) -> Iterator[Contradiction]:
    """Headers of an exchange that is not to be there; even "absent" is said of an exchange."""
    kinds = expect.wire if expect.exchanges is None else _kinds(expect.exchanges)
    beside = "wire" if expect.exchanges is None else "exchanges"
    if kinds is not None:
        wanted = (("sent", ExchangeKind.REQUEST), ("preflight_sent", ExchangeKind.PREFLIGHT))
        for key, kind in wanted:
            if getattr(expect, key) and not {kind, None} & {*kinds}:
                found = f"{key} beside {beside}: {_listed(kind or '{}' for kind in kinds)}"
                expected = f"a {kind} there"
                yield Contradiction(key=key, beside=beside, found=found, expected=expected)
    elif expect.preflight_sent and expect.preflight is False:
        yield Contradiction(
            key="preflight_sent",
            beside="preflight",
            found="preflight_sent beside preflight: false",
            expected="a preflight there",
        )


def _kinds(exchanges: Sequence[ExchangeExpectation]) -> tuple[ExchangeKind | None, ...]:
    """The kinds; None where an entry leaves it open."""
    return tuple(exchange.kind for exchange in exchanges)


def _agree(wire: Sequence[ExchangeKind], kinds: Sequence[ExchangeKind | None]) -> bool:
    pairs = zip(wire, kinds, strict=False)
    return len(wire) == len(kinds) and all(kind in {None, of_wire} for of_wire, kind in pairs)


def _may_have(kinds: Sequence[ExchangeKind | None], *, preflight: bool) -> bool:
    if preflight:
        return bool({ExchangeKind.PREFLIGHT, None} & {*kinds})
    return ExchangeKind.PREFLIGHT not in kinds


def _listed(words: Iterable[str]) -> str:
    return f"[{', '.join(words)}]"
