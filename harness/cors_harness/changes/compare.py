"""compare(): what browsers do otherwise than a baseline says, and of which class each change is.

The rules, for each step of a cell (a scenario on a server in an engine), before against after:

widened (narrowed is the reverse of each)
    response readable: `allowed`, and was not.
    response opaque: `opaque` or `opaque-redirect`, and the page got nothing.
    request sent: the browser sent nothing, or stopped after a preflight or a redirect, and now
        sends a request more. Left out where the outcome widened too: it says as much.
    credentials sent: a request carries credentials, and the one in its place did not. Left out
        where there was no request to that server and the outcome widened, or the request is newly
        sent.
    method sent: a server gets a request with a method that it did not get, or with one instead of
        another, as where a redirect changes from 303 to 307. Left out where any of the above
        widened.
    response headers readable: `allowed` on both sides, and page code reads a header more that is
        not a CORS-safelisted response header.
    steps: there is a step more, or the scenario's page has another origin, and the page gets a
        response. Nothing can be compared, and nothing was accepted.
costlier (cheaper is the reverse of each)
    preflight added: more preflights in the step, and the browser was not stopped on either side.
    access-control-max-age: this engine remembers a preflight for a shorter time, limits and
        defaults counted, see `changes.preflight_lifetime`. A preflight counts that a request came
        after.
cosmetic: only where the cell has no other change, one for each facet
    outcome, reason: blocked or failed as before, but the other of them or for another reason.
    response headers read: only CORS-safelisted ones; pages read them whatever is exposed.
    status, requests, credentials, HEADER, sent HEADER: anything else that differs on the wire.
    steps: as above, and the page gets nothing.
engine-changed
    any of the above facets but response headers, where the engine's version differs and every
    exchange that could explain the difference had the same request and response, see
    `changes.engine_caused`.

Engines in which a change is the same, reasons aside, are named together.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from cors_harness.changes.engine_caused import is_the_engines
from cors_harness.changes.rules import StepChange, changes_between, cosmetic_between, step_alone
from cors_harness.model.baseline import Baseline, Entry, Facts, TextPairs
from cors_harness.model.change import (
    Change,
    ChangeClass,
    Comparison,
    EngineChange,
    EntryName,
    ServerChange,
)


def cell_changes(
    before: Entry, after: Entry, engine: str, *, other: bool
) -> Iterator[tuple[int, StepChange]]:
    """(step, change) of what an entry has otherwise in one engine, which is in both.

    `other`: the engine's version differs.
    """
    had, has = dict(before.engines)[engine], dict(after.engines)[engine]
    if before.origin != after.origin:
        found = [*_alone(had, before.origin, new=False), *_alone(has, after.origin, new=True)]
    else:
        found = list(_of_steps(had, has, engine, after.origin))
    other_than_cosmetic = [each for each in found if each[1].class_ is not ChangeClass.COSMETIC]
    for step, each in other_than_cosmetic or found:
        comparable = other and before.origin == after.origin
        by_engine = comparable and is_the_engines(had, has, step, each.facet)
        yield step, replace(each, class_=ChangeClass.ENGINE_CHANGED) if by_engine else each


def _of_steps(had: Facts, has: Facts, engine: str, origin: str) -> Iterator[tuple[int, StepChange]]:
    for number, (one, other) in enumerate(zip_longest(had, has)):
        if one is None:
            yield number, step_alone(other, origin, new=True)
        elif other is None:
            yield number, step_alone(one, origin, new=False)
        elif one != other:
            for found in changes_between(one, other, engine=engine, origin=origin):
                yield number, found
            for found in cosmetic_between(one, other):
                yield number, found


def _alone(facts: Facts, origin: str, *, new: bool) -> Iterator[tuple[int, StepChange]]:
    for number, step in enumerate(facts):
        yield number, step_alone(step, origin, new=new)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStepChange:
    """A change in one engine."""

    before: Entry
    after: Entry
    engine: str
    step: int
    found: StepChange

    @property
    def place(self) -> tuple[object, ...]:
        """What is the same in engines that agree."""
        found = self.found
        texts = (found.facet, found.headline, found.wire)
        return (found.class_, *self.after.name, self.step, *texts)


def merged(drafts: Iterable[EngineStepChange]) -> Iterator[Change]:
    """The changes that drafts are, engines that agree in one."""
    groups: defaultdict[tuple[object, ...], list[EngineStepChange]] = defaultdict(list)
    for draft in drafts:
        groups[draft.place].append(draft)
    yield from (_change(group) for group in groups.values())


def _change(group: list[EngineStepChange]) -> Change:
    first = group[0]
    had, has = (dict(entry.engines)[first.engine] for entry in (first.before, first.after))
    step = first.step
    return Change(
        class_=first.found.class_,
        scenario=first.after.scenario,
        server=first.after.server,
        origin=first.after.origin,
        engines=tuple(sorted(draft.engine for draft in group)),
        step=step,
        before=had[step] if step < len(had) else None,
        after=has[step] if step < len(has) else None,
        facet=first.found.facet,
        headline=first.found.headline,
        because=_either([draft.found.because for draft in group]),
        wire=first.found.wire,
        has_more_steps=max(len(had), len(has)) > 1,
    )


def _either(texts: Sequence[str]) -> str:
    """`was blocked: unknown`, `was blocked: unknown or blocked: allow-origin-missing`."""
    first, *others = dict.fromkeys(texts)
    word = first.partition(" ")[0] + " "
    return " or ".join((first, *(text.removeprefix(word) for text in others)))


_ORDER = {class_: number for number, class_ in enumerate(ChangeClass)}


def compare(
    before: Baseline,
    after: Baseline,
    *,
    covered: Callable[[EntryName, str], bool] | None = None,
    engines: Collection[str] | None = None,
) -> Comparison:
    """What `after` has otherwise than `before`.

    Args:
        before: what was accepted.
        after: what ran.
        covered: whether a run such as that of `after` has a given entry of `before` in an engine,
            which need not have taken part; others are not stale when they are missing. None: all.
        engines: those that took part in it; others are left out on both sides. None: all.
    """
    took_part = _Engines(before, after, engines)
    accepted = {entry.name: entry for entry in before.entries}
    ran = {entry.name: entry for entry in after.entries}
    both = [(accepted[name], ran[name]) for name in accepted if name in ran]
    return Comparison(
        changes=tuple(sorted(merged(took_part.changes(both)), key=_order)),
        missing=tuple(sorted(took_part.lacking(ran.values(), accepted))),
        stale=tuple(sorted(took_part.lacking(accepted.values(), ran, covered))),
        engines_changed=took_part.changed(),
        servers_changed=tuple(_servers_changed(dict(before.servers), dict(after.servers))),
        compared=sum(len(took_part.in_both(*pair)) for pair in both),
    )


class _Engines:
    """The engines that are compared, and what version of each."""

    def __init__(self, before: Baseline, after: Baseline, engines: Collection[str] | None) -> None:
        self._before, self._after = dict(before.engines), dict(after.engines)
        self._named = engines

    def changed(self) -> tuple[EngineChange, ...]:
        names = [name for name in sorted({*self._before, *self._after}) if self._takes_part(name)]
        versions = ((name, self._before.get(name, ""), self._after.get(name, "")) for name in names)
        return tuple(
            EngineChange(name=name, before=had, after=has)
            for name, had, has in versions
            if had != has
        )

    def lacking(
        self,
        entries: Iterable[Entry],
        others: Mapping[EntryName, Entry],
        counts: Callable[[EntryName, str], bool] | None = None,
    ) -> Iterator[EntryName]:
        """The names of `entries` that, in some engine, are not among `others`.

        `counts`: whether it matters that one is not in an engine; None: where that took part.
        """
        for entry in entries:
            other = others.get(entry.name)
            known = dict(other.engines) if other else {}
            lacking = (name for name, _ in entry.engines if name not in known)
            if any(counts(entry.name, e) if counts else self._takes_part(e) for e in lacking):
                yield entry.name

    def in_both(self, before: Entry, after: Entry) -> tuple[tuple[str, Facts, Facts], ...]:
        has = dict(after.engines)
        return tuple(
            (name, facts, has[name])
            for name, facts in before.engines
            if name in has and self._takes_part(name)
        )

    def changes(self, pairs: Iterable[tuple[Entry, Entry]]) -> Iterator[EngineStepChange]:
        for before, after in pairs:
            for engine, had, has in self.in_both(before, after):
                if had == has and before.origin == after.origin:
                    continue
                other = self._before.get(engine) != self._after.get(engine)
                for step, found in cell_changes(before, after, engine, other=other):
                    yield EngineStepChange(
                        before=before, after=after, engine=engine, step=step, found=found
                    )

    def _takes_part(self, name: str) -> bool:
        return self._named is None or name in self._named


def _order(change: Change) -> tuple[object, ...]:
    return (
        _ORDER[change.class_],
        change.scenario,
        change.server,
        change.step,
        change.facet.text,
        change.engines,
        change.headline,
        repr(change.wire),
    )


def _servers_changed(
    before: Mapping[str, TextPairs], after: Mapping[str, TextPairs]
) -> Iterator[ServerChange]:
    for name in sorted(before.keys() & after.keys()):
        had, has = before[name], after[name]
        if set(had) != set(has):
            yield ServerChange(
                name=name,
                before=tuple(pair for pair in had if pair not in has),
                after=tuple(pair for pair in has if pair not in had),
            )
