"""Accepted: the baseline to write after a run; what the run does not cover stays as it is."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from cors_harness.model.baseline import Baseline, Entry, TextPairs
from cors_harness.model.change import EntryName

Covers = Callable[[EntryName, str], bool]  # whether the run covers an entry in an engine
Version = TypeVar("Version", str, TextPairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The baseline to write.

    Attributes:
        kept: entries of the old one that stay, or stay in some engines.
        removed: entries of the old one that nothing runs any more.
        held: engines and servers that the run had in another version than the header says, as
            entries stay that were accepted on that one.
    """

    baseline: Baseline
    kept: tuple[EntryName, ...] = ()
    removed: tuple[EntryName, ...] = ()
    held: tuple[str, ...] = ()


def accepted(old: Baseline | None, new: Baseline, covers: Covers) -> Accepted:
    """`new`, and of `old` what the run does not cover.

    Where the page has another origin now, what other engines did on the old one goes: it was never
    accepted for the new one, and a check says that it is missing.
    """
    moved = _moved(old.entries, new.entries) if old else frozenset()
    kept = (
        {entry.name: entry for entry in _left(old.entries, covers) if entry.name not in moved}
        if old
        else {}
    )
    added = {entry.name: _joined(kept.get(entry.name), entry) for entry in new.entries}
    entries = {**kept, **added}
    ordered = tuple(entries[name] for name in sorted(entries))
    baseline = _headed(old, new, ordered, tuple(kept.values())) if old and kept else new
    return Accepted(
        baseline=baseline,
        kept=tuple(kept),
        removed=tuple(entry.name for entry in old.entries if entry.name not in entries)
        if old
        else (),
        held=_held(baseline, new),
    )


def _moved(old: Iterable[Entry], new: Iterable[Entry]) -> frozenset[EntryName]:
    """The entries whose page has another origin."""
    origins = {entry.name: entry.origin for entry in new}
    return frozenset(
        entry.name for entry in old if origins.get(entry.name, entry.origin) != entry.origin
    )


def _left(entries: Iterable[Entry], covers: Covers) -> Iterator[Entry]:
    """Of each entry the engines that the run does not cover."""
    for entry in entries:
        engines = tuple(engine for engine in entry.engines if not covers(entry.name, engine[0]))
        if engines:
            yield replace(entry, engines=engines)


def _joined(old: Entry | None, new: Entry) -> Entry:
    engines = {**dict(old.engines if old else ()), **dict(new.engines)}
    return replace(new, engines=tuple(sorted(engines.items())))


def _headed(
    old: Baseline, new: Baseline, entries: Sequence[Entry], kept: Sequence[Entry]
) -> Baseline:
    """The entries under the versions that those which stay were accepted on."""
    engines, staying = (
        {name for entry in some for name, _ in entry.engines} for some in (entries, kept)
    )
    servers, staying_servers = ({entry.server for entry in some} for some in (entries, kept))
    return Baseline(
        harness=old.harness,
        engines=_versions(old.engines, new.engines, engines, staying),
        servers=_versions(old.servers, new.servers, servers, staying_servers),
        entries=tuple(entries),
    )


def _versions(
    old: Iterable[tuple[str, Version]],
    new: Iterable[tuple[str, Version]],
    needed: Collection[str],
    staying: Collection[str],
) -> tuple[tuple[str, Version], ...]:
    known = {**dict(old), **dict(new), **{n: version for n, version in old if n in staying}}
    return tuple((name, known[name]) for name in sorted(known) if name in needed)


def _held(baseline: Baseline, run: Baseline) -> tuple[str, ...]:
    engines = _others(baseline.engines, run.engines)
    return (*engines, *_others(baseline.servers, run.servers))


def _others(
    written: Iterable[tuple[str, Version]], ran: Iterable[tuple[str, Version]]
) -> tuple[str, ...]:
    accepted_on = dict(written)
    return tuple(name for name, version in ran if accepted_on.get(name, version) != version)
