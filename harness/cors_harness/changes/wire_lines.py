"""WireLine: one thing that differs on the wire or for the page between two runs of a step.

Lines say the same for changes of the same kind: a value that is the page's own origin stands as
PAGE_ORIGIN, and what a request that was not sent before was answered is not part of a line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cors_harness.changes.alignment import aligned
from cors_harness.model.baseline import ExchangeFacts, Pairs, StepFacts
from cors_harness.model.scenario import Outcome

PAGE_ORIGIN = "the page's origin"
MISSING, EMPTY, NOT_SENT, SENT, NOT_ASKED = "missing", "(empty)", "not sent", "sent", "not asked"
# Differences in other headers come along with these and do not tell changes apart.
DECIDING = ("status", "sent", "credentials", "method", "location", "result", "reads")
NO_REASON = "none"
LOOKED_AT_FIRST = ("access-control-allow-credentials", "access-control-allow-origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLine:
    """One difference.

    Attributes:
        place: `preflight`, `request` (`request at other` for another server) or `page`.
        what: `status`, `sent`, the name of a header, `reads NAME` for what page code can read...
    """

    place: str
    what: str
    before: str
    after: str

    @property
    def is_deciding(self) -> bool:
        """Whether it tells one kind of change from another."""
        word = self.what.partition(" ")[0]
        return word in DECIDING or word.startswith("access-control-")


def wire_lines(
    before: StepFacts | None, after: StepFacts | None, origin: str
) -> tuple[WireLine, ...]:
    """Every difference, in wire order, those of the page last; `origin` is the page's.

    A step that only one side has is one line.
    """
    if before is None or after is None:
        had, has = (NOT_ASKED if step is None else step.outcome.value for step in (before, after))
        return (WireLine(place="page", what="result", before=had, after=has),)
    return (*_exchanges(before.wire, after.wire, origin), *_page(before, after))


def _exchanges(
    before: Sequence[ExchangeFacts], after: Sequence[ExchangeFacts], origin: str
) -> Iterator[WireLine]:
    for one, other in aligned(before, after):
        if one and other:
            yield from _exchange(one, other, origin)
        elif one:
            yield WireLine(place=_place(one), what="sent", before=SENT, after=NOT_SENT)
        elif other:
            yield WireLine(place=_place(other), what="sent", before=NOT_SENT, after=SENT)


def _place(each: ExchangeFacts) -> str:
    return each.kind.value if each.at == "server" else f"{each.kind.value} at {each.at}"


def _exchange(before: ExchangeFacts, after: ExchangeFacts, origin: str) -> Iterator[WireLine]:
    differing = (
        ("method", before.method, after.method),
        ("target", before.target, after.target),
        ("credentials", _sent(before.credentialed), _sent(after.credentialed)),
        *_headers(before.asks, after.asks, origin),
        ("status", _status(before), _status(after)),
        *_headers(before.answers, after.answers, origin),
    )
    for what, had, has in differing:
        if had != has:
            yield WireLine(place=_place(after), what=what, before=had, after=has)


def _sent(credentialed: bool) -> str:  # noqa: FBT001 - a fact
    return SENT if credentialed else NOT_SENT


def _status(each: ExchangeFacts) -> str:
    return "no response" if each.status is None else str(each.status)


def _headers(before: Pairs, after: Pairs, origin: str) -> Iterator[tuple[str, str, str]]:
    """(name, before, after) of every header, in lower case, what browsers look at first first."""
    names = {name.lower() for name, _ in (*before, *after)}
    for name in sorted(names, key=lambda name: (name not in LOOKED_AT_FIRST, name)):
        yield name, _value(before, name, origin), _value(after, name, origin)


def _value(pairs: Pairs, name: str, origin: str) -> str:
    values = [value for each, value in pairs if each.lower() == name]
    shown = [PAGE_ORIGIN if value == origin else value or EMPTY for value in values]
    times = f" ({len(shown)} headers)" if len(shown) > 1 else ""
    return (", ".join(shown) or MISSING) + times


def _page(before: StepFacts, after: StepFacts) -> Iterator[WireLine]:
    differing = (
        ("result", before.outcome.value, after.outcome.value),
        ("reason", before.reason or NO_REASON, after.reason or NO_REASON),
    )
    for what, had, has in differing:
        if had != has:
            yield WireLine(place="page", what=what, before=had, after=has)
    if before.outcome is after.outcome is Outcome.ALLOWED:
        for name in sorted({*before.readable} ^ {*after.readable}):
            had, has = ("yes" if name in each.readable else "no" for each in (before, after))
            yield WireLine(place="page", what=f"reads {name}", before=had, after=has)
