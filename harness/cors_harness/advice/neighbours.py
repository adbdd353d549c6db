"""Neighbour: a call of a run, what was meant to become of it, and what its responses grant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.expectation_rules import exemptions_of, expectation_for, keeps_out
from cors_harness.model.observation import Fulfilled
from cors_harness.model.scenario import Outcome, Step
from cors_harness.model.verdict import StepResult
from cors_harness.terms.headers import get, get_all, get_list
from cors_harness.terms.modes import CredentialsMode, RequestMode
from cors_harness.terms.reasons import ReasonCode

STAR = ("*",)
# What a policy decides: a call that was blocked for another reason stays blocked with any policy.
BY_POLICY = frozenset(
    {
        *(ReasonCode.ALLOW_ORIGIN_MISSING, ReasonCode.ALLOW_ORIGIN_MISMATCH),
        *(ReasonCode.ALLOW_ORIGIN_REFUSED, ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS),
        *(ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE, ReasonCode.ALLOW_ORIGIN_MULTIPLE),
        *(ReasonCode.METHOD_NOT_ALLOWED, ReasonCode.HEADER_NOT_ALLOWED),
        *(ReasonCode.PREFLIGHT_STATUS,),
    }
)


class CallIntent(StrEnum):
    """What a scenario means to become of a call."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    EITHER = "either"  # both would do, or it is no matter of being let in, such as `opaque`
    OPEN = "open"  # nothing is said


def intent_of(cell: Cell, step: Step) -> CallIntent:
    """What a step of a cell is meant to come to."""
    if keeps_out(cell, step):
        return CallIntent.BLOCKED
    outcomes = expectation_for(step, exemptions_of(cell, step)).outcome
    if not outcomes:
        return CallIntent.OPEN
    is_allowed = Outcome.ALLOWED in outcomes and Outcome.BLOCKED not in outcomes
    return CallIntent.ALLOWED if is_allowed else CallIntent.EITHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What the CORS headers of a call's responses say, as they stand there.

    Attributes:
        origins: every value of Access-Control-Allow-Origin.
        asked: request headers that the preflight asked for, lower case; empty without one.
        max_age: of the preflight's answer; empty: it has none.
        varies: whether the last response says that it varies by Origin.
    """

    origins: tuple[str, ...] = ()
    credentials: bool = False
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: str = ""
    varies: bool = False

    @property
    def mirrors(self) -> bool:
        """Whether just the request headers are allowed that were asked for, so perhaps any."""
        return bool(self.headers) and {name.lower() for name in self.headers} == {*self.asked}

    @property
    def is_star(self) -> bool:
        """Whether they let everyone in, by `*`."""
        return self.origins == STAR


def grants_of(wire: Sequence[Exchange]) -> Grants:
    """What the responses of one call grant."""
    preflights = [each for each in wire if each.kind is ExchangeKind.PREFLIGHT]
    responses = [each.response_headers for each in wire if each.status is not None]
    return Grants(
        origins=_values(wire, "Access-Control-Allow-Origin"),
        credentials=any(get(h, "Access-Control-Allow-Credentials") == b"true" for h in responses),
        methods=_members(preflights, "Access-Control-Allow-Methods"),
        headers=_members(preflights, "Access-Control-Allow-Headers"),
        asked=tuple(
            name
            for each in preflights
            for name in get_list(each.request_headers, "Access-Control-Request-Headers")
        ),
        exposed=_members(wire, "Access-Control-Expose-Headers"),
        max_age=next(iter(_values(preflights, "Access-Control-Max-Age")), ""),
        varies=bool(responses) and _varies(responses[-1]),
    )


def _values(wire: Sequence[Exchange], name: str) -> tuple[str, ...]:
    values = (value for each in wire for value in get_all(each.response_headers, name))
    return tuple(dict.fromkeys(value.decode("latin-1") for value in values))


def _members(wire: Sequence[Exchange], name: str) -> tuple[str, ...]:
    members = (member for each in wire for member in get_list(each.response_headers, name))
    return tuple(dict.fromkeys(members))


def _varies(headers: tuple[tuple[bytes, bytes], ...]) -> bool:
    return bool({"origin", "*"} & {name.lower() for name in get_list(headers, "Vary")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One call of a run, from a page to a server of another origin, by the CORS protocol.

    Attributes:
        scenario: the id of its scenario.
        page: the `Origin` that was sent.
        at: origin of the server.
        path: of the request, without its query.
        is_let_in: whether the page got the response.
        is_kept_out_by_policy: whether it was blocked for what a policy says.
        is_stored: whether a cache may keep the response.
    """

    scenario: str
    page: str
    at: str
    path: str
    method: str
    with_credentials: bool
    intent: CallIntent
    is_let_in: bool
    is_kept_out_by_policy: bool
    grants: Grants
    is_stored: bool = False

    @property
    def is_stranger(self) -> bool:
        """Whether the scenario keeps it out."""
        return self.intent is CallIntent.BLOCKED

    @property
    def is_granted(self) -> bool:
        """Whether it is let in and nobody means it to be kept out."""
        return self.is_let_in and not self.is_stranger


def neighbours_of(record: CellRecord) -> Iterator[Neighbour]:
    """The calls of a cell that say anything about the policy of a server."""
    calls = (neighbour_at(record, index) for index in range(len(record.verdict.steps)))
    return (call for call in calls if call is not None)


def neighbour_at(record: CellRecord, index: int) -> Neighbour | None:
    """One step of a cell that ran; None where it says nothing about the policy of a server."""
    step, result = record.cell.scenario.steps[index], record.verdict.steps[index]
    wire = tuple(each for each in record.exchanges if each.step == index)
    if not _is_by_cors(step, wire):
        return None
    is_read = isinstance(record.observations[index], Fulfilled)
    return Neighbour(
        scenario=record.cell.scenario.id,
        page=_origin(wire[-1]),
        at=wire[-1].origin,
        path=wire[-1].target.partition("?")[0],
        method=step.call.method or "GET",
        with_credentials=step.call.credentials is CredentialsMode.INCLUDE,
        intent=intent_of(record.cell, step),
        is_let_in=is_read and result.outcome is Outcome.ALLOWED,
        is_kept_out_by_policy=_is_by_policy(result),
        grants=grants_of(wire),
        is_stored=_is_stored(wire[-1]),
    )


def _is_by_cors(step: Step, wire: Sequence[Exchange]) -> bool:
    """Whether one server of another origin decided, by CORS headers alone."""
    is_cors = step.call.mode in {None, RequestMode.CORS}
    origins = {each.origin for each in wire}
    return is_cors and len(origins) == 1 and _origin(wire[-1]) not in {"", *origins}


def _origin(exchange: Exchange) -> str:
    return (get(exchange.request_headers, "Origin") or b"").decode("latin-1")


def _is_by_policy(result: StepResult) -> bool:
    blocked = result.outcome is Outcome.BLOCKED
    return blocked and result.reason is not None and result.reason.code in BY_POLICY


# https://httpwg.org/specs/rfc9110.html#overview.of.status.codes: heuristically cacheable
_STORED_UNASKED = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
_TO_BE_STORED = frozenset({"public", "max-age", "s-maxage"})


def _is_stored(last: Exchange) -> bool:
    """Whether a cache may keep the response and give it to another page.

    https://www.rfc-editor.org/rfc/rfc9111#section-3
    """
    words = get_list(last.response_headers, "Cache-Control")
    names = {word.partition("=")[0].strip().lower() for word in words}
    is_said = bool(names & _TO_BE_STORED) or get(last.response_headers, "Expires") is not None
    may_be = last.status in _STORED_UNASKED or is_said
    return last.method in {"GET", "HEAD"} and may_be and "no-store" not in names
