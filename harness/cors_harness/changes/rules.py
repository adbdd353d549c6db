"""Rules: what has changed from one step's facts to another's, and of which class it is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cors_harness.changes.max_age import remembered_s
from cors_harness.changes.steps import (
    credentials_gained,
    gets,
    is_stopped,
    methods_gained,
    passed,
    places,
    preflights,
    requests,
    result,
)
from cors_harness.changes.wording import call, differences, title, values
from cors_harness.model.baseline import StepFacts
from cors_harness.model.change import ChangeClass

MAX_AGE = "access-control-max-age"
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


def changes_between(
    before: StepFacts, after: StepFacts, *, engine: str, origin: str
) -> Iterator[Found]:
    """Every change but cosmetic ones; the table is in `changes.compare`."""
    pair = _Pair(before=before, after=after, engine=engine, origin=origin)
    found = pair.outcome()
    found += tuple(each for each in pair.reached() if each.class_ not in _classes(found))
    found += tuple(pair.credentials(_classes(found)))
    found += tuple(pair.methods(_classes(found)))
    yield from found
    yield from pair.readable()
    yield from pair.preflights()
    yield from pair.max_age()


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
        had, has = requests(self.before), requests(self.after)
        for wider, step, more in (
            (True, self.before, has > had),
            (False, self.after, had > has),
        ):
            if more and is_stopped(step):
                yield Found(
                    class_=_direction(wider=wider),
                    facet="request sent",
                    headline=f"{self.call} from {self.origin} {_now(wider=wider)}"
                    " reaches the server, unreadable as its response is",
                    because=f"{'was' if wider else 'now'} stopped: {step.reason or step.outcome}",
                    wire=self.wire(),
                )

    def credentials(self, directions: set[ChangeClass]) -> Iterator[Found]:
        for wider, one, other in (
            (True, self.before, self.after),
            (False, self.after, self.before),
        ):
            there, asked = credentials_gained(one, other), places(one)
            class_ = _direction(wider=wider)
            # Where the request itself is new, its being there says it all.
            if any(place in asked or class_ not in directions for place in there):
                yield Found(
                    class_=class_,
                    facet="credentials sent",
                    headline=f"{self.call} from {self.origin} {_now(wider=wider)}"
                    " carries credentials",
                    wire=self.wire(),
                )

    def methods(self, directions: set[ChangeClass]) -> Iterator[Found]:
        for wider, one, other in (
            (True, self.before, self.after),
            (False, self.after, self.before),
        ):
            gained, class_ = methods_gained(one, other), _direction(wider=wider)
            # Where the response, the request or credentials on it are new, that says it all.
            if gained and class_ not in directions:
                yield Found(
                    class_=class_,
                    facet="method sent",
                    headline=f"{self.call} from {self.origin} {_now(wider=wider)}"
                    f" sends {' and '.join(_sent(*each) for each in sorted(gained))}",
                    wire=self.wire("requests"),
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
        if is_stopped(self.before) or is_stopped(self.after):
            return
        had, has = preflights(self.before), preflights(self.after)
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
        for had, has in zip(passed(self.before), passed(self.after), strict=False):
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


def _sent(at: str, method: str) -> str:
    return f"{method} to {at}"
