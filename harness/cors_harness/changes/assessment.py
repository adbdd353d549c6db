"""Assessment: a comparison and what is to be made of it: what fails, and how to accept it."""

import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from cors_harness.changes.grouping import Group, grouped
from cors_harness.changes.only import only_names
from cors_harness.model.advice import Advice
from cors_harness.model.change import Change, ChangeClass, Comparison, EntryName
from cors_harness.terms.secrets import redacted

Mended = tuple[EntryName, str, int]  # an entry, in an engine, a step of it from 0
AS_BEFORE, OTHERWISE, IN_TROUBLE = 0, 1, 3


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
    """A cell without a result, and why."""

    cell: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A comparison, and what is to be made of it.

    Attributes:
        before, after: what was compared, as the user calls it: `cors-baseline.txt`, `this run`.
        fail_on: classes of changes that fail.
        titles: the id of a scenario to its title, as far as it is known.
        troubles: cells without a result.
        remarks: what else is to be said, a sentence each: what was skipped or not compared.
        advice: how calls that are blocked are mended: by entry, engine and step.
    """

    comparison: Comparison
    before: str
    after: str
    fail_on: frozenset[ChangeClass] = frozenset({ChangeClass.WIDENED})
    acceptance: Acceptance = Acceptance()
    titles: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    remarks: tuple[str, ...] = ()
    advice: Mapping[Mended, Advice] = field(default_factory=dict)

    @property
    def acceptance_of_all(self) -> str:
        """The command that accepts all that there is to accept; empty where no single one does."""
        if self.status == AS_BEFORE or (self.acceptance.picks and self.comparison.stale):
            return ""
        return self.acceptance.command()

    @property
    def groups(self) -> tuple[Group, ...]:
        """The changes, those of one kind together."""
        return grouped(self.comparison.changes)

    @property
    def counts(self) -> Counter[ChangeClass]:
        """How many cells changed, by class."""
        return cells_by_class(self.comparison)

    @property
    def told(self) -> tuple[Group, ...]:
        """The groups that a report tells: the cosmetic ones where there are no others."""
        groups = self.groups
        return tuple(each for each in groups if each.class_ is not ChangeClass.COSMETIC) or groups

    def also_accepted(self, group: Group) -> tuple[ChangeClass, ...]:
        """Other classes of changes that accepting a group accepts: those of the same cells."""
        cells = {(member.name, engine) for member in group.members for engine in member.engines}
        found = {
            each.class_
            for each in self.comparison.changes
            for engine in each.engines
            if ((each.scenario, each.server), engine) in cells
        }
        others = found - {group.class_, ChangeClass.COSMETIC}
        return tuple(class_ for class_ in ChangeClass if class_ in others)

    def advice_for(self, change: Change | Group) -> Advice | None:
        """How it is mended, if it narrowed; of a group the first that there is any advice for."""
        if change.class_ is not ChangeClass.NARROWED:
            return None
        places = change.places if isinstance(change, Group) else _places(change)
        return next((self.advice[each] for each in places if each in self.advice), None)

    def fails(self, change: Change | Group) -> bool:
        """Whether it ends a check with status 1."""
        return change.class_ in self.fail_on

    @property
    def status(self) -> int:
        """Exit status: what is missing or stale fails whatever `fail_on` says."""
        if self.troubles:
            return IN_TROUBLE
        open_entries = self.comparison.missing or self.comparison.stale
        if open_entries or any(self.fails(change) for change in self.comparison.changes):
            return OTHERWISE
        return AS_BEFORE


def cells_by_class(comparison: Comparison) -> Counter[ChangeClass]:
    """How many cells have a change of each class."""
    cells = {
        (change.class_, change.scenario, change.server, engine)
        for change in comparison.changes
        for engine in change.engines
    }
    return Counter(class_ for class_, *_ in cells)


def _places(change: Change) -> Iterator[Mended]:
    name = change.scenario, change.server
    yield from ((name, engine, change.step) for engine in change.engines)
