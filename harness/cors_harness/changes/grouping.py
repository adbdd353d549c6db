"""Group: changes of one kind, told as one: a line of configuration changes hundreds of cells."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cors_harness.changes.wire_lines import PAGE_ORIGIN, WireLine, wire_lines
from cors_harness.changes.wording import call
from cors_harness.model.change import Change, ChangeClass, EntryName


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One scenario of a group.

    Attributes:
        name: scenario (`FILE::ID`) and server.
        engines: in which it changed so, sorted.
        steps: the steps that did, counted from 0.
        call: what the page asked for, such as `PUT /orders`; empty where nothing was sent.
        summaries: what was said of its changes, each once.
    """

    name: EntryName
    origin: str
    engines: tuple[str, ...]
    steps: tuple[int, ...]
    call: str
    summaries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Changes of one class, server and facet that differ alike on the wire.

    Attributes:
        facet: of cosmetic changes, which are told by the wire alone, all facets.
        wire: what differs in all of them.
        members: by scenario.
    """

    class_: ChangeClass
    server: str
    facet: str
    wire: tuple[WireLine, ...]
    members: tuple[Member, ...]

    @property
    def engines(self) -> tuple[str, ...]:
        """In which there is any of these changes, sorted."""
        return tuple(sorted({name for member in self.members for name in member.engines}))

    @property
    def origins(self) -> tuple[str, ...]:
        """Of the pages, each once, in the order of members."""
        return tuple(dict.fromkeys(member.origin for member in self.members))

    @property
    def names(self) -> tuple[EntryName, ...]:
        """Of the entries."""
        return tuple(member.name for member in self.members)

    @property
    def places(self) -> Iterator[tuple[EntryName, str, int]]:
        """Every (entry, engine, step) of it."""
        for each in self.members:
            yield from ((each.name, engine, n) for engine in each.engines for n in each.steps)

    @property
    def headline(self) -> str:
        """What is said of all of them, short of the wire that is told beside it; else the facet."""
        said = {summary.partition("; ")[0] for each in self.members for summary in each.summaries}
        return said.pop() if len(said) == 1 else self.facet


def grouped(changes: Iterable[Change]) -> tuple[Group, ...]:
    """The groups, by class, the largest first."""
    by_kind: dict[tuple[object, ...], list[tuple[Change, tuple[WireLine, ...]]]] = {}
    for change in changes:
        lines = wire_lines(change.before, change.after, change.origin)
        kind = (change.class_, change.server, *_kind(change, lines))
        by_kind.setdefault(kind, []).append((change, lines))
    return tuple(sorted((_group(alike) for alike in by_kind.values()), key=_order))


def _kind(change: Change, lines: tuple[WireLine, ...]) -> tuple[object, ...]:
    if change.class_ is ChangeClass.COSMETIC:  # one for each facet of what differs
        return (lines,)
    return change.facet, tuple(line for line in lines if line.is_deciding) or lines


def _group(alike: Sequence[tuple[Change, tuple[WireLine, ...]]]) -> Group:
    first, lines = alike[0]
    common = set(lines).intersection(*(set(each) for _, each in alike))
    members = _members([change for change, _ in alike])
    return Group(
        class_=first.class_,
        server=first.server,
        facet=", ".join(sorted({change.facet for change, _ in alike})),
        wire=tuple(line for line in lines if line in common),
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
        engines=tuple(sorted({engine for each in changes for engine in each.engines})),
        steps=tuple(sorted({each.step for each in changes})),
        call=_call(changes[0]),
        summaries=tuple(dict.fromkeys(each.summary for each in changes)),
    )


def _call(change: Change) -> str:
    steps = [step for step in (change.after, change.before) if step and step.wire]
    return call(*steps) if steps else ""


def _order(group: Group) -> tuple[int, int, EntryName, str]:
    place = list(ChangeClass).index(group.class_)
    return place, -len(group.members), group.members[0].name, group.facet


def spelled(text: str, origins: Sequence[str]) -> str:
    """`text` of a line with the page's origin itself where all members share it."""
    return text.replace(PAGE_ORIGIN, origins[0]) if len(origins) == 1 else text
