"""Plan: which cells run, scenarios x servers x engines, and which are skipped and why."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from cors_harness.errors import NothingSelected, ScenarioError, UsageError
from cors_harness.model.cell import Cell, Skip
from cors_harness.model.scenario import Scenario
from cors_harness.model.server import APP, APPS, VERBATIM, CorsPolicy, is_deployed
from cors_harness.model.shard import PlanPart
from cors_harness.model.subject import NO_APP
from cors_harness.text.problems import did_you_mean

CellPredicate = Callable[[Cell], bool]
OPERATORS = ("and", "or", "not", "(", ")")


def by_keyword(keyword: str | None) -> CellPredicate:
    """Whether a cell's node id or title has the words; without any every cell does.

    Raises:
        UsageError: the expression makes no sense.
    """
    if keyword is None or not keyword.strip():
        return lambda _cell: True
    return _KeywordParser(keyword).parse()


class _KeywordParser:
    """Reads `a and not (b or c d)`; words side by side are one text to look for."""

    def __init__(self, keyword: str) -> None:
        self._keyword = keyword
        self._tokens = re.findall(r"[()]|[^\s()]+", keyword)

    def parse(self) -> CellPredicate:
        predicate = self._either()
        if self._tokens:
            raise self._error(f"{self._tokens[0]!r} is not expected")
        return predicate

    def _next_is(self, token: str) -> bool:
        if self._tokens and self._tokens[0].lower() == token:
            self._tokens.pop(0)
            return True
        return False

    def _either(self) -> CellPredicate:
        parts = [self._both()]
        while self._next_is("or"):
            parts.append(self._both())
        return lambda cell: any(part(cell) for part in parts)

    def _both(self) -> CellPredicate:
        parts = [self._one()]
        while self._next_is("and"):
            parts.append(self._one())
        return lambda cell: all(part(cell) for part in parts)

    def _one(self) -> CellPredicate:
        if self._next_is("not"):
            negated = self._one()
            return lambda cell: not negated(cell)
        if self._next_is("("):
            inner = self._either()
            if not self._next_is(")"):
                raise self._error("a ) is missing")
            return inner
        return self._words()

    def _words(self) -> CellPredicate:
        texts = []
        while self._tokens and self._tokens[0].lower() not in OPERATORS:
            texts.append(self._tokens.pop(0).lower())
        if not texts:
            following = repr(self._tokens[0]) if self._tokens else "the end"
            raise self._error(f"a word is missing before {following}")
        text = " ".join(texts)
        return lambda cell: text in f"{cell.node_id}\n{cell.scenario.title}".lower()

    def _error(self, why: str) -> UsageError:
        return UsageError(
            f"keyword {self._keyword!r}: {why}; expected words joined by and, or, not and ( )"
        )


class Server(Protocol):
    """What a plan has to know of a server.

    Attributes:
        name: as scenarios and reports call it; `APP@DEPLOYMENT` where an app is deployed.
        fixed: configured already, so that it takes no policy.
        only_where_named: whether it runs only scenarios that name it under `servers`.
        expresses: what of a policy it can be told; empty: nothing.
        acts_as: name of the server whose exceptions in scenarios hold for this one too, or empty.
        missing: why it cannot be started on this machine and what to do about it, or empty.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - see above
    @property
    def fixed(self) -> bool: ...  # noqa: D102
    @property
    def only_where_named(self) -> bool: ...  # noqa: D102
    @property
    def expresses(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def acts_as(self) -> str: ...  # noqa: D102
    @property
    def missing(self) -> str: ...  # noqa: D102

    def cannot_express(self, policy: CorsPolicy) -> str | None:
        """What of `policy` it cannot be told, in words; None: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which cells are asked for.

    Attributes:
        servers: names, or patterns such as `*@nginx`; empty: every server that is not deployed,
            those that a scenario names, and those of `cells`.
        engines: names of the engines that run.
        cells: node ids (`scenarios/x.yaml::ID[SERVER-ENGINE]`), ids (`ID[SERVER-ENGINE]`), or
            either without the brackets for all cells of a scenario; empty: every cell.
        keyword: words that the node id or the title must have, with `and`, `or`, `not` and
            parentheses; case makes no difference. None: every cell.
    """

    servers: tuple[str, ...] = ()
    engines: tuple[str, ...]
    cells: tuple[str, ...] = ()
    keyword: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Cells to run and cells that are skipped; in the order of scenarios, servers, engines.

    Attributes:
        notes: what was chosen for the user, as sentences without full stops.
        part: which part of what was asked for it is; None: nobody asks.
        elsewhere: cells, skipped ones too, of the shards that it does not have.
    """

    cells: tuple[Cell, ...]
    skips: tuple[Skip, ...] = ()
    notes: tuple[str, ...] = ()
    part: PlanPart | None = None
    elsewhere: tuple[Cell, ...] = ()


def make_plan(
    scenarios: Sequence[Scenario], servers: Sequence[Server], selection: Selection
) -> Plan:
    """The cells and skips that `selection` leaves of scenarios x servers x engines.

    Raises:
        ScenarioError: scenarios name servers that are not registered.
        UsageError: the selection names unknown servers or cells, or its keyword makes no sense.
        NothingSelected: neither a cell nor a skip is left.
    """
    _check_named_servers(scenarios, servers)
    check_selected_servers(selection, servers)
    has_keyword = by_keyword(selection.keyword)
    offered = tuple(_offered(scenarios, servers, selection))
    selected = [entry for entry in _by_id(offered, selection) if has_keyword(_cell(entry))]
    if not selected:
        raise NothingSelected(_nothing(len(offered), scenarios, selection))
    return Plan(
        cells=tuple(entry for entry in selected if isinstance(entry, Cell)),
        skips=tuple(entry for entry in selected if isinstance(entry, Skip)),
    )


# What a scenario runs on


def _offered(
    scenarios: Sequence[Scenario], servers: Sequence[Server], selection: Selection
) -> Iterator[Cell | Skip]:
    """Every cell on the selected servers and engines, not yet filtered by id and keyword."""
    lacks_app = all(server.name not in APPS for server in servers) and not selection.servers
    for_all, for_named = _servers_by_use(servers, selection)
    ranks = {name: rank for rank, name in enumerate(for_named)}
    for scenario in scenarios:
        for app in _apps_for(scenario) if lacks_app else ():
            for cell in _on_engines(scenario, selection, app):
                yield Skip(cell=cell, reason=NO_APP)
        named = sorted(scenario.named_servers() & ranks.keys(), key=ranks.__getitem__)
        for server in (*for_all, *(for_named[name] for name in named)):
            yield from _on_server(scenario, server, selection)


def _servers_by_use(
    servers: Sequence[Server], selection: Selection
) -> tuple[Sequence[Server], Mapping[str, Server]]:
    """Servers for every scenario, and by name those that only scenarios which name them run on.

    Divided once: hundreds of servers times thousands of scenarios would take seconds.
    """
    if selection.servers:
        return [server for server in servers if _fits(server.name, selection.servers)], {}
    by_name = {server.name: server for server in servers}
    named_only = {name for name in by_name if _needs_naming(name, selection)}
    return (
        [server for name, server in by_name.items() if name not in named_only],
        {name: server for name, server in by_name.items() if name in named_only},
    )


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _needs_naming(name: str, selection: Selection) -> bool:
    """Whether a server runs only what asks for it: a deployed one that no cell id names."""
    return is_deployed(name) and not any(f"[{name}-" in cell for cell in selection.cells)


def _on_server(scenario: Scenario, server: Server, selection: Selection) -> Iterator[Cell | Skip]:
    if not _is_meant_for(scenario, server):
        return
    # What is missing comes last: a plan has the same cells, run or skipped, on every machine.
    reason = _why_not(scenario, server)
    is_selected = server.name in selection.servers
    # A server without any CORS would fill the report with skips that tell nothing.
    if reason and not server.expresses and not is_selected:
        return
    for cell in _on_engines(scenario, selection, server.name, acts_as=server.acts_as):
        if why := reason or server.missing:
            yield Skip(cell=cell, reason=why, is_missing=not reason)
        else:
            yield cell


def _on_engines(
    scenario: Scenario, selection: Selection, server: str, *, acts_as: str = ""
) -> Iterator[Cell]:
    for engine in selection.engines:
        yield Cell(scenario=scenario, server=server, engine=engine, acts_as=acts_as)


def _apps_for(scenario: Scenario) -> tuple[str, ...]:
    """The user's servers that the scenario is for: the app, unless it names others; often none."""
    if scenario.policy is not None or scenario.answers is not None:  # for reference servers
        return ()
    return tuple(name for name in APPS if name in (scenario.servers or (APP,)))


def _is_meant_for(scenario: Scenario, server: Server) -> bool:
    """Whether the scenario is meant for this sort of server, and for this one if it names some."""
    if server.name in APPS:
        return server.name in _apps_for(scenario)
    if server.fixed:
        return server.name in scenario.servers and scenario.policy is None
    configuration = scenario.answers if server.name == VERBATIM else scenario.policy
    is_for_all = not scenario.servers and not server.only_where_named
    return configuration is not None and (is_for_all or server.name in scenario.servers)


def _why_not(scenario: Scenario, server: Server) -> str | None:
    """Why the server cannot run it; None: it can, or the file says what comes out there."""
    names = scenario.named_servers()
    is_named = server.name in names or (server.acts_as and server.acts_as in names)
    if scenario.policy is None or is_named:
        return None
    return server.cannot_express(scenario.policy)


# Filters


def _cell(entry: Cell | Skip) -> Cell:
    return entry.cell if isinstance(entry, Skip) else entry


def _names(cell: Cell) -> tuple[str, ...]:
    """All the ways to name a cell; the last two name every cell of its scenario."""
    scenario = cell.scenario
    return cell.node_id, cell.id, f"{scenario.source.file}::{scenario.id}", scenario.id


def _by_id(offered: Sequence[Cell | Skip], selection: Selection) -> list[Cell | Skip]:
    """The entries that `selection.cells` names; NothingSelected where one names none."""
    if not selection.cells:
        return list(offered)
    ids = {name.removeprefix("./") for name in selection.cells}
    available = {name for entry in offered for name in _names(_cell(entry))}
    if unknown := sorted(ids - available):
        lines = (f"no cell {name!r}{did_you_mean(name, available, '; ')}" for name in unknown)
        raise NothingSelected("\n".join((*lines, _available(len(offered), selection))))
    return [entry for entry in offered if not ids.isdisjoint(_names(_cell(entry)))]


# What a user is told who has selected nothing


def _check_named_servers(scenarios: Sequence[Scenario], servers: Sequence[Server]) -> None:
    known = {*APPS, *(server.name for server in servers)}
    problems = [
        _unknown_server(scenario, name, servers)
        for scenario in scenarios
        for name in sorted(scenario.named_servers() - known)
    ]
    if problems:
        raise ScenarioError(problems)


def _unknown_server(scenario: Scenario, name: str, servers: Sequence[Server]) -> str:
    place = f"{scenario.source}: {scenario.id}"
    problem = f"{place}: found the server {name!r}; expected one of {_listed(servers)}"
    hint = did_you_mean(name, [server.name for server in servers], "\n  ")
    return f"{problem}{hint}"


def _listed(servers: Sequence[Server]) -> str:
    """The servers; the hundreds that are deployed, and the many fixed ones, in a few words."""
    deployed = [server for server in servers if is_deployed(server.name)]
    plain = [server for server in servers if not is_deployed(server.name)]
    fixed = [server for server in plain if server.fixed and server.name not in APPS]
    names = [server.name for server in plain if server not in fixed]
    names += ["APP@DEPLOYMENT"] * bool(deployed)
    names += [f"{len(fixed)} fixed ones (servers/registry.toml)"] * bool(fixed)
    return ", ".join(names)


def check_selected_servers(selection: Selection, servers: Sequence[Server]) -> None:
    """Raises UsageError where a name or pattern of the selection fits no server."""
    names = [server.name for server in servers]
    unknown = [
        pattern
        for pattern in selection.servers
        if not any(fnmatchcase(name, pattern) for name in names)
    ]
    if unknown:
        lines = (f"no server {name!r}{did_you_mean(name, names, '; ')}" for name in unknown)
        raise UsageError("\n".join((*lines, f"servers: {_listed(servers)}")))


def _available(count: int, selection: Selection) -> str:
    servers = ", ".join(selection.servers) or "all servers"
    return f"available: {count} cells on {servers} in {', '.join(selection.engines)}"


def _nothing(count: int, scenarios: Sequence[Scenario], selection: Selection) -> str:
    if not selection.engines:
        return "nothing to run: no engine is selected"
    if not scenarios:
        return "nothing to run: there are no scenarios"
    if not count and selection.servers and {*selection.servers} <= {*APPS}:
        return (
            f"nothing to run: none of {len(scenarios)} scenarios is for your app\n"
            "  one for it has request and expect, and neither policy nor response"
        )
    if not count:
        servers = ", ".join(selection.servers)
        return f"nothing to run: none of {len(scenarios)} scenarios is for the server {servers}"
    keywords = {word for scenario in scenarios for word in (scenario.id, *scenario.id.split("-"))}
    hint = did_you_mean((selection.keyword or "").lower(), keywords, "; ")
    problem = f"nothing to run: no cell has the keyword {selection.keyword!r}{hint}"
    return f"{problem}\n{_available(count, selection)}"
