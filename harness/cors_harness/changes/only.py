"""Only: which cells a `--only NAME` means, and the fewest names that mean exactly some entries."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cors_harness.model.change import EntryName

SERVER_AT_END = re.compile(r"(?P<name>.*)\[(?P<server>[^\[\]]+)\]", re.DOTALL)
FEW = 3  # names that are as quickly read as a pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
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


def read_only(text: str, engines: Collection[str]) -> Only:
    """`NAME`, `NAME[SERVER]` or a cell's `NAME[SERVER-ENGINE]`."""
    match = SERVER_AT_END.fullmatch(text)
    if not match:
        return Only(text=text, name=text.removeprefix("./"))
    name, server = match["name"].removeprefix("./"), match["server"]
    start, _, engine = server.rpartition("-")
    if start and engine in engines:
        return Only(text=text, name=name, server=start, engine=engine)
    return Only(text=text, name=name, server=server)


def _fits(name: str, pattern: str) -> bool:
    return name == pattern or fnmatchcase(name, pattern)


def scenario_names(scenario: str) -> tuple[str, str]:
    """All that the scenario of an entry is known by: `FILE::ID` and `ID`."""
    return scenario, scenario.rpartition("::")[2]


def only_names(wanted: Collection[EntryName], known: Collection[EntryName]) -> tuple[str, ...]:
    """The fewest NAMEs that mean all of `wanted` and nothing else of `known`; sorted."""
    if not wanted:
        return ()
    everything = {*known, *wanted}
    ids = {scenario_names(scenario)[1] for scenario, _ in everything}
    # Ids are unique in one load; a baseline may still hold files that were not loaded together.
    short = len(ids) == len({scenario for scenario, _ in everything})
    by_server = {
        server: tuple({*_called(each, server, short=short)} for each in (wanted, everything))
        for server in sorted({server for _, server in everything})
    }
    sides = list(by_server.values())
    if all(side == sides[0] for side in sides):
        return tuple(sorted(_cover(*sides[0])))
    names = [f"{name}[{server}]" for server, side in by_server.items() for name in _cover(*side)]
    return tuple(sorted(names))


def _called(entries: Iterable[EntryName], server: str, *, short: bool) -> Iterator[str]:
    names = (scenario_names(scenario) for scenario, each in entries if each == server)
    return (name if short else full for full, name in names)


def _cover(wanted: set[str], known: set[str]) -> Iterator[str]:
    """Patterns and names for `wanted`, the pattern that fits most of what is left at each time."""
    if len(wanted) > 1 and wanted == known:
        yield "*"
        return
    fitting = _exact_patterns(wanted, known) if len(wanted) > FEW else {}
    left = set(wanted)
    while left:
        best = max(fitting, key=lambda each: (len(fitting[each] & left), -len(each)), default="")
        if not best or len(fitting[best] & left) < 2:
            yield from left
            return
        yield best
        left -= fitting[best]


def _exact_patterns(wanted: set[str], known: set[str]) -> dict[str, set[str]]:
    """Patterns that fit several of `wanted` and nothing else of `known`; in order."""
    found: dict[str, set[str]] = {}
    for name in sorted(known):
        for pattern in _patterns(name.split("-")):
            found.setdefault(pattern, set()).add(name)
    return {
        pattern: names for pattern, names in found.items() if len(names) > 1 and names <= wanted
    }


def _patterns(words: Sequence[str]) -> Iterator[str]:
    """Every beginning, end and inner part of a name, by its words."""
    last = len(words)
    for i in range(last):
        for j in range(i + 1, last + 1):
            if (i, j) != (0, last):
                yield f"{'*-' if i else ''}{'-'.join(words[i:j])}{'-*' if j < last else ''}"
