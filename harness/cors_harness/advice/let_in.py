"""LetIn: a call that a scenario keeps out and the server let in, and by which Mistake."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from cors_harness.advice.blocked import NULL, Blocked
from cors_harness.advice.neighbourhood import NOTHING_KNOWN, Neighbourhood
from cors_harness.advice.neighbours import CallIntent, Neighbour, neighbour_at
from cors_harness.corpus.lookalikes import ATTACKS, lookalikes
from cors_harness.model.advice import Mistake
from cors_harness.model.cell import CellRecord
from cors_harness.model.scenario import Call
from cors_harness.terms.origin import is_origin, parse_origin

SHOWN = 3  # strangers that a sentence names
_UNLIKE = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """One call that was let in by CORS headers and is meant to be blocked.

    Attributes:
        call: it, as its neighbours see it.
        as_meant: the same call from a page that is meant to be let in; its page is empty where the
            run has no such page.
    """

    call: Neighbour
    as_meant: Blocked

    @property
    def strangers(self) -> tuple[str, ...]:
        """The strangers of the run that are let in, those first that are like nobody."""
        found = {*self.as_meant.neighbours.strangers_let_in, self.call.page}
        return tuple(sorted(found, key=lambda page: (self._sort(page) != _UNLIKE, page)))

    def _sort(self, page: str) -> str:
        """Which sort of lookalike a stranger is; `foreign` where it is like nobody."""
        return _sort(page, self.as_meant.neighbours.meant_pages)

    @property
    def mistake(self) -> Mistake:
        """What the server does wrong, by all the strangers of the run."""
        if self.call.grants.is_star:
            return Mistake.LETS_EVERYONE_IN
        strangers = self.strangers
        is_like_nobody = self._sort(strangers[0]) == _UNLIKE
        if is_like_nobody:
            several = len(strangers) > 1
            return Mistake.REFLECTS_ORIGIN if several else Mistake.LETS_STRANGER_IN
        is_null = strangers == (NULL,)
        return Mistake.LETS_NULL_IN if is_null else Mistake.MATCHES_TOO_MUCH

    @property
    def sentence(self) -> str:
        """The mistake as one sentence, with its full stop."""
        shown, more = ", ".join(self.strangers[:SHOWN]), len(self.strangers) - SHOWN
        who = f"{shown} and {more} more" if more > 0 else shown
        cookies = ", with cookies" if self.call.grants.credentials else ""
        match self.mistake:
            case Mistake.LETS_EVERYONE_IN:
                return (
                    f"Access-Control-Allow-Origin: * lets every page in, so also those that "
                    f"scenarios keep out: {who}."
                )
            case Mistake.REFLECTS_ORIGIN:
                return (
                    f"The server lets in whoever asks{cookies}, as it repeats the Origin; "
                    f"scenarios keep out {who}."
                )
            case Mistake.LETS_NULL_IN:
                return (
                    f"The server lets the origin null in{cookies}: {ATTACKS[NULL]}, and scenarios "
                    f"keep it out."
                )
            case Mistake.MATCHES_TOO_MUCH:
                why = "; ".join(dict.fromkeys(ATTACKS[self._sort(each)] for each in self.strangers))
                return f"The server lets in {who}{cookies}, whom scenarios keep out: {why}."
            case _:
                return f"The server lets in {who}{cookies}, whom scenarios keep out."

    @property
    def keep(self) -> str:
        """What has to be minded of the other origins, where there are lines."""
        if self.mistake is Mistake.LETS_STRANGER_IN:
            return ""
        return "Whoever else is to be let in has to stand in the list, whole, and nothing else."

    @property
    def without_lines(self) -> str:
        """What has to be done where there are no lines."""
        if not self.as_meant.page:
            return "No lines: no cell of the run says who is to be let in; name those, whole."
        origins = ", ".join(self.as_meant.neighbours.kept_pages)
        return f"Compare the whole Origin with each of these, and let in nobody else: {origins}."


@lru_cache(1024)
def _sort(page: str, pages: tuple[str, ...]) -> str:
    if page == NULL:
        return NULL
    meant = (parse_origin(each) for each in pages if is_origin(each))
    names = (each.name for origin in meant for each in lookalikes(origin) if each.page == page)
    return next((name.rstrip("-0123456789") for name in names), _UNLIKE)


def let_in_calls(
    record: CellRecord,
    made_of: frozenset[str],
    *,
    only: int | None = None,
    neighbours: Neighbourhood = NOTHING_KNOWN,
) -> Iterator[LetIn]:
    """The calls of a cell that are let in and whose page its scenario, and every other, keeps out.

    `only`: index of the one step to look at; it counts as meant to be blocked, unless a scenario of
    the run means its page to be let in.
    """
    for index in range(len(record.verdict.steps)):
        call = neighbour_at(record, index) if only in {None, index} else None
        if call is None or not call.is_let_in:
            continue
        near = neighbours.near(call.at)
        if only == index and call.intent is CallIntent.OPEN:
            call = replace(call, intent=CallIntent.BLOCKED)
            near = Neighbourhood(each for each in near.calls if not _is_left_open(each, call.page))
        if call.is_stranger and call.page not in near.welcome_pages:  # else it is not its origin
            yield LetIn(call=call, as_meant=_as_meant(record, index, made_of, near))


def _is_left_open(call: Neighbour, page: str) -> bool:
    return call.page == page and call.intent is CallIntent.OPEN


def _as_meant(
    record: CellRecord, index: int, made_of: frozenset[str], near: Neighbourhood
) -> Blocked:
    """The call from a page that is meant to be let in, for what advises on such calls."""
    return Blocked(
        page=near.meant_pages[-1] if near.meant_pages else "",
        is_on_run_port=False,
        call=Call(method=record.cell.scenario.steps[index].call.method),
        reason=None,
        wire=tuple(each for each in record.exchanges if each.step == index),
        made_of=made_of,
        neighbours=near,
    )
