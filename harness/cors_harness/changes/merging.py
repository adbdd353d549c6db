"""Merging: drafts of changes in single engines become changes, engines that agree in one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cors_harness.changes.rules import Found
from cors_harness.model.baseline import Entry
from cors_harness.model.change import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A change in one engine."""

    before: Entry
    after: Entry
    engine: str
    step: int
    found: Found

    @property
    def place(self) -> tuple[object, ...]:
        """What is the same in engines that agree."""
        found = self.found
        texts = (found.facet, found.headline, found.wire)
        return (found.class_, *self.after.name, self.step, *texts)


def merged(drafts: Iterable[Draft]) -> Iterator[Change]:
    """The changes that drafts are, engines that agree in one."""
    groups: defaultdict[tuple[object, ...], list[Draft]] = defaultdict(list)
    for draft in drafts:
        groups[draft.place].append(draft)
    yield from (_change(group) for group in groups.values())


def _change(group: list[Draft]) -> Change:
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
        summary=_summary(group, several=max(len(had), len(has)) > 1),
    )


def _summary(group: list[Draft], *, several: bool) -> str:
    found = group[0].found
    prefix = f"step {group[0].step + 1}: " if several else ""
    because = _either([draft.found.because for draft in group])
    parenthesis = f" ({because})" if because else ""
    return f"{prefix}{found.headline}{parenthesis}" + (f"; {found.wire}" if found.wire else "")


def _either(texts: Sequence[str]) -> str:
    """`was blocked: unknown`, `was blocked: unknown or blocked: allow-origin-missing`."""
    first, *others = dict.fromkeys(texts)
    word = first.partition(" ")[0] + " "
    return " or ".join((first, *(text.removeprefix(word) for text in others)))
