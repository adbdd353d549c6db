"""EntryPattern: which cells a `--only NAME` means, and the fewest names for some entries."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from cors_harness.model.change import EntryName
from cors_harness.terms.engine_names import column_at_end

SERVER_AT_END = re.compile(r"(?P<name>.*)\[(?P<server>[^\[\]]+)\]", re.DOTALL)
FEW = 3  # names that are as quickly read as a pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPattern:
    """A NAME, read.

    Attributes:
        text: as it was typed.
        name: of a scenario, `FILE::ID` or `ID`, or a pattern of either with `*` and `?`.
        server: name or pattern; `*` where none is given.
        engine: name; `*` where none is given.
    """

    text: str
    name: str
    server: str = "*"
    engine: str = "*"

    def means(self, names: Iterable[str], server: str, engine: str) -> bool:
        """Whether it means the cell; `names` are all that its scenario is known by."""
        return (
            fnmatchcase(engine, self.engine)
            and _fits(server, self.server)
            and any(_fits(name, self.name) for name in names)
        )


def read_only(text: str, engines: Collection[str]) -> EntryPattern:
    """`NAME`, `NAME[SERVER]` or a cell's `NAME[SERVER-ENGINE]`."""
    match = SERVER_AT_END.fullmatch(text)
    if not match:
        return EntryPattern(text=text, name=text.removeprefix("./"))
    name, server = match["name"].removeprefix("./"), match["server"]
    if engine := column_at_end(server, engines):
        start = server.removesuffix(f"-{engine}")
        return EntryPattern(text=text, name=name, server=start, engine=engine)
    return EntryPattern(text=text, name=name, server=server)


def _fits(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def scenario_names(scenario: str) -> tuple[str, str]:
    """All that the scenario of an entry is known by: `FILE::ID` and `ID`."""
    return scenario, scenario.rpartition("::")[2]


def only_names(wanted: Collection[EntryName], known: frozenset[EntryName]) -> tuple[str, ...]:
    """The fewest NAMEs that mean all of `wanted` and nothing else of `known`; sorted."""
    everything = known if known.issuperset(wanted) else known.union(wanted)
    directory = _directory(everything)
    asked: dict[str, set[str]] = {server: set() for server in directory.by_server}
    for scenario, server in wanted:
        asked[server].add(directory.called(scenario))
    sides = [(asked[server], names) for server, names in directory.by_server.items()]
    if all(side == sides[0] for side in sides):
        return tuple(sorted(_cover(*sides[0]))) if wanted else ()
    return tuple(
        sorted(
            f"{name}[{server}]"
            for server, names in directory.by_server.items()
            if asked[server]
            for name in _cover(asked[server], names)
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Directory:
    """What entries are called.

    Attributes:
        short: whether an id alone tells scenarios apart. Ids are unique in one load; a baseline
            may still hold files that were not loaded together.
        by_server: server to the names of its scenarios, sorted by server.
    """

    short: bool
    by_server: Mapping[str, frozenset[str]]

    def called(self, scenario: str) -> str:
        return scenario_names(scenario)[1] if self.short else scenario


@lru_cache(maxsize=4)  # a report asks a thousand times, of the same entries
def _directory(entries: frozenset[EntryName]) -> _Directory:
    scenarios = {scenario for scenario, _ in entries}
    short = len({scenario_names(scenario)[1] for scenario in scenarios}) == len(scenarios)
    names: dict[str, set[str]] = {server: set() for server in sorted({s for _, s in entries})}
    for scenario, server in entries:
        names[server].add(scenario_names(scenario)[1] if short else scenario)
    by_server = {server: frozenset(called) for server, called in names.items()}
    return _Directory(short=short, by_server=by_server)


def _cover(wanted: set[str], known: frozenset[str]) -> Iterator[str]:
    """Patterns and names for `wanted`, the pattern that fits most of what is left at each time."""
    if len(wanted) > 1 and wanted == known:
        yield "*"
        return
    fitting = _exact_patterns(wanted, known) if len(wanted) > FEW else {}
    left = set(wanted)
    while left:
        best = max(
            fitting, key=lambda pattern: (len(fitting[pattern] & left), -len(pattern)), default=""
        )
        if not best or len(fitting[best] & left) < 2:
            yield from left
            return
        yield best
        left -= fitting[best]


def _exact_patterns(wanted: set[str], known: frozenset[str]) -> dict[str, set[str]]:
    """Patterns that fit several of `wanted` and nothing else of `known`; in order."""
    fitting: dict[str, set[str]] = {}
    for name in sorted(known):
        for pattern in _patterns(name.split("-")):
            fitting.setdefault(pattern, set()).add(name)
    return {
        pattern: names for pattern, names in fitting.items() if len(names) > 1 and names <= wanted
    }


def _patterns(words: Sequence[str]) -> Iterator[str]:
    """Every beginning, end and inner part of a name, by its words."""
    last = len(words)
    for i in range(last):
        for j in range(i + 1, last + 1):
            if (i, j) != (0, last):
                yield f"{'*-' if i else ''}{'-'.join(words[i:j])}{'-*' if j < last else ''}"
