"""Rules: what has changed from one step's facts to another's, and of which class it is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cors_harness.changes.sent_requests import (
    credentials_gained,
    is_carried_out,
    methods_gained,
    newly_carried_out,
    passed,
    places,
    preflights,
    requests,
)
from cors_harness.changes.wire_diff import (
    call,
    differences_once,
    facet_of,
    title,
    values,
)
from cors_harness.engine_kinds.table import kind_of
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import StepFacts
from cors_harness.model.change import ChangeClass, Facet, FacetKind, WireDifference
from cors_harness.model.scenario import Outcome
from cors_harness.terms.headers import REDIRECT_STATUSES, is_ok

# How much the page gets: nothing, a response that it cannot look into, the response.
_GETS = {Outcome.ALLOWED: 2, Outcome.OPAQUE: 1, Outcome.OPAQUE_REDIRECT: 1}


def gets(step: StepFacts) -> int:
    """How much the page gets, to be compared with another's."""
    return _GETS.get(step.outcome, 0)


def result(step: StepFacts) -> str:
    """`allowed`, `blocked: allow-origin-missing`."""
    return f"{step.outcome}: {step.reason}" if step.reason else str(step.outcome)


def is_stopped(step: StepFacts) -> bool:
    """Whether the browser went no further: sent nothing, or nothing after preflight or redirect."""
    if gets(step):
        return False
    last = step.wire[-1] if step.wire else None
    return last is None or last.kind is ExchangeKind.PREFLIGHT or last.status in REDIRECT_STATUSES


MAX_AGE = "access-control-max-age"
MAX_AGE_FACET = Facet(kind=FacetKind.RESPONSE_HEADER, header=MAX_AGE)
EXPOSE_FACET = Facet(kind=FacetKind.RESPONSE_HEADER, header="access-control-expose-headers")
READABLE = Facet(kind=FacetKind.RESPONSE_READABLE)
OPAQUE = Facet(kind=FacetKind.RESPONSE_OPAQUE)
OUTCOME = Facet(kind=FacetKind.OUTCOME)
STATUS = Facet(kind=FacetKind.STATUS)
REQUESTS = Facet(kind=FacetKind.REQUESTS)
CREDENTIALS = Facet(kind=FacetKind.CREDENTIALS)
# https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name : read whatever is exposed.
SAFELISTED = frozenset(
    {
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """One change of one step in one engine.

    Attributes:
        headline: what it means, the same in engines that agree; empty where `wire` says it all.
        because: what the engine said, which may differ between engines that agree.
        wire: what differs on the wire.
    """

    class_: ChangeClass
    facet: Facet
    headline: str
    because: str = ""
    wire: tuple[WireDifference, ...] = ()


def changes_between(
    before: StepFacts, after: StepFacts, *, engine: str, origin: str
) -> Iterator[StepChange]:
    """Every change but cosmetic ones; the table is in `changes.compare`."""
    pair = _StepPair(before=before, after=after, engine=engine, origin=origin)
    changes = pair.outcome()
    changes += tuple(change for change in pair.reached() if change.class_ not in _classes(changes))
    said = _classes(change for change in changes if change.facet != OPAQUE)
    changes += tuple(change for change in pair.carried_out() if change.class_ not in said)
    changes += tuple(pair.credentials(_classes(changes)))
    changes += tuple(pair.methods(_classes(changes)))
    yield from changes
    yield from pair.readable()
    yield from pair.preflights()
    yield from pair.max_age()


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepPair:
    before: StepFacts
    after: StepFacts
    engine: str
    origin: str

    @property
    def call(self) -> str:
        return call(self.after, self.before)

    def wire(self, *facets: Facet) -> tuple[WireDifference, ...]:
        """What differs in `facets`; where nothing does, in all that has no change of its own."""
        differences = differences_once(self.before, self.after)
        by_facet = [(facet_of(difference), difference) for difference in differences]
        about = tuple(difference for facet, difference in by_facet if facet in facets)
        own_change = {MAX_AGE_FACET, CREDENTIALS}
        return about or tuple(
            difference for facet, difference in by_facet if facet not in own_change
        )

    def outcome(self) -> tuple[StepChange, ...]:
        got_before, got_after = gets(self.before), gets(self.after)
        if got_before == got_after:
            return ()
        wider = got_after > got_before
        verb = "read" if 2 in {got_before, got_after} else "get an opaque response to"
        return (
            StepChange(
                class_=_direction(wider=wider),
                facet=Facet(
                    kind=FacetKind.RESPONSE_READABLE
                    if verb == "read"
                    else FacetKind.RESPONSE_OPAQUE
                ),
                headline=f"{self.origin} can {_now(wider=wider)} {verb} {self.call}",
                because=f"was {result(self.before)}" if wider else f"now {result(self.after)}",
                wire=self.wire(),
            ),
        )

    def reached(self) -> Iterator[StepChange]:
        sent_before, sent_after = requests(self.before), requests(self.after)
        for wider, step, more in (
            (True, self.before, sent_after > sent_before),
            (False, self.after, sent_before > sent_after),
        ):
            if more and is_stopped(step):
                yield StepChange(
                    class_=_direction(wider=wider),
                    facet=Facet(kind=FacetKind.REQUEST_SENT),
                    headline=f"{self.call} from {self.origin} {_now(wider=wider)}"
                    " reaches the server, unreadable as its response is",
                    because=f"{'was' if wider else 'now'} stopped: {step.reason or step.outcome}",
                    wire=self.wire(),
                )

    def carried_out(self) -> Iterator[StepChange]:
        if gets(self.before) == gets(self.after) == 2:
            return  # CORS lets the page in: what the app then answers is the app's
        for wider, one, other in (
            (True, self.before, self.after),
            (False, self.after, self.before),
        ):
            if exchanges := newly_carried_out(one, other):
                refused, done = exchanges
                credentials = " with credentials" if done.with_credentials else ""
                yield StepChange(
                    class_=_direction(wider=wider),
                    facet=Facet(kind=FacetKind.CARRIED_OUT),
                    headline=f"{self.call} from {self.origin} is {_now(wider=wider)} carried out"
                    f"{credentials}, unreadable as its response is",
                    because=f"{'was' if wider else 'now'} refused: {refused.status}"
                    + ("" if is_ok(done.status) else f", {done.status} counts as carried out"),
                    wire=self.wire(),
                )

    def credentials(self, directions: set[ChangeClass]) -> Iterator[StepChange]:
        for wider, one, other in (
            (True, self.before, self.after),
            (False, self.after, self.before),
        ):
            there, asked = credentials_gained(one, other), places(one)
            class_ = _direction(wider=wider)
            # Where the request itself is new, its being there says it all.
            if any(place in asked or class_ not in directions for place in there):
                yield StepChange(
                    class_=class_,
                    facet=Facet(kind=FacetKind.CREDENTIALS_SENT),
                    headline=f"{self.call} from {self.origin} {_now(wider=wider)}"
                    " carries credentials",
                    wire=self.wire(),
                )

    def methods(self, directions: set[ChangeClass]) -> Iterator[StepChange]:
        for wider, one, other in (
            (True, self.before, self.after),
            (False, self.after, self.before),
        ):
            gained, class_ = methods_gained(one, other), _direction(wider=wider)
            # Where the response, the request or credentials on it are new, that says it all.
            if gained and class_ not in directions:
                yield StepChange(
                    class_=class_,
                    facet=Facet(kind=FacetKind.METHOD_SENT),
                    headline=f"{self.call} from {self.origin} {_now(wider=wider)}"
                    f" sends {' and '.join(_sent(*sent) for sent in sorted(gained))}",
                    wire=self.wire(REQUESTS),
                )

    def readable(self) -> Iterator[StepChange]:
        if gets(self.before) != 2 or gets(self.after) != 2:
            return
        names_before, names_after = (
            set(step.readable) - SAFELISTED for step in (self.before, self.after)
        )
        for wider, names in (
            (True, names_after - names_before),
            (False, names_before - names_after),
        ):
            if names:
                yield StepChange(
                    class_=_direction(wider=wider),
                    facet=Facet(kind=FacetKind.HEADERS_READABLE),
                    headline=f"{self.origin} can {_now(wider=wider)} read"
                    f" {', '.join(map(title, sorted(names)))} of {self.call}",
                    wire=self.wire(EXPOSE_FACET),
                )

    def preflights(self) -> Iterator[StepChange]:
        if is_stopped(self.before) or is_stopped(self.after):
            return
        number_before, number_after = preflights(self.before), preflights(self.after)
        if number_before != number_after:
            more = number_after > number_before
            yield StepChange(
                class_=ChangeClass.COSTLIER if more else ChangeClass.CHEAPER,
                facet=Facet(kind=FacetKind.PREFLIGHT_ADDED if more else FacetKind.PREFLIGHT_GONE),
                headline=f"{self.call} from {self.origin} now takes {_number(number_after)}"
                f" instead of {_number(number_before)}",
                wire=self.wire(),
            )

    def max_age(self) -> Iterator[StepChange]:
        for pair in zip(passed(self.before), passed(self.after), strict=False):
            before, after = (
                remembered_s(self.engine, values(preflight.response_headers, MAX_AGE))
                for preflight in pair
            )
            if before != after:
                yield self._remembered(before, after)
                return

    def _remembered(self, before: int, after: int) -> StepChange:
        return StepChange(
            class_=ChangeClass.COSTLIER if after < before else ChangeClass.CHEAPER,
            facet=MAX_AGE_FACET,
            headline=f"preflight remembered for {after} s instead of {before} s",
            wire=self.wire(MAX_AGE_FACET),
        )


# https://fetch.spec.whatwg.org/#cors-preflight-fetch :
# "If extracting fails, then set max-age to 5",
# "If max-age is greater than an imposed limit on max-age, then set max-age to the imposed limit".
# The limits are declared in the engines' sources (nobody waits for two hours), which `engine_kinds`
# names. What engines make of values that are no delta-seconds is measured:
# scenarios/verbatim-cache.yaml.
DEFAULT_S = 5
_SIGNED = re.compile(r"[+-]?[0-9]+")
_DIGITS = re.compile(r"[0-9]+")


def remembered_s(engine: str, values: tuple[str, ...]) -> int:
    """Seconds that an engine remembers a preflight; 0 where every call has one of its own.

    Args:
        engine: its name; one that nobody knows is taken to have no limit.
        values: of Access-Control-Max-Age, one for each time it was sent; none where it is absent.
    """
    value = ", ".join(values).strip(" \t")
    if not value:
        return DEFAULT_S
    kind = kind_of(engine)
    cache = kind.preflight_cache if kind else None
    if cache and cache.digits_only and not _DIGITS.fullmatch(value):
        return 0
    if not _SIGNED.fullmatch(value):
        return DEFAULT_S
    # A number of 5,000 digits is one that Python does not read.
    seconds = int(value[:20])
    return max(0, min(seconds, cache.cap_s if cache else seconds))


def _classes(changes: Iterable[StepChange]) -> set[ChangeClass]:
    return {change.class_ for change in changes}


def _direction(*, wider: bool) -> ChangeClass:
    return ChangeClass.WIDENED if wider else ChangeClass.NARROWED


def _now(*, wider: bool) -> str:
    return "now" if wider else "no longer"


def _number(preflights: int) -> str:
    return {0: "no preflight", 1: "one preflight"}.get(preflights, f"{preflights} preflights")


def _sent(role: str, method: str) -> str:
    return f"{method} to {role}"


def cosmetic_between(before: StepFacts, after: StepFacts) -> tuple[StepChange, ...]:
    """Whatever is recorded otherwise, one for each facet; at least one where anything is."""
    by_facet: dict[Facet, tuple[WireDifference, ...]] = {}
    for difference in differences_once(before, after):
        facet = facet_of(difference)
        by_facet[facet] = (*by_facet.get(facet, ()), difference)
    changes = [_cosmetic(facet, "", wire) for facet, wire in by_facet.items()]
    if before.outcome is not after.outcome:
        changes.append(_cosmetic(OUTCOME, f"{result(before)} -> {result(after)}"))
    elif before.reason is not after.reason:
        text = f"{before.outcome} for another reason: {before.reason} -> {after.reason}"
        changes.append(_cosmetic(Facet(kind=FacetKind.REASON), text))
    if before.readable != after.readable:
        old, new = (", ".join(map(title, step.readable)) or "nothing" for step in (before, after))
        changes.append(_cosmetic(Facet(kind=FacetKind.HEADERS_READ), f"page reads {old} -> {new}"))
    if before.status != after.status and STATUS not in by_facet:
        old, new = (str(step.status or "none") for step in (before, after))
        changes.append(_cosmetic(STATUS, f"page reads status {old} -> {new}"))
    if not changes and before != after:
        changes.append(_cosmetic(REQUESTS, "the same requests in another order"))
    return tuple(changes)


def step_alone(step: StepFacts, origin: str, *, new: bool) -> StepChange:
    """A step that only one side has: nothing can be compared, and nothing was accepted."""
    done = is_carried_out(step)
    headline = (
        f"{'now also' if new else 'no longer'} asked: {call(step)} from {origin}, {result(step)}"
        f"{', and carried out' if done and not gets(step) else ''}"
    )
    if not gets(step) and not done:
        class_ = ChangeClass.COSMETIC
    else:
        class_ = ChangeClass.WIDENED if new else ChangeClass.NARROWED
    return StepChange(class_=class_, facet=Facet(kind=FacetKind.STEPS), headline=headline)


def _cosmetic(facet: Facet, headline: str, wire: tuple[WireDifference, ...] = ()) -> StepChange:
    return StepChange(class_=ChangeClass.COSMETIC, facet=facet, headline=headline, wire=wire)
