"""LetIn: a call that a scenario keeps out and the server let in, and by which Mistake."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from cors_harness.advice.blocked import NULL, Blocked
from cors_harness.advice.neighbours import CallIntent, Neighbour, neighbour_at
from cors_harness.corpus.lookalikes import ATTACKS, lookalikes
from cors_harness.model.advice import Mistake
from cors_harness.model.cell import CellRecord
from cors_harness.model.scenario import Call
from cors_harness.terms.origin import is_origin, parse_origin

SHOWN = 3  # strangers that a sentence names
_UNLIKE = "foreign"


@dataclass(frozen=True, kw_only=True)
class LetIn:
    """One call that was let in by CORS headers and is meant to be blocked.

    Attributes:
        call: it, as its neighbours see it.
        neighbours: of the same server, this one among them.
        as_meant: the same call from the last page that is meant to be let in; None: the run has no
            such page.
    """

    call: Neighbour
    neighbours: tuple[Neighbour, ...]
    as_meant: Blocked | None

    @cached_property
    def strangers(self) -> tuple[str, ...]:
        """The origins that are let in and kept out by every scenario, in the order of the run."""
        let_in = (each.page for each in self.neighbours if each.is_stranger and each.is_let_in)
        return tuple(dict.fromkeys(page for page in let_in if page not in self._meant))

    @cached_property
    def _meant(self) -> frozenset[str]:
        return frozenset(meant_pages(self.neighbours))

    @cached_property
    def _sorts(self) -> dict[str, str]:
        """Of each stranger which sort of lookalike it is; `foreign` of one that is like nobody."""
        by_page = {
            lookalike.page: lookalike.name.rstrip("-0123456789")
            for page in self._meant
            if is_origin(page)
            for lookalike in lookalikes(parse_origin(page))
        }
        sorts = {page: by_page.get(page, _UNLIKE) for page in self.strangers}
        return sorts | ({NULL: NULL} if NULL in sorts else {})

    @cached_property
    def mistake(self) -> Mistake:
        """What the server does wrong, by all the strangers of the run."""
        if self.call.grants.is_star:
            return Mistake.LETS_EVERYONE_IN
        unlike = [page for page, sort in self._sorts.items() if sort == _UNLIKE]
        is_reflected = len(unlike) > 1 or (unlike and len(self.strangers) > 1)
        if is_reflected:
            return Mistake.REFLECTS_ORIGIN
        if self.strangers == (NULL,):
            return Mistake.LETS_NULL_IN
        return Mistake.LETS_STRANGER_IN if unlike else Mistake.MATCHES_TOO_MUCH

    @property
    def sentence(self) -> str:
        """The mistake as one sentence, with its full stop."""
        who = f"{self._named()}, whom scenarios keep out"
        credentials = self.call.grants.credentials and self.mistake is not Mistake.LETS_EVERYONE_IN
        cookies = ", with cookies" if credentials else ""
        match self.mistake:
            case Mistake.LETS_EVERYONE_IN:
                return f"Access-Control-Allow-Origin: * lets every page in, so also {who}."
            case Mistake.REFLECTS_ORIGIN:
                return f"The server lets in whoever asks{cookies}, as it repeats the Origin: {who}."
            case Mistake.LETS_NULL_IN:
                return (
                    f"The server lets the origin null in{cookies}, and {ATTACKS[NULL]}; "
                    f"scenarios keep it out."
                )
            case Mistake.MATCHES_TOO_MUCH:
                why = "; ".join(dict.fromkeys(ATTACKS[sort] for sort in self._sorts.values()))
                return f"The server lets in {who}{cookies}: {why}."
            case _:
                return f"The server lets in {who}{cookies}."

    def _named(self) -> str:
        shown = ", ".join(self.strangers[:SHOWN])
        more = len(self.strangers) - SHOWN
        return f"{shown} and {more} more" if more > 0 else shown

    @property
    def keep(self) -> str:
        """What has to be minded of the other origins."""
        if self.mistake is Mistake.LETS_STRANGER_IN:
            return ""
        return "Whoever else is to be let in has to stand in the list, whole, and nothing else."

    @property
    def without_lines(self) -> str:
        """What has to be done where there are no lines."""
        if self.as_meant is None:
            return "No lines: no cell of the run says who is to be let in; name those, whole."
        origins = ", ".join(meant_pages(self.neighbours))
        return f"Compare the whole Origin with each of these, and let in nobody else: {origins}."


def kept_pages(neighbours: tuple[Neighbour, ...]) -> tuple[str, ...]:
    """The pages that are meant to be let in, and those that are and nobody means to keep out."""
    granted = (each.page for each in neighbours if each.is_granted)
    return tuple(dict.fromkeys((*meant_pages(neighbours), *granted)))


def meant_pages(neighbours: tuple[Neighbour, ...]) -> tuple[str, ...]:
    """The pages that scenarios mean to be let in, whether they are or not, in the run's order."""
    pages = (each.page for each in neighbours if each.intent is CallIntent.ALLOWED)
    return tuple(dict.fromkeys(pages))


def let_in_calls(
    record: CellRecord,
    made_of: frozenset[str],
    *,
    only: int | None = None,
    neighbours: tuple[Neighbour, ...] = (),
) -> Iterator[LetIn]:
    """The calls of a cell that are let in and whose page its scenario, and every other, keeps out.

    `only`: index of the one step to look at; it counts as meant to be blocked, unless a scenario of
    the run means its page to be let in.
    """
    for index in range(len(record.verdict.steps)):
        call = neighbour_at(record, index) if only in {None, index} else None
        if call is None or not call.is_let_in:
            continue
        near = tuple(each for each in neighbours if each.at == call.at and each != call)
        is_kept_out = call.is_stranger or (only == index and call.intent is CallIntent.OPEN)
        if is_kept_out and call.page not in meant_pages(near):  # else it is not for its origin
            all_calls = (replace(call, intent=CallIntent.BLOCKED), *near)
            as_meant = _as_meant(record, index, made_of, all_calls)
            yield LetIn(call=all_calls[0], neighbours=all_calls, as_meant=as_meant)


def _as_meant(
    record: CellRecord, index: int, made_of: frozenset[str], neighbours: tuple[Neighbour, ...]
) -> Blocked | None:
    """The call from a page that is meant to be let in, for what advises on such calls."""
    pages = meant_pages(neighbours)
    if not pages:
        return None
    return Blocked(
        page=pages[-1],
        is_on_run_port=False,
        call=Call(method=record.cell.scenario.steps[index].call.method),
        reason=None,
        wire=tuple(each for each in record.exchanges if each.step == index),
        made_of=made_of,
        neighbours=neighbours,
    )
