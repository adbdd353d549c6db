"""Blocks of text: a group of changes, and what else a check finds; with styles for a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from cors_harness.changes.assessment import Assessment, ChangeGroup, Member, is_in_a_name
from cors_harness.changes.entry_patterns import scenario_names
from cors_harness.changes.wire_diff import PAGE_ORIGIN
from cors_harness.model.baseline import TextPairs
from cors_harness.model.change import (
    ChangeClass,
    Comparison,
    EntryName,
    FacetKind,
    WireDifference,
    WirePart,
)
from cors_harness.reports.base import Line
from cors_harness.reports.summary import counted
from cors_harness.reports.transcript import advice_lines
from cors_harness.reports.wire_text import claim, part_text, place_text, values_text
from cors_harness.text.printable import printable

FEW_NAMES, FEW_ORIGINS = 5, 4
EVERY = 1_000_000
WIDTH = 11  # of what stands before each line of a block
STYLES = {
    ChangeClass.WIDENED: "bold red",
    ChangeClass.NARROWED: "bold yellow",
    ChangeClass.COSTLIER: "bold magenta",
    ChangeClass.CHEAPER: "bold green",
    ChangeClass.ENGINE_CHANGED: "bold cyan",
    ChangeClass.COSMETIC: "bold",
}
MEANINGS = {
    ChangeClass.WIDENED: "more gets through than was accepted",
    ChangeClass.NARROWED: "less gets through than was accepted",
    ChangeClass.COSTLIER: "more preflights",
    ChangeClass.CHEAPER: "fewer preflights",
    ChangeClass.ENGINE_CHANGED: "the server answers as before, another browser version ran",
    ChangeClass.COSMETIC: "the wire differs, what pages get does not",
}
IN_WORDS = {
    ChangeClass.WIDENED: "widened",
    ChangeClass.NARROWED: "narrowed",
    ChangeClass.COSTLIER: "became costlier",
    ChangeClass.CHEAPER: "became cheaper",
    ChangeClass.ENGINE_CHANGED: "another engine changed",
}
WAYS = {ChangeClass.WIDENED: "now", ChangeClass.NARROWED: "no longer"}
MANY = {  # what is said of several scenarios, by facet; `now` is one of WAYS
    FacetKind.RESPONSE_READABLE: "pages can {now} read {responses}",
    FacetKind.RESPONSE_OPAQUE: "pages {now} get an opaque response to {requests}",
    FacetKind.REQUEST_SENT: "the server {now} gets {requests}, unreadable as the responses are",
    FacetKind.CARRIED_OUT: (
        "the server {now} carries out {requests}{credentials}, unreadable as the responses are"
    ),
    FacetKind.CREDENTIALS_SENT: "the server {now} gets credentials with {requests}",
    FacetKind.METHOD_SENT: "the server {now} gets another method",
    FacetKind.HEADERS_READABLE: "pages can {now} read headers of {responses}",
}
OPEN = {
    "missing": "nobody has accepted what they do",
    "stale": "accepted, but nothing runs them any more",
}


def named(class_: ChangeClass) -> str:
    """As people say it: `engine changed`."""
    return class_.value.replace("-", " ")


def changed_versions(comparison: Comparison) -> tuple[str, ...]:
    """A sentence for each browser and framework that is another than before."""
    engines = [
        f"{engine.name}: {engine.before or 'took no part'} -> {engine.after or 'takes no part'}"
        for engine in comparison.engines_changed
    ]
    servers: dict[str, list[str]] = {}
    for server in comparison.servers_changed:
        servers.setdefault(_distributions(server.before, server.after), []).append(server.name)
    return (
        *engines,
        *(f"{_some(names)}: {distributions}" for distributions, names in servers.items()),
    )


def _distributions(before: TextPairs, after: TextPairs) -> str:
    versions_before, versions_after = dict(before), dict(after)
    return ", ".join(
        f"{name} {versions_before.get(name, 'none')} -> {versions_after.get(name, 'none')}"
        for name in sorted(versions_before | versions_after)
    )


def _some(names: Sequence[str], most: int = FEW_NAMES) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def headline(group: ChangeGroup) -> str:
    """What a group is about, and how many scenarios it has where those are many."""
    count = f" ({counted(len(group.members), 'scenario')})" if len(group.members) > 1 else ""
    claims = {claim(change) for member in group.members for change in member.changes}
    if len(claims) == 1:
        return printable(f"{claims.pop()}{count}")
    way = WAYS.get(group.class_)
    return printable(f"{_of_many(group, way) if way else group.facet_text}{count}")


def _of_many(group: ChangeGroup, way: str) -> str:
    calls = {member.call for member in group.members} - {""}
    requests = calls.pop() if len(calls) == 1 else "requests"
    responses = "the responses" if requests == "requests" else requests
    sentence = MANY.get(group.facets[0].kind)
    if sentence is None:
        return f"{way} {group.facet_text}"
    credentials = " with credentials" if all(map(is_in_a_name, group.changes)) else ""
    return sentence.format(now=way, requests=requests, responses=responses, credentials=credentials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference on the wire as people read it.

    Attributes:
        what: empty where the place says it all.
    """

    place: str
    what: str
    before: str
    after: str


def differences(group: ChangeGroup) -> Iterator[Difference]:
    """What differs in all of a group; why a page got nothing stands behind what it got."""
    reason = next(
        (difference for difference in group.wire if difference.part is WirePart.REASON), None
    )
    has_result = any(difference.part is WirePart.RESULT for difference in group.wire)
    for difference in group.wire:
        part = difference.part
        before, after = _sides(difference, group.origins)
        if part is WirePart.RESULT and reason:
            before, after = _because(before, reason.before), _because(after, reason.after)
        if part is not WirePart.REASON or not has_result:
            yield Difference(
                place=place_text(difference),
                what="" if part in {WirePart.RESULT, WirePart.SENT} else part_text(difference),
                before=before,
                after=after,
            )


def _sides(difference: WireDifference, origins: Sequence[str]) -> tuple[str, str]:
    """Before and after, with the page's origin itself where all members of a group share it."""
    origin = origins[0] if len(origins) == 1 else PAGE_ORIGIN
    before, after = (
        values_text(
            difference.part, [origin if value == PAGE_ORIGIN else value for value in values]
        )
        for values in (difference.before, difference.after)
    )
    return printable(before), printable(after)


def _because(result: str, reason: Sequence[str]) -> str:
    return f"{result} ({', '.join(reason)})" if reason else result


def block(
    group: ChangeGroup,
    assessment: Assessment,
    *,
    whole: bool = False,
    also: Sequence[ChangeClass] = (),
) -> Iterator[Line]:
    """The lines of a group: what changed, from where, in which browsers, how to accept it.

    What narrowed has a fix below, where one is known.

    Args:
        group: the changes.
        assessment: what they are part of.
        whole: every scenario and origin, instead of the first few.
        also: other classes of changes that the command accepts.
    """
    most = EVERY if whole else FEW_NAMES
    yield (named(group.class_), STYLES[group.class_]), (f"  {headline(group)}", "bold")
    yield from _wire(group)
    yield _row("from", _some(group.origins, EVERY if whole else FEW_ORIGINS))
    yield _row("in", f"{', '.join(group.engines)}, on {group.server}")
    yield from _labelled("scenario", _members(group, assessment, most))
    yield _row("accept", assessment.acceptance.command(group.names, group.engines), "cyan")
    if also:
        yield _row("", f"which accepts what {_listed(also)} in the same cells, too", "yellow")
    if advice := assessment.advice_for(group):
        yield from (((line, ""),) for line in advice_lines(advice, indent=WIDTH + 2))


def _listed(classes: Sequence[ChangeClass]) -> str:
    return " and ".join(IN_WORDS[class_] for class_ in classes)


def _row(label: str, text: str, style: str = "") -> Line:
    return (f"  {label:<{WIDTH}}", "dim"), (text, style)


def _labelled(label: str, lines: Iterator[Line]) -> Iterator[Line]:
    """Lines of which only the first has its label."""
    for number, line in enumerate(lines):
        yield (f"  {'' if number else label:<{WIDTH}}", "dim"), *line


def _wire(group: ChangeGroup) -> Iterator[Line]:
    for place, lines in groupby(differences(group), key=lambda line: line.place):
        yield from _labelled(place, map(_difference, lines))


def _difference(difference: Difference) -> Line:
    label = f"{difference.what}: " if difference.what else ""
    return (label, ""), (difference.before, ""), (" -> ", "dim"), (difference.after, "bold")


def _members(group: ChangeGroup, assessment: Assessment, most: int) -> Iterator[Line]:
    shown = telling(group.members)[:most]
    names = [scenario_names(member.name[0])[1] + _where(member, group) for member in shown]
    name_width, call_width = max(map(len, names)), max(len(member.call) for member in shown)
    for name, member in zip(names, shown, strict=True):
        title = assessment.titles.get(scenario_names(member.name[0])[1], "")
        call = printable(f"{member.call:<{call_width}}")
        yield (f"{name:<{name_width}}  {call}", ""), (f"  {printable(title)}", "dim")
    if (more := len(group.members) - most) > 0:
        yield ((f"and {more} more", ""),)


def telling(members: Sequence[Member]) -> list[Member]:
    """One of each origin first: the first few should not be one attack on every path."""
    first = {member.origin: member for member in reversed(members)}
    return sorted(members, key=lambda member: member is not first[member.origin])


def _where(member: Member, group: ChangeGroup) -> str:
    """What sets a scenario off from the others: its engines, the steps of a sequence."""
    parts = [*(member.engines if member.engines != group.engines else ())]
    if member.steps != (0,):
        parts += [f"step {number + 1}" for number in member.steps]
    return f" ({', '.join(parts)})" if parts else ""


def open_entries(
    kind: str, names: Sequence[EntryName], assessment: Assessment, *, whole: bool = False
) -> Iterator[Line]:
    """The lines of `missing` or `stale` entries; none where there are none."""
    if not names:
        return
    most = EVERY if whole else FEW_NAMES
    count = f"  {counted(len(names), 'entry')}: {OPEN[kind]}"
    yield (kind, "bold red"), (count, "bold")
    more = len(names) - most
    shown = [f"{scenario}  {server}" for scenario, server in names[:most]]
    shown += [f"and {more} more"] if more > 0 else []
    yield from _labelled("scenario", (((text, ""),) for text in shown))
    yield _row(
        "accept" if kind == "missing" else "remove", assessment.acceptance.command(names), "cyan"
    )


def counts(assessment: Assessment) -> Line:
    """One line: how many cells were compared, and how many changed."""
    number = assessment.comparison.compared
    parts: list[tuple[str, str]] = [(f"{counted(number, 'cell')} compared: ", "bold")]
    by_class = assessment.counts
    for class_ in ChangeClass:
        if by_class[class_]:
            parts += [(f"{by_class[class_]} {named(class_)}", STYLES[class_]), (", ", "")]
    for kind, names in (
        ("missing", assessment.comparison.missing),
        ("stale", assessment.comparison.stale),
    ):
        if names:
            parts += [(f"{len(names)} {kind}", "bold red"), (", ", "")]
    if assessment.troubles:
        parts += [(f"{counted(len(assessment.troubles), 'error')}", "bold magenta"), (", ", "")]
    return (*parts[:-1],) if len(parts) > 1 else (*parts, ("nothing changed", "green"))


def verdict(assessment: Assessment) -> str:
    """The last line: whether this is as accepted, and if not, what fails."""
    if cells := [trouble for trouble in assessment.troubles if not trouble.is_of_run]:
        return f"no answer: {counted(len(cells), 'cell')} came to no result"
    if assessment.troubles:
        return "no answer: not all of the run is there"
    failing = [
        named(class_)
        for class_ in ChangeClass
        if assessment.counts[class_] and class_ in assessment.fail_on
    ]
    failing += [kind for kind in OPEN if getattr(assessment.comparison, kind)]
    if failing:
        return f"fails: {', '.join(failing)}"
    if assessment.comparison.changes:
        return "passes: no change is of a class that fails"
    return f"passes: {assessment.after} is as {assessment.before} says"
