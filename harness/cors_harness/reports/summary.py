"""Lines at the end of a report: what was left out, what ran on what, how many and how fast."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cors_harness.model.events import (
    ConnectionsRefused,
    EngineLost,
    FewerSessions,
    RunFinished,
    RunStarted,
    ServerLost,
    ServerOutput,
    StrayExchanges,
)
from cors_harness.model.verdict import Status
from cors_harness.reports.base import Line
from cors_harness.reports.tally import Row, Tally

STYLES = {"unexpected": "bold red", "errors": "bold magenta", "known": "yellow"}
LABELS = {"as_expected": "as expected"}
NAMES_SHOWN = 5
NOUNS = {"known": "known difference", "errors": "error"}


def skipped(tally: Tally) -> Iterator[Line]:
    """Every reason for which cells were skipped, the commonest first, and which cells."""
    rows = (row for row in tally.rows if row.status is Status.SKIPPED)
    return _grouped("skipped", ((row.skipped_for, row) for row in rows))


def known(tally: Tally) -> Iterator[Line]:
    """Every source of known differences, the commonest first, and which cells have them."""
    rows = (row for row in tally.rows if row.known)
    return _grouped("known differences", ((row.known, row) for row in rows))


def _grouped(title: str, reasons: Iterable[tuple[str, Row]]) -> Iterator[Line]:
    groups: dict[str, list[Row]] = {}
    for reason, row in reasons:
        groups.setdefault(reason, []).append(row)
    if not groups:
        return
    total = sum(map(len, groups.values()))
    yield ((f"{title}: {counted(total, 'cell')}", "bold"),)
    for reason, rows in sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        first, *more = reason.splitlines() or [""]
        yield ((f"{len(rows):>6}  {first}", ""),)
        yield from (((f"{'':>6}  {line}", ""),) for line in more)
        for row in sorted(rows, key=lambda row: (row.order, row.engine)):
            yield ((f"{'':>8}{row.name}", "dim"),)
    yield ()


def losses_text(event: EngineLost | ServerLost | FewerSessions) -> str:
    """What is told of an engine or a server that was lost, or of an engine with fewer sessions."""
    match event:
        case EngineLost():
            is_one = event.sessions > 1
            which = (
                f"one of {event.sessions} sessions of {event.engine}" if is_one else event.engine
            )
            after = "" if is_one else ", a fresh one goes on"
            in_flight = counted(event.in_flight, "cell")
            return f"{which} was lost with {in_flight} in flight{after}: {event.detail}"
        case ServerLost():
            what, *output = event.detail.splitlines()
            in_flight = counted(event.in_flight, "cell")
            after = ", it is started again" if event.left else ""
            first = f"a server was lost with {in_flight} in flight{after}: {what}"
            return "\n".join((first, *output))
        case FewerSessions():
            sessions = counted(event.sessions, "session")
            return f"{event.engine} runs in {sessions} of {event.of}: {event.why}"


def versions(started: RunStarted) -> Iterator[Line]:
    """What took part: engines with build and driver, servers with what they are made of."""
    width = max((10, *(len(engine.name) + 2 for engine in started.engines)))
    for engine in started.engines:
        yield ((f"{engine.name:<{width}}{engine.label}", ""),)
        spread = f", {engine.sessions} sessions" if engine.sessions > 1 else ""
        yield ((f"{'':<{width}}{engine.build}, {engine.driver}{spread}", "dim"),)
    for text in sorted({_made_of(server.versions) for server in started.servers} - {""}):
        names = [s.name for s in started.servers if _made_of(s.versions) == text]
        yield ((f"{'servers':<10}{_first_names(names)}: {text}", ""),)
    yield ((f"{'os':<10}{started.os}", ""),)


def _first_names(names: Sequence[str]) -> str:
    """The names, of many only the first; the journal has all of them."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _made_of(versions: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions)


def strays(event: StrayExchanges) -> Iterator[Line]:
    """Requests that belong to no cell: worth a look, as somebody may have been mixed up."""
    yield ((f"warning: {counted(event.count, 'request')} that no cell accounts for", "yellow"),)
    for example in event.examples:
        yield ((f"        {example}", ""),)
    yield ()


def refused(event: ConnectionsRefused) -> Iterator[Line]:
    """Names that browsers asked for and that are no origin of the run; nothing left the machine."""
    total = sum(refusal.count for refusal in event.refusals)
    yield ((f"refused at the proxy: {counted(total, 'connection')}", "yellow"),)
    for refusal in event.refusals:
        name = f"{refusal.client}  {refusal.host}:{refusal.port}"
        yield ((f"{refusal.count:>6}  {name}: {refusal.why}", ""),)
    yield ()


def counts(tally: Tally) -> Line:
    """One line: how many cells, and how they came out."""
    summary = tally.summary()
    parts: list[tuple[str, str]] = [(counted(summary.pop("cells"), "cell") + ": ", "bold")]
    for name, count in summary.items():
        if count or name in {"as_expected", "unexpected"}:
            style = STYLES.get(name, "green") if count else ""
            parts += [(_count_text(name, count), style), (", ", "")]
    return tuple(parts[:-1])


def _count_text(name: str, count: int) -> str:
    return counted(count, NOUNS[name]) if name in NOUNS else f"{count} {LABELS.get(name, name)}"


def speed(finished: RunFinished) -> Line:
    """One line: seconds in all, and cells a second once the engines were up."""
    rate = finished.cells / finished.cells_s if finished.cells_s else 0.0
    shown = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
    total = f"{finished.total_s:.1f} s in all"
    return ((f"{total}, {finished.cells_s:.1f} s for the cells: {shown} cells/s", ""),)


def journal_place(journal: Path) -> Line:
    """One line: where all of it lies."""
    return ((f"{'journal':<10}{journal}", ""),)


def output_place(event: ServerOutput) -> Iterator[Line]:
    """One line, where there is a file: where what the user's server wrote lies."""
    if event.file:
        cut = ", cut" if event.is_cut else ""
        written = f"{counted(event.lines, 'line')} by the server{cut}"
        yield ((f"{'output':<10}{event.file}: {written}", ""),)


def counted(number: int, noun: str) -> str:
    """`1 cell`, `2 cells`, `2 entries`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"
