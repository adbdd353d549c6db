"""The end of a report in few lines: counts by file, what was left out, and how to see more."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from cors_harness.model.events import ConnectionsRefused, RunFinished, StrayExchanges
from cors_harness.model.route import Refusal
from cors_harness.model.verdict import Status
from cors_harness.reports import summary
from cors_harness.reports.base import Line
from cors_harness.reports.deployment_differences import DeploymentDifference
from cors_harness.reports.fitting import UNBROKEN, command_lines, cut, listed, wrapped
from cors_harness.reports.summary import counted
from cors_harness.reports.tally import Row, Tally
from cors_harness.text.printable import printable

FILES_SHOWN = 10  # with a line each; of more only how many there are, unless all is asked for
REFUSALS_SHOWN, NAMES_SHOWN = 3, 4
MORE = 10  # columns before the command that shows more
HANDSHAKE = "TLS"  # its end is told at the cell that failed by it; browsers give up spare ones


def files(tally: Tally, width: int, *, whole: bool = False) -> Iterator[Line]:
    """A line for each of several files that the run has cells of; of many only where `whole`."""
    by_file: defaultdict[str, list[Row]] = defaultdict(list)
    for row in tally.rows:
        by_file[row.file].append(row)
    if len(by_file) < 2 or (len(by_file) > FILES_SHOWN and not whole):
        return
    indent = max(map(len, by_file)) + 2
    for file, rows in sorted(by_file.items()):
        statuses = Counter(row.status for row in rows)
        style = "" if _is_good(statuses) else "bold"
        for line in wrapped(file, _came_out(statuses), width, indent):
            yield ((line, style),)
    yield ()


def _is_good(statuses: Counter[Status]) -> bool:
    return not statuses[Status.UNEXPECTED] and not statuses[Status.ERROR]


def _came_out(statuses: Counter[Status]) -> str:
    """The counts, each of which stays on one line."""
    text = "".join(text for text, _ in summary.counts(Tally(statuses=statuses)))
    whole = text.replace(" ", UNBROKEN)
    return whole.replace(f":{UNBROKEN}", ": ").replace(f",{UNBROKEN}", ", ")


def ran(tally: Tally, engines: Sequence[str], finished: RunFinished | None) -> Iterator[Line]:
    """One line: what ran where, and how long that took."""
    names = sorted({row.file for row in tally.rows})
    if not names:
        return
    what = names[0] if len(names) == 1 else counted(len(names), "file")
    where = f" in {', '.join(engines)}" if engines else ""
    took = f", {finished.total_s:.0f} s" if finished else ""
    yield ((f"{what}{where}{took}", ""),)


def more(
    words: Sequence[str], journal: Path, width: int, *, is_matrix_shown: bool
) -> Iterator[Line]:
    """The command that shows all of the same run, to be copied.

    `words`: the command that gives the run again, but for the journal that it is taken from.
    """
    label = "more"
    options = ("-v",) if is_matrix_shown else ("-v", "--matrix")
    for line in command_lines((*words, "--from", str(journal), *options), width - MORE):
        yield ((f"{label:<{MORE}}{line}", ""),)
        label = ""


def left_out(tally: Tally, width: int) -> Iterator[Line]:
    """A line for known differences and for skipped cells, if there are any."""
    yield from _grouped("known difference", "", tally.known, width)
    yield from _grouped("cell", " skipped", tally.skips, width)


def _grouped(noun: str, word: str, groups: Counter[str], width: int) -> Iterator[Line]:
    if not groups:
        return
    reasons = list(groups)
    why = reasons[0] if len(reasons) == 1 else f"{len(reasons)} reasons"
    first = why.partition("\n")[0]
    yield ((cut(printable(f"{counted(groups.total(), noun)}{word} (-v): {first}"), width), ""),)


def deployed(different: Sequence[DeploymentDifference], width: int) -> Iterator[Line]:
    """One line where deployed servers give another result than their apps alone."""
    if different:
        servers = list(dict.fromkeys(row.server for row in different))
        names = listed(servers, NAMES_SHOWN)
        results = f"{counted(len(different), 'result')} otherwise than the app alone"
        yield from (((line, ""),) for line in wrapped("", f"{results} (-v): {names}", width, 0))


def hints(sentences: Sequence[str], width: int) -> Iterator[Line]:
    """What fails no cell, and is worth mending."""
    for sentence in sentences:
        first, *others = wrapped("hint", printable(sentence), width, 10)
        yield (first[:4], "yellow"), (first[4:], "")
        yield from (((line, ""),) for line in others)


def strays(events: Sequence[StrayExchanges], width: int) -> Iterator[Line]:
    """One line each: requests that belong to no cell, with an example."""
    for event in events:
        example = f", such as {event.examples[0]}" if event.examples else ""
        text = f"warning: {counted(event.count, 'request')} that no cell accounts for{example}"
        yield ((cut(printable(text), width), "yellow"),)


def refused(events: Sequence[ConnectionsRefused], width: int) -> Iterator[Line]:
    """Names that browsers asked for in vain, the commonest first; no TLS handshakes."""
    counts: Counter[str] = Counter()
    for refusal in (refusal for event in events for refusal in event.refusals):
        if not refusal.why.startswith(HANDSHAKE):
            counts[_refusal(refusal)] += refusal.count
    for text, count in counts.most_common(REFUSALS_SHOWN):
        connections = counted(count, "connection")
        yield ((cut(f"refused at the proxy: {connections} to {text}", width), "yellow"),)
    if (left := len(counts) - REFUSALS_SHOWN) > 0:
        yield ((f"and to {left} more, which -v lists", "yellow"),)


def _refusal(refusal: Refusal) -> str:
    return printable(f"{refusal.host}:{refusal.port}, {refusal.why}")
