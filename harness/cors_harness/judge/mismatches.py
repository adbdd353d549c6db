"""compare(): every field of an Expectation that a step did not meet, as Mismatches."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled, Observation
from cors_harness.model.scenario import Expectation, HeaderExpectation, Outcome
from cors_harness.model.verdict import Mismatch, Reason
from cors_harness.terms.headers import HeaderList, get_all
from cors_harness.terms.token import TOKEN_IN_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStep:
    """All that is known of one step that ran; `exchanges` in wire order."""

    outcome: Outcome
    reason: Reason | None
    observation: Observation
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class _Pairing:
    """One field, expected and found, as a reader sees them; None of `met`: compare the texts."""

    field: str
    expected: str
    found: str
    met: bool | None = None

    def holds(self) -> bool:
        return self.expected == self.found if self.met is None else self.met


def compare(
    expect: Expectation, facts: JudgedStep, *, spec: str, prefix: str = ""
) -> tuple[Mismatch, ...]:
    """One Mismatch for each asserted field that is not met.

    Field names are those of the YAML, headers as `sent.Origin`; `prefix` stands before them.
    """
    return tuple(
        Mismatch(field=prefix + p.field, expected=p.expected, found=p.found, spec=spec)
        for p in _pairs(expect, facts)
        if not p.holds()
    )


def _pairs(expect: Expectation, facts: JudgedStep) -> Iterator[_Pairing]:
    yield from _outcome(expect, facts)
    yield from _wire(expect, facts.exchanges)
    yield from _page(expect, facts.observation)
    yield from _readable(expect.readable, facts.observation)
    requests = _of_kind(facts.exchanges, ExchangeKind.REQUEST)
    yield from _sent("sent", expect.sent, requests[-1:])
    preflights = _of_kind(facts.exchanges, ExchangeKind.PREFLIGHT)
    yield from _sent("preflight_sent", expect.preflight_sent, preflights[:1])


def _outcome(expect: Expectation, facts: JudgedStep) -> Iterator[_Pairing]:
    if expect.outcome is not None:
        yield _Pairing("outcome", expect.outcome.value, facts.outcome.value)
    if expect.reason:
        found = facts.reason.code.value if facts.reason else "none"
        yield _Pairing("reason", " or ".join(expect.reason), found, found in expect.reason)


def _wire(expect: Expectation, exchanges: tuple[Exchange, ...]) -> Iterator[_Pairing]:
    kinds = tuple(e.kind for e in exchanges)
    if expect.preflight is not None:
        found = ExchangeKind.PREFLIGHT in kinds
        yield _Pairing("preflight", _yes_no(value=expect.preflight), _yes_no(value=found))
    if expect.wire is not None:
        yield _Pairing("wire", _kinds(expect.wire), _kinds(kinds))


def _page(expect: Expectation, observation: Observation) -> Iterator[_Pairing]:
    """The scalars that page code reads off the response."""
    response = observation if isinstance(observation, Fulfilled) else None
    for field in ("status", "response_type", "redirected", "url", "body"):
        expected = getattr(expect, field)
        if expected is not None:
            yield _Pairing(field, _text(expected), _found(response, field))


def _found(response: Fulfilled | None, field: str) -> str:
    if response is None:
        return "no response"
    value = getattr(response, field)
    return f"unreadable: {response.body_error or 'no text'}" if value is None else _text(value)


def _readable(expected: HeaderExpectation, observation: Observation) -> Iterator[_Pairing]:
    headers = observation.headers if isinstance(observation, Fulfilled) else ()
    for name, value in expected:
        values = [text for key, text in headers if key.lower() == name.lower()]
        found = ", ".join(values) if values else None
        yield _header(f"readable.{name}", value, found, "not readable")


def _sent(
    field: str, expected: HeaderExpectation, chosen: Sequence[Exchange]
) -> Iterator[_Pairing]:
    """Without a request even "must be absent" is not met: nothing proves it."""
    for name, value in expected:
        if not chosen:
            kind = "preflight" if field == "preflight_sent" else "request"
            shown = "absent" if value is None else value
            yield _Pairing(f"{field}.{name}", shown, f"no {kind} on the wire", met=False)
            continue
        is_cookie = name.lower() == "cookie"
        found = _value(chosen[0].request_headers, name, b"; " if is_cookie else b", ")
        met = _has_cookies(value, found, chosen[0]) if is_cookie else value == found
        yield _header(f"{field}.{name}", value, found, "absent", met=met)


def _value(headers: HeaderList, name: str, between: bytes) -> str | None:
    """Of several Cookie headers, as HTTP/2 may have them, one (RFC 9113, 8.2.3)."""
    values = get_all(headers, name)
    return between.join(values).decode("latin-1") if values else None


def _header(
    field: str, expected: str | None, found: str | None, absent: str, *, met: bool | None = None
) -> _Pairing:
    shown = [absent if text is None else text for text in (expected, found)]
    return _Pairing(field, shown[0], shown[1], expected == found if met is None else met)


def _has_cookies(expected: str | None, found: str | None, exchange: Exchange) -> bool:
    """Whether every expected pair is among those sent, or none of the cell's own where none may be.

    Cells of one page share a cookie jar: other cells' cookies come along and mean nothing. A cell
    names its own by its token.
    """
    sent = _cookies(found or "")
    if expected is not None:
        return _cookies(expected) <= sent
    own = TOKEN_IN_URL.search(exchange.target)
    if own is None:
        return not found
    # `p.1` is not to be found in another cell's `p.12`.
    named = re.compile(rf"(?<![0-9A-Za-z.]){re.escape(own[1])}(?![0-9A-Za-z.])")
    return not any(named.search(cookie) for cookie in sent)


def _cookies(header: str) -> frozenset[str]:
    return frozenset(pair.strip() for pair in header.split(";"))


def _of_kind(exchanges: tuple[Exchange, ...], kind: ExchangeKind) -> tuple[Exchange, ...]:
    return tuple(e for e in exchanges if e.kind is kind)


def _kinds(kinds: Sequence[ExchangeKind]) -> str:
    return ", ".join(kind.value for kind in kinds) or "nothing"


def _yes_no(*, value: bool) -> str:
    return "true" if value else "false"


def _text(value: object) -> str:
    return _yes_no(value=value) if isinstance(value, bool) else str(value)
