"""Rules: what has changed from one step's facts to another's, and of which class it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cors_harness.changes.max_age import remembered_s
from cors_harness.changes.wording import NONE, call, differences, title, values
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts, StepFacts
from cors_harness.model.change import ChangeClass
from cors_harness.model.scenario import Outcome

MAX_AGE = "access-control-max-age"
# https://fetch.spec.whatwg.org/#redirect-status
REDIRECTS = frozenset({301, 302, 303, 307, 308})
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
# How much the page gets: nothing, a response that it cannot look into, the response.
_GETS = {Outcome.ALLOWED: 2, Outcome.OPAQUE: 1, Outcome.OPAQUE_REDIRECT: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One change of one step in one engine.

    Attributes:
        headline: what it means, in words that are the same in engines that agree.
        because: what the engine said, which may differ between engines that agree.
        wire: what differs on the wire.
    """

    class_: ChangeClass
    facet: str
    headline: str
    because: str = ""
    wire: str = ""


def gets(step: StepFacts) -> int:
    """How much the page gets, to be compared with another's."""
    return _GETS.get(step.outcome, 0)


def changes_between(
    before: StepFacts, after: StepFacts, *, engine: str, origin: str
) -> Iterator[Found]:
    """Every change but cosmetic ones; the table is in `changes.compare`."""
    pair = _Pair(before=before, after=after, engine=engine, origin=origin)
    found = pair.outcome()
    found += tuple(each for each in pair.reached() if each.class_ not in _classes(found))
    yield from found
    yield from pair.credentials(_classes(found))
    yield from pair.readable()
    yield from pair.preflights()
    yield from pair.max_age()


def cosmetic_between(before: StepFacts, after: StepFacts) -> tuple[Found, ...]:
    """Whatever is recorded otherwise, one for each facet; at least one where anything is."""
    by_facet: dict[str, list[str]] = {}
    for each in differences(before, after):
        by_facet.setdefault(each.facet, []).append(each.text)
    found = [_cosmetic(facet, "; ".join(texts)) for facet, texts in by_facet.items()]
    if before.outcome is not after.outcome:
        found.append(_cosmetic("outcome", f"{result(before)} -> {result(after)}"))
    elif before.reason is not after.reason:
        text = f"{before.outcome} for another reason: {before.reason} -> {after.reason}"
        found.append(_cosmetic("reason", text))
    if before.readable != after.readable:
        had, has = (", ".join(map(title, step.readable)) or NONE for step in (before, after))
        found.append(_cosmetic("response headers read", f"page reads {had} -> {has}"))
    if before.status != after.status and "status" not in by_facet:
        had, has = (str(step.status or NONE) for step in (before, after))
        found.append(_cosmetic("status", f"page reads status {had} -> {has}"))
    if not found and before != after:
        found.append(_cosmetic("requests", "the same requests in another order"))
    return tuple(found)


def step_alone(step: StepFacts, origin: str, *, new: bool) -> Found:
    """A step that only one side has: nothing can be compared, and nothing was accepted."""
    words = (
        f"{'now also' if new else 'no longer'} asked: {call(step)} from {origin}, {result(step)}"
    )
    if not gets(step):
        class_ = ChangeClass.COSMETIC
    else:
        class_ = ChangeClass.WIDENED if new else ChangeClass.NARROWED
    return Found(class_=class_, facet="steps", headline=words)


def result(step: StepFacts) -> str:
    """`allowed`, `blocked: allow-origin-missing`."""
    return f"{step.outcome}: {step.reason}" if step.reason else str(step.outcome)


def _cosmetic(facet: str, text: str) -> Found:
    return Found(class_=ChangeClass.COSMETIC, facet=facet, headline=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    before: StepFacts
    after: StepFacts
    engine: str
    origin: str

    @property
    def call(self) -> str:
        return call(self.after, self.before)

    def wire(self, *facets: str) -> str:
        """What differs in `facets`; where nothing does, in all that has no change of its own."""
        found = differences(self.before, self.after)
        wanted = [each.text for each in found if each.facet in facets]
        rest = [each.text for each in found if each.facet not in {MAX_AGE, "credentials"}]
        return "; ".join(wanted or rest)

    def outcome(self) -> tuple[Found, ...]:
        had, has = gets(self.before), gets(self.after)
        if had == has:
            return ()
        wider = has > had
        verb = "read" if 2 in {had, has} else "get an opaque response to"
        return (
            Found(
                class_=_direction(wider=wider),
                facet="response readable" if verb == "read" else "response opaque",
                headline=f"{self.origin} can {_now(wider=wider)} {verb} {self.call}",
                because=f"was {result(self.before)}" if wider else f"now {result(self.after)}",
                wire=self.wire(),
            ),
        )

    def reached(self) -> Iterator[Found]:
        had, has = _requests(self.before), _requests(self.after)
        for wider, step, more in (
            (True, self.before, has > had),
            (False, self.after, had > has),
        ):
            if more and _is_stopped(step):
                yield Found(
                    class_=_direction(wider=wider),
                    facet="request sent",
                    headline=f"{self.call} from {self.origin} {_now(wider=wider)}"
                    " reaches the server, unreadable as its response is",
                    because=f"{'was' if wider else 'now'} stopped: {step.reason or step.outcome}",
                    wire=self.wire(),
                )

    def credentials(self, directions: set[ChangeClass]) -> Iterator[Found]:
        had, has = _credentialed(self.before), _credentialed(self.after)
        for wider, places, asked in (
            (True, has - had, _places(self.before)),
            (False, had - has, _places(self.after)),
        ):
            class_ = _direction(wider=wider)
            # Where the request itself is new, its being there says it all.
            if any(place in asked or class_ not in directions for place in places):
                yield Found(
                    class_=class_,
                    facet="credentials sent",
                    headline=f"{self.call} from {self.origin} {_now(wider=wider)}"
                    " carries credentials",
                    wire=self.wire(),
                )

    def readable(self) -> Iterator[Found]:
        if gets(self.before) != 2 or gets(self.after) != 2:
            return
        had, has = (set(step.readable) - SAFELISTED for step in (self.before, self.after))
        for wider, names in ((True, has - had), (False, had - has)):
            if names:
                yield Found(
                    class_=_direction(wider=wider),
                    facet="response headers readable",
                    headline=f"{self.origin} can {_now(wider=wider)} read"
                    f" {', '.join(map(title, sorted(names)))} of {self.call}",
                    wire=self.wire("access-control-expose-headers"),
                )

    def preflights(self) -> Iterator[Found]:
        if _is_stopped(self.before) or _is_stopped(self.after):
            return
        had, has = _preflights(self.before), _preflights(self.after)
        if had != has:
            more = has > had
            yield Found(
                class_=ChangeClass.COSTLIER if more else ChangeClass.CHEAPER,
                facet=f"preflight {'added' if more else 'gone'}",
                headline=f"{self.call} from {self.origin} now takes {_number(has)}"
                f" instead of {_number(had)}",
                wire=self.wire(),
            )

    def max_age(self) -> Iterator[Found]:
        passed = zip(_passed(self.before), _passed(self.after), strict=False)
        for had, has in passed:
            before, after = (
                remembered_s(self.engine, values(each.answers, MAX_AGE)) for each in (had, has)
            )
            if before != after:
                yield self._remembered(before, after)
                return

    def _remembered(self, before: int, after: int) -> Found:
        return Found(
            class_=ChangeClass.COSTLIER if after < before else ChangeClass.CHEAPER,
            facet=MAX_AGE,
            headline=f"preflight remembered for {after} s instead of {before} s",
            because=self.wire(MAX_AGE),
        )


def _classes(found: Iterable[Found]) -> set[ChangeClass]:
    return {each.class_ for each in found}


def _direction(*, wider: bool) -> ChangeClass:
    return ChangeClass.WIDENED if wider else ChangeClass.NARROWED


def _now(*, wider: bool) -> str:
    return "now" if wider else "no longer"


def _number(preflights: int) -> str:
    return {0: "no preflight", 1: "one preflight"}.get(preflights, f"{preflights} preflights")


def _is_stopped(step: StepFacts) -> bool:
    """Whether the browser went no further: sent nothing, or nothing after preflight or redirect."""
    if gets(step):
        return False
    last = step.wire[-1] if step.wire else None
    return last is None or last.kind is ExchangeKind.PREFLIGHT or last.status in REDIRECTS


def _requests(step: StepFacts) -> int:
    return sum(each.kind is ExchangeKind.REQUEST for each in step.wire)


def _preflights(step: StepFacts) -> int:
    return len(step.wire) - _requests(step)


def _passed(step: StepFacts) -> Iterator[ExchangeFacts]:
    """The preflights that a request came after."""
    for each, following in zip(step.wire, step.wire[1:], strict=False):
        if each.kind is ExchangeKind.PREFLIGHT and following.kind is ExchangeKind.REQUEST:
            yield each


def _places(step: StepFacts) -> set[str]:
    return {each.at for each in step.wire if each.kind is ExchangeKind.REQUEST}


def _credentialed(step: StepFacts) -> set[str]:
    return {e.at for e in step.wire if e.kind is ExchangeKind.REQUEST and e.credentialed}
