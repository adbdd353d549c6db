"""ServerResults: what came out of each scenario, and on which servers, as a Markdown table.

Servers on which the same came out stand in one row: the outcome, the exchanges with their statuses,
and of headers those that the scenario itself speaks of.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from cors_harness.changes.wire_diff import PAGE_ORIGIN
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import CellFinished, Event
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled
from cors_harness.model.scenario import Expectation, Scenario
from cors_harness.model.verdict import Status
from cors_harness.reports.markdown_text import code, in_table, words
from cors_harness.terms.headers import get, get_all
from cors_harness.terms.role import Role

HEAD = "| scenario | what came out | on |\n|---|---|---|\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerResult:
    """What one cell came to.

    Attributes:
        file, line, variant: where the scenario stands, as of its SourceSpan.
        text: in Markdown; the same for cells that came out alike.
    """

    file: str
    line: int
    variant: int
    scenario: str
    title: str
    server: str
    engine: str
    text: str


class ServerResults:
    """A Listener that collects what every cell came to.

    Attributes:
        rows: of the cells that came to a result, in the order in which they finished.
    """

    def __init__(self) -> None:
        self.rows: list[ServerResult] = []

    def on_event(self, event: Event) -> None:
        """Takes note of one event."""
        match event:
            case CellFinished(record=record) if record.verdict.status not in NO_RESULT:
                self.rows.append(_result(record))
            case _:
                pass


NO_RESULT = frozenset({Status.SKIPPED, Status.ERROR})


def server_table(rows: Iterable[ServerResult]) -> str:
    """The table: scenarios as in their files, of each the result that most servers have first."""
    ordered = sorted(rows, key=_order)
    lines = (
        line
        for _, of_scenario in groupby(ordered, key=_order)
        for line in _lines(list(of_scenario))
    )
    return HEAD + "".join(lines)


def _order(row: ServerResult) -> tuple[str, int, int, str]:
    return row.file, row.line, row.variant, row.scenario


def _lines(rows: Sequence[ServerResult]) -> Iterator[str]:
    title = _words(rows[0].title)
    by_text: defaultdict[str, list[ServerResult]] = defaultdict(list)
    for row in rows:
        by_text[row.text].append(row)
    engines = {server: {row.engine for row in rows if row.server == server} for server in _of(rows)}
    for text, alike in sorted(by_text.items(), key=lambda pair: (-len(_of(pair[1])), pair[0])):
        yield f"| {title} | {text} | {_places(alike, engines)} |\n"
        title = ""


def _of(rows: Iterable[ServerResult]) -> list[str]:
    return sorted({row.server for row in rows})


def _places(rows: Sequence[ServerResult], engines: Mapping[str, set[str]]) -> str:
    """The servers, those behind which not all engines stand with these."""
    names = []
    for server in _of(rows):
        seen_in = {row.engine for row in rows if row.server == server}
        only = (
            f" in {' and '.join(map(_words, sorted(seen_in)))}"
            if seen_in != engines[server]
            else ""
        )
        names.append(f"{_code(server)}{only}")
    return ", ".join(names)


def _result(record: CellRecord) -> ServerResult:
    scenario = record.cell.scenario
    return ServerResult(
        file=scenario.source.file,
        line=scenario.source.line,
        variant=scenario.source.variant,
        scenario=scenario.id,
        title=scenario.title,
        server=record.cell.server,
        engine=record.cell.engine,
        text="; then ".join(_steps(record, _Named.by(scenario))),
    )


# What the scenario speaks of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """Headers that a scenario names, each in the order in which it does.

    Attributes:
        sent: (kind of exchange, name) of response headers; None: of either kind.
        read: those that page code is expected to read, or not to read.
    """

    sent: tuple[tuple[ExchangeKind | None, str], ...]
    read: tuple[str, ...]

    @classmethod
    def by(cls, scenario: Scenario) -> "_Named":
        expectations = tuple(_expectations(scenario))
        sent = (
            (exchange.kind, name)
            for expect in expectations
            for exchange in expect.exchanges or ()
            for name, _ in exchange.response_headers
        )
        read = (name for expect in expectations for name, _ in expect.readable)
        return cls(sent=tuple(dict.fromkeys(sent)), read=tuple(dict.fromkeys(read)))

    def of(self, kind: ExchangeKind) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for where, name in self.sent if where in {None, kind}))


def _expectations(scenario: Scenario) -> Iterator[Expectation]:
    for step in scenario.steps:
        yield step.expect
        yield from (exemption.expect for exemption in step.exemptions)


# What came out


def _steps(record: CellRecord, named: _Named) -> Iterator[str]:
    for number, step in enumerate(record.verdict.steps):
        exchanges = [exchange for exchange in record.exchanges if exchange.step == number]
        wire = ", ".join(_exchange(exchange, named) for exchange in exchanges)
        observation = record.observations[number]
        read = _read(observation, named.read) if isinstance(observation, Fulfilled) else ""
        yield f"{step.outcome}{read}: {wire or 'nothing sent'}"


def _exchange(exchange: Exchange, named: _Named) -> str:
    at = "" if exchange.role == Role.SERVER else f" at {_words(exchange.role)}"
    status = "without a response" if exchange.status is None else exchange.status
    headers = [_header(exchange, name) for name in named.of(exchange.kind)]
    return f"{exchange.kind}{at} {status}" + (f" ({', '.join(headers)})" if headers else "")


def _header(exchange: Exchange, name: str) -> str:
    values = get_all(exchange.response_headers, name)
    if not values:
        return f"no {_code(name)}"
    page = get(exchange.request_headers, "Origin")
    if values == (page,):
        return f"{_code(name)}: {PAGE_ORIGIN}"
    return ", ".join(_code(f"{name}: {value.decode('latin-1')}") for value in values)


def _read(observation: Fulfilled, names: Sequence[str]) -> str:
    readable = {name for name, _ in observation.headers}
    texts = (
        f"reads {_code(name)}" if name.lower() in readable else f"does not read {_code(name)}"
        for name in names
    )
    return "".join(f", {text}" for text in texts)


def _code(text: str) -> str:
    return in_table(code(text))


def _words(text: str) -> str:
    return in_table(words(text))
