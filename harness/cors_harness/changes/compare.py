"""compare(): what browsers do otherwise than a baseline says, and of which class each change is.

The rules, for each step of a cell (a scenario on a server in an engine), before against after:

widened (narrowed is the reverse of each)
    response readable: `allowed`, and was not.
    response opaque: `opaque` or `opaque-redirect`, and the page got nothing.
    request sent: the browser sent nothing, or stopped after a preflight or a redirect, and now
        sends a request more. Left out where the outcome widened too: it says as much.
    request carried out: an unsafe request (`POST`, `PUT`, `DELETE`, ...) was refused, and now is
        carried out, see `changes.sent_requests`. Left out where the page reads the response on both
        sides, as CORS lets it in and what the app answers is the app's; and where the response
        became readable, or the request is newly sent.
    credentials sent: a request carries credentials, and the one in its place did not. Left out
        where there was no request to that server and the outcome widened, or the request is newly
        sent.
    method sent: a server gets a request with a method that it did not get, or with one instead of
        another, as where a redirect changes from 303 to 307. Left out where any of the above
        widened.
    response headers readable: `allowed` on both sides, and page code reads a header more that is
        not a CORS-safelisted response header.
    steps: there is a step more, or the scenario's page has another origin, and the page gets a
        response, or an unsafe request is carried out. Nothing can be compared, and nothing was
        accepted.
costlier (cheaper is the reverse of each)
    preflight added: more preflights in the step, and the browser was not stopped on either side.
    access-control-max-age: this engine remembers a preflight for a shorter time, limits and
        defaults counted, see `changes.rules.remembered_s`. A preflight counts that a request came
        after.
cosmetic: only where the cell has no other change, one for each facet
    outcome, reason: blocked or failed as before, but the other of them or for another reason.
    response headers read: only CORS-safelisted ones; pages read them whatever is exposed.
    status, requests, credentials, HEADER, sent HEADER: anything else that differs on the wire.
    steps: as above, the page gets nothing, and nothing is carried out.
engine-changed
    any of the above facets but response headers, where the engine's version differs and every
    exchange that could explain the difference had the same request and response, see
    `is_the_engines`.

Engines in which a change is the same, reasons aside, are named together.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from cors_harness.changes.rules import (
    StepChange,
    changes_between,
    cosmetic_between,
    gets,
    step_alone,
)
from cors_harness.model.baseline import Baseline, Entry, Facts, StepFacts, TextPairs
from cors_harness.model.change import (
    Change,
    ChangeClass,
    Comparison,
    EngineChange,
    EntryName,
    Facet,
    FacetKind,
    ServerChange,
)
from cors_harness.terms.secret_texts import without_secrets


def cell_changes(
    before: Entry, after: Entry, engine: str, *, other: bool
) -> Iterator[tuple[int, StepChange]]:
    """(step, change) of what an entry has otherwise in one engine, which is in both.

    `other`: the engine's version differs.
    """
    facts_before, facts_after = dict(before.engines)[engine], dict(after.engines)[engine]
    if before.origin != after.origin:
        changes = [
            *_alone(facts_before, before.origin, new=False),
            *_alone(facts_after, after.origin, new=True),
        ]
    else:
        changes = list(_of_steps(facts_before, facts_after, engine, after.origin))
    weighty = [pair for pair in changes if pair[1].class_ is not ChangeClass.COSMETIC]
    for step, change in weighty or changes:
        comparable = other and before.origin == after.origin
        by_engine = comparable and is_the_engines(facts_before, facts_after, step, change.facet)
        yield step, replace(change, class_=ChangeClass.ENGINE_CHANGED) if by_engine else change


def _of_steps(
    facts_before: Facts, facts_after: Facts, engine: str, origin: str
) -> Iterator[tuple[int, StepChange]]:
    for number, (before, after) in enumerate(zip_longest(facts_before, facts_after)):
        if before is None:
            yield number, step_alone(after, origin, new=True)
        elif after is None:
            yield number, step_alone(before, origin, new=False)
        elif before != after:
            for change in changes_between(before, after, engine=engine, origin=origin):
                yield number, change
            for change in cosmetic_between(before, after):
                yield number, change


def _alone(facts: Facts, origin: str, *, new: bool) -> Iterator[tuple[int, StepChange]]:
    for number, step in enumerate(facts):
        yield number, step_alone(step, origin, new=new)


# In doubt a change is not the engine's own: a server that gives more must never pass for another
# browser. So
#
# * the steps before, whose cookies and remembered preflights count, are the same on the wire;
# * in the step, one side's exchanges, at least one, are all among the other's: the same request and
#   the same response. Where one side gets less, it is that side, so that what stopped it is there;
# * for a request header that a browser sends, request headers may differ, and nothing else;
# * it is not about which response headers the page can read: whether the server sent one that
#   browsers do not decide by is not recorded.
READ_HEADERS = frozenset({FacetKind.HEADERS_READABLE, FacetKind.HEADERS_READ})
CountedExchanges = Counter[tuple[object, ...]]


def is_the_engines(before: Facts, after: Facts, step: int, facet: Facet) -> bool:
    """Whether nothing that the server may have done explains the difference in `facet`."""
    if step >= min(len(before), len(after)) or facet.kind in READ_HEADERS:
        return False
    earlier = zip(before[:step], after[:step], strict=True)
    same_so_far = all(_exchanges(one) == _exchanges(other) for one, other in earlier)
    return same_so_far and _is_alike(before[step], after[step], facet)


def _is_alike(before: StepFacts, after: StepFacts, facet: Facet) -> bool:
    if facet.kind is FacetKind.REQUEST_HEADER:
        exchanges = (_exchanges(step, with_request_headers=False) for step in (before, after))
        return bool(before.wire) and next(exchanges) == next(exchanges)
    less, more = sorted((before, after), key=lambda step: (gets(step), len(step.wire)))
    return bool(less.wire) and _exchanges(less) <= _exchanges(more)


def _exchanges(step: StepFacts, *, with_request_headers: bool = True) -> CountedExchanges:
    """Each request with its response, and how often there is one such."""
    return Counter(
        (
            *(exchange.kind, exchange.role, exchange.method, exchange.target),
            exchange.request_headers if with_request_headers else (),
            *(exchange.with_credentials, exchange.status, exchange.response_headers),
        )
        for exchange in step.wire
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStepChange:
    """A change in one engine."""

    before: Entry
    after: Entry
    engine: str
    step: int
    change: StepChange

    @property
    def place(self) -> tuple[object, ...]:
        """What is the same in engines that agree."""
        change = self.change
        content = (change.facet, change.headline, change.wire)
        return (change.class_, *self.after.name, self.step, *content)


def merged(drafts: Iterable[EngineStepChange]) -> Iterator[Change]:
    """The changes that drafts are, engines that agree in one."""
    groups: defaultdict[tuple[object, ...], list[EngineStepChange]] = defaultdict(list)
    for draft in drafts:
        groups[draft.place].append(draft)
    yield from (_change(group) for group in groups.values())


def _change(group: list[EngineStepChange]) -> Change:
    first = group[0]
    facts_before, facts_after = (
        dict(entry.engines)[first.engine] for entry in (first.before, first.after)
    )
    step = first.step
    return Change(
        class_=first.change.class_,
        scenario=first.after.scenario,
        server=first.after.server,
        origin=first.after.origin,
        engines=tuple(sorted(draft.engine for draft in group)),
        step=step,
        before=facts_before[step] if step < len(facts_before) else None,
        after=facts_after[step] if step < len(facts_after) else None,
        facet=first.change.facet,
        headline=first.change.headline,
        because=_either([draft.change.because for draft in group]),
        wire=first.change.wire,
        has_more_steps=max(len(facts_before), len(facts_after)) > 1,
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
    accepted = {entry.name: _as_now(entry) for entry in before.entries}
    ran = {entry.name: _as_now(entry) for entry in after.entries}
    both = [(accepted[name], ran[name]) for name in accepted if name in ran]
    return Comparison(
        changes=tuple(sorted(merged(took_part.changes(both)), key=_order)),
        missing=tuple(sorted(took_part.lacking(ran.values(), accepted))),
        stale=tuple(sorted(took_part.lacking(accepted.values(), ran, covered))),
        engines_changed=took_part.changed(),
        servers_changed=tuple(_servers_changed(dict(before.servers), dict(after.servers))),
        compared=sum(len(took_part.in_both(*pair)) for pair in both),
    )


def _as_now(entry: Entry) -> Entry:
    """An entry of a file that may be older: without secrets in URLs, as they are recorded now."""
    return replace(
        entry,
        engines=tuple((name, tuple(map(_step_as_now, steps))) for name, steps in entry.engines),
    )


def _step_as_now(step: StepFacts) -> StepFacts:
    if not any("=" in exchange.target for exchange in step.wire):
        return step
    wire = (replace(each, target=without_secrets(each.target)) for each in step.wire)
    return replace(step, wire=tuple(wire))


class _Engines:
    """The engines that are compared, and what version of each."""

    def __init__(self, before: Baseline, after: Baseline, engines: Collection[str] | None) -> None:
        self._before, self._after = dict(before.engines), dict(after.engines)
        self._named = engines

    def changed(self) -> tuple[EngineChange, ...]:
        names = [name for name in sorted({*self._before, *self._after}) if self._takes_part(name)]
        versions = ((name, self._before.get(name, ""), self._after.get(name, "")) for name in names)
        return tuple(
            EngineChange(name=name, before=before, after=after)
            for name, before, after in versions
            if before != after
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
        facts_after = dict(after.engines)
        return tuple(
            (name, facts_before, facts_after[name])
            for name, facts_before in before.engines
            if name in facts_after and self._takes_part(name)
        )

    def changes(self, pairs: Iterable[tuple[Entry, Entry]]) -> Iterator[EngineStepChange]:
        for before, after in pairs:
            for engine, facts_before, facts_after in self.in_both(before, after):
                if facts_before == facts_after and before.origin == after.origin:
                    continue
                other = self._before.get(engine) != self._after.get(engine)
                for step, change in cell_changes(before, after, engine, other=other):
                    yield EngineStepChange(
                        before=before, after=after, engine=engine, step=step, change=change
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
        versions_before, versions_after = before[name], after[name]
        if set(versions_before) != set(versions_after):
            yield ServerChange(
                name=name,
                before=tuple(pair for pair in versions_before if pair not in versions_after),
                after=tuple(pair for pair in versions_after if pair not in versions_before),
            )
