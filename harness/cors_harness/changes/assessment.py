"""Assessment: a comparison and what is to be made of it: what fails, and how to accept it."""

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cors_harness.changes.entry_patterns import only_names
from cors_harness.changes.sent_requests import is_carried_out_with_credentials
from cors_harness.changes.wire_diff import PAGE_ORIGIN, call, wire_diff
from cors_harness.model.advice import SHUTS_OUT, Advice, FixTarget, Mistake
from cors_harness.model.change import (
    Change,
    ChangeClass,
    Comparison,
    EntryName,
    Facet,
    FacetKind,
    WireDifference,
    WirePart,
)
from cors_harness.model.scenario import Outcome
from cors_harness.terms.secrets import redacted

# Differences in other parts and headers come along with these and do not tell changes apart.
DECIDING_PARTS = frozenset(
    {
        WirePart.SENT,
        WirePart.METHOD,
        WirePart.CREDENTIALS,
        WirePart.STATUS,
        WirePart.RESULT,
        WirePart.READS,
    }
)


# No CORS header helps: they are asked for when the request has been carried out.
FORGED = Advice(
    mistake=Mistake.CARRIED_OUT,
    wrong="The server does what it is asked, whoever may read the response. No CORS header prevents"
    " that: it has to refuse by Origin or Content-Type, or for want of a CSRF token.",
    where=FixTarget.ANY,
    link="https://developer.mozilla.org/en-US/docs/Web/Security/Attacks/CSRF",
    link_is="documentation",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One scenario of a group.

    Attributes:
        name: scenario (`FILE::ID`) and server.
        engines: in which it changed so, sorted.
        steps: the steps that did, counted from 0.
        call: what the page asked for, such as `PUT /orders`; empty where nothing was sent.
        changes: in the order of the comparison.
    """

    name: EntryName
    origin: str
    engines: tuple[str, ...]
    steps: tuple[int, ...]
    call: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeGroup:
    """Changes of one class, server and facet that differ alike on the wire.

    Attributes:
        facets: one; of cosmetic changes, which the wire alone tells apart, all, sorted by text.
        wire: what differs in all of them, whatever the request; PAGE_ORIGIN stands for the origin.
        members: by scenario.
    """

    class_: ChangeClass
    server: str
    facets: tuple[Facet, ...]
    wire: tuple[WireDifference, ...]
    members: tuple[Member, ...]

    @property
    def facet_text(self) -> str:
        """The texts of its facets, a comma between."""
        return ", ".join(facet.text for facet in self.facets)

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines that have any of these changes, sorted."""
        return tuple(sorted({name for member in self.members for name in member.engines}))

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of the pages, each once, in the order of members."""
        return tuple(dict.fromkeys(member.origin for member in self.members))

    @property
    def names(self) -> tuple[EntryName, ...]:
        """The names of its entries."""
        return tuple(member.name for member in self.members)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change of it."""
        return tuple(change for member in self.members for change in member.changes)


_Differing = tuple[WireDifference, ...]


def grouped(changes: Iterable[Change]) -> tuple[ChangeGroup, ...]:
    """The groups, by class, the largest first."""
    by_kind: dict[tuple[object, ...], list[tuple[Change, _Differing]]] = {}
    for change in changes:
        wire = tuple(
            _in_any_scenario(difference, change.origin)
            for difference in wire_diff(change.before, change.after)
        )
        kind = (change.class_, change.server, *_kind(change, wire))
        by_kind.setdefault(kind, []).append((change, wire))
    return tuple(sorted((_group(alike) for alike in by_kind.values()), key=_order))


def _in_any_scenario(difference: WireDifference, origin: str) -> WireDifference:
    """The difference as scenarios with another path and another origin of the page have it."""
    if difference.part is WirePart.TARGET:
        return difference
    before, after = (
        tuple(PAGE_ORIGIN if value == origin else value for value in values)
        for values in (difference.before, difference.after)
    )
    return replace(difference, before=before, after=after, request=None)


def _kind(change: Change, wire: _Differing) -> tuple[object, ...]:
    if change.class_ is ChangeClass.COSMETIC:  # one for each facet of what differs
        return (wire,)
    deciding = tuple(filter(_is_deciding, wire)) or wire
    return change.facet, is_in_a_name(change), deciding


def is_in_a_name(change: Change) -> bool:
    """Whether it is about a request that was carried out with credentials, before or after."""
    steps = (step for step in (change.before, change.after) if step)
    is_about_it = change.facet.kind is FacetKind.CARRIED_OUT
    return is_about_it and any(map(is_carried_out_with_credentials, steps))


def _is_deciding(difference: WireDifference) -> bool:
    """Whether it tells one kind of change from another."""
    header = difference.header
    of_cors = header == "location" or header.startswith("access-control-")
    return difference.part in DECIDING_PARTS or of_cors


def _group(alike: Sequence[tuple[Change, _Differing]]) -> ChangeGroup:
    first, wire = alike[0]
    common = set(wire).intersection(*(set(other) for _, other in alike))
    members = _members([change for change, _ in alike])
    return ChangeGroup(
        class_=first.class_,
        server=first.server,
        facets=tuple(sorted({change.facet for change, _ in alike}, key=lambda facet: facet.text)),
        wire=tuple(difference for difference in wire if difference in common),
        members=members,
    )


def _members(changes: Sequence[Change]) -> tuple[Member, ...]:
    by_name: dict[EntryName, list[Change]] = {}
    for change in changes:
        by_name.setdefault((change.scenario, change.server), []).append(change)
    return tuple(_member(name, by_name[name]) for name in sorted(by_name))


def _member(name: EntryName, changes: Sequence[Change]) -> Member:
    return Member(
        name=name,
        origin=changes[0].origin,
        engines=tuple(sorted({engine for change in changes for engine in change.engines})),
        steps=tuple(sorted({change.step for change in changes})),
        call=_call(changes[0]),
        changes=tuple(changes),
    )


def _call(change: Change) -> str:
    steps = [step for step in (change.after, change.before) if step and step.wire]
    return call(*steps) if steps else ""


def _order(group: ChangeGroup) -> tuple[int, int, EntryName, str]:
    place = list(ChangeClass).index(group.class_)
    return place, -len(group.members), group.members[0].name, group.facet_text


AdviceKey = tuple[EntryName, str, int]  # an entry, in an engine, a step of it from 0
AS_BEFORE, CHANGED, NO_ANSWER = 0, 1, 3  # exit statuses of `check` and `diff`


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """The command that accepts changes.

    Attributes:
        words: without the entries: `("cors-harness", "record", "orders.yaml", "--app", ...)`.
        picks: options that leave the cells which the run had, where it left others out:
            `("-k", "orders")`.
        ran: entries that the run had.
        known: every entry that the command could mean.
        engines: every engine that it could mean.
    """

    words: tuple[str, ...] = ("cors-harness", "record")
    picks: tuple[str, ...] = ()
    ran: frozenset[EntryName] = frozenset()
    known: frozenset[EntryName] = frozenset()
    engines: frozenset[str] = frozenset()

    def command(self, names: Collection[EntryName] = (), engines: Collection[str] = ()) -> str:
        """What to type, for a shell and without passwords; for all of it without names, engines."""
        words = self._in(engines) if engines and {*engines} < self.engines else self.words
        picks = self.picks if self.ran.issuperset(names) else ()  # nothing picks what is gone
        only = (word for name in only_names(names, self.known) for word in ("--only", name))
        return shlex.join(map(redacted, (*words, *picks, *only)))

    def _in(self, engines: Collection[str]) -> tuple[str, ...]:
        """The words with these browsers instead of those that were asked for."""
        option = "--browser"
        pairs = zip(self.words, ("", *self.words), strict=False)
        others = (word for word, before in pairs if option not in {word, before})
        return (*others, *(word for name in sorted(engines) for word in (option, name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A cell without a result, and why.

    Attributes:
        is_of_run: whether it is no cell, but what is missing of the run.
    """

    cell: str
    why: str
    is_of_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A comparison, and what is to be made of it.

    Attributes:
        before, after: what was compared, as the user calls it: `cors-baseline.txt`, `this run`.
        fail_on: classes of changes that fail.
        titles: the id of a scenario to its title, as far as it is known.
        troubles: cells without a result.
        remarks: sentences on what was skipped or not compared.
        advice: how calls that are blocked, or let in, are mended: by entry, engine and step.
    """

    comparison: Comparison
    before: str
    after: str
    fail_on: frozenset[ChangeClass] = frozenset({ChangeClass.WIDENED})
    acceptance: Acceptance = Acceptance()
    titles: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    remarks: tuple[str, ...] = ()
    advice: Mapping[AdviceKey, Advice] = field(default_factory=dict)

    @property
    def acceptance_of_all(self) -> str:
        """The command that accepts all that there is to accept; empty where no single one does."""
        if self.status == AS_BEFORE or (self.acceptance.picks and self.comparison.stale):
            return ""
        return self.acceptance.command()

    @property
    def groups(self) -> tuple[ChangeGroup, ...]:
        """The changes, those of one kind together."""
        return grouped(self.comparison.changes)

    @property
    def counts(self) -> Counter[ChangeClass]:
        """How many cells changed, by class."""
        return cells_by_class(self.comparison)

    @property
    def reported_groups(self) -> tuple[ChangeGroup, ...]:
        """The groups for a report: the cosmetic ones only where there are no others."""
        groups = self.groups
        return (
            tuple(group for group in groups if group.class_ is not ChangeClass.COSMETIC) or groups
        )

    def also_accepted(self, group: ChangeGroup) -> tuple[ChangeClass, ...]:
        """Other classes of changes that accepting a group accepts: those of the same cells."""
        cells = {(member.name, engine) for member in group.members for engine in member.engines}
        classes = {
            change.class_
            for change in self.comparison.changes
            for engine in change.engines
            if ((change.scenario, change.server), engine) in cells
        }
        others = classes - {group.class_, ChangeClass.COSMETIC}
        return tuple(class_ for class_ in ChangeClass if class_ in others)

    @property
    def mended_places(self) -> frozenset[AdviceKey]:
        """The steps of changes that advice may be for."""
        mended = filter(_is_mended, self.comparison.changes)
        return frozenset(place for each in mended for place in _places(each))

    def advice_for(self, change: Change | ChangeGroup) -> Advice | None:
        """How it is mended, None without; of a group that of the first change that has any.

        What narrowed is let through again. That is for pages which read the response before: any
        other was never let in by CORS, and a fix for it would do just that. Whoever has got a
        response that was blocked before is kept out again.
        """
        changes = change.changes if isinstance(change, ChangeGroup) else (change,)
        if any(map(_is_forged, changes)):
            return FORGED
        mended = filter(_is_mended, changes)
        found = ((each, self.advice.get(place)) for each in mended for place in _places(each))
        return next((advice for each, advice in found if advice and _fits(each, advice)), None)

    def fails(self, change: Change | ChangeGroup) -> bool:
        """Whether it ends a check with status 1."""
        return change.class_ in self.fail_on

    @property
    def status(self) -> int:
        """Exit status: what is missing or stale fails whatever `fail_on` says."""
        if self.troubles:
            return NO_ANSWER
        open_entries = self.comparison.missing or self.comparison.stale
        if open_entries or any(self.fails(change) for change in self.comparison.changes):
            return CHANGED
        return AS_BEFORE


def cells_by_class(comparison: Comparison) -> Counter[ChangeClass]:
    """How many cells have a change of each class."""
    cells = {
        (change.class_, change.scenario, change.server, engine)
        for change in comparison.changes
        for engine in change.engines
    }
    return Counter(class_ for class_, *_ in cells)


def _is_forged(change: Change) -> bool:
    return change.class_ is ChangeClass.WIDENED and change.facet.kind is FacetKind.CARRIED_OUT


def _lost_its_response(change: Change) -> bool:
    was_read = change.before is not None and change.before.outcome is Outcome.ALLOWED
    return change.class_ is ChangeClass.NARROWED and was_read


def _got_a_response(change: Change) -> bool:
    was_blocked = change.before is not None and change.before.outcome is Outcome.BLOCKED
    is_read = change.after is not None and change.after.outcome is Outcome.ALLOWED
    return change.class_ is ChangeClass.WIDENED and was_blocked and is_read


def _is_mended(change: Change) -> bool:
    return _lost_its_response(change) or _got_a_response(change)


def _fits(change: Change, advice: Advice) -> bool:
    """Whether the advice lets nobody in who was not, and shuts nobody out who was let in."""
    return (advice.mistake in SHUTS_OUT) is _got_a_response(change)


def _places(change: Change) -> Iterator[AdviceKey]:
    name = change.scenario, change.server
    yield from ((name, engine, change.step) for engine in change.engines)
