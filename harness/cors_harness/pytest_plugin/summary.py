"""SessionSummary: our section of pytest's summary: the engines, and what else was noticed."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cors_harness.errors import HarnessError
from cors_harness.loading.files import reader_name
from cors_harness.model.events import (
    ConnectionsRefused,
    EngineLost,
    Event,
    FewerSessions,
    RunAdvised,
    ServerLost,
    ServerOutput,
    StrayExchanges,
)
from cors_harness.pytest_plugin import options
from cors_harness.pytest_plugin.live_run import LIVE_RUN, LiveRun
from cors_harness.pytest_plugin.scenario_filter import INI, SCENARIO_FILTER, SIGNS, SIGNS_NEEDED
from cors_harness.reports.summary import losses_text
from cors_harness.reports.unproven_text import unproven_lines
from cors_harness.text.printable import printable_lines

SESSION_SUMMARY: "pytest.StashKey[SessionSummary]" = pytest.StashKey()
OUTPUT = "cors_harness"  # our key among what a worker sends


class SessionSummary:
    """The lines to write at the end, of this process and its workers.

    Attributes:
        exit_status: of the trouble that ended a run; 0 when there was none.
        journals: the files that the records are in.
        is_empty_shard: whether no test is left, as its shard has no cells: no reason to fail.
    """

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}
        self.exit_status = 0
        self.journals: list[str] = []
        self.is_empty_shard = False

    def gather(self, config: pytest.Config) -> None:
        """Takes in what happened in this process."""
        live_run = config.stash[LIVE_RUN]
        if live_run.trouble is not None:
            self.exit_status = options.exit_status(live_run.trouble)
        if live_run.journal is not None:
            self.journals.append(str(live_run.journal))
        self.add(*_run_lines(live_run))
        self.add(*_left_files(config))

    def add(self, *lines: str) -> None:
        """Takes more lines, each once."""
        self._lines.update(dict.fromkeys(lines))

    def hand_over(self, output: dict[str, Any]) -> None:
        """Puts it where xdist takes it from a worker to the main process."""
        output[OUTPUT] = {
            "lines": list(self._lines),
            "exit_status": self.exit_status,
            "is_empty_shard": self.is_empty_shard,
            "journals": self.journals,
        }

    def take_over(self, output: dict[str, Any]) -> None:
        """Takes in what a worker has handed over; nothing when it crashed before."""
        nothing = {"lines": [], "exit_status": 0, "is_empty_shard": False, "journals": []}
        of_worker = output.get(OUTPUT, nothing)
        self.add(*of_worker["lines"])
        self.journals += of_worker["journals"]
        self.exit_status = self.exit_status or of_worker["exit_status"]
        self.is_empty_shard = self.is_empty_shard or of_worker["is_empty_shard"]

    def write_page(self, file: Path, options_of_run: Sequence[str]) -> None:
        """Writes the page of all records that there are; none where no cell ran."""
        if not self.journals:
            return
        from cors_harness.reports.html.assembly import page
        from cors_harness.reports.html.document import PageSide, document_of_run
        from cors_harness.store.journal_parts import JournalParts
        from cors_harness.store.whole_file import write_whole

        try:
            with closing(JournalParts([Path(name) for name in sorted(self.journals)])) as parts:
                side = PageSide(
                    name="pytest",
                    header=parts.header,
                    records=parts.records(),
                    options=tuple(options_of_run),
                )
                write_whole(file, "--cors-html", page(document_of_run(side)))
        except HarnessError as error:
            self.exit_status = self.exit_status or options.exit_status(error)
            self.add(str(error))
        else:
            self.add(f"page: {file}")

    def write(self, reporter: pytest.TerminalReporter) -> None:
        """Writes nothing where there are no scenarios."""
        if self._lines:
            reporter.section("cors-harness")
        for line in self._lines:
            reporter.line(printable_lines(line))


def _run_lines(live_run: LiveRun) -> Iterator[str]:
    for engine in live_run.engines:
        yield f"{engine.name}: {engine.label} ({engine.build}, {engine.driver})"
    yield from (advertised.sentence() for advertised in live_run.advertised)
    yield from filter(None, (_note(event) for event in live_run.notes))
    unproven = live_run.unproven
    lines = unproven_lines(unproven.found(), is_all=unproven.is_all)
    yield from ("".join(text for text, _ in line) for line in lines if line)


def _note(event: Event) -> str:
    match event:
        case EngineLost() | ServerLost() | FewerSessions():
            return losses_text(event)
        case StrayExchanges(count=count, examples=examples):
            return f"{count} requests belong to no cell, e.g. {examples[0]}"
        case ConnectionsRefused(refusals=refusals):
            texts = [
                f"{refusal.host}:{refusal.port} ({refusal.client}: {refusal.why})"
                for refusal in refusals
            ]
            return f"refused at the proxy: {', '.join(texts)}"
        case RunAdvised(hints=hints):
            return "\n".join(f"hint: {hint}" for hint in hints)
        case ServerOutput(trouble=trouble):
            return trouble
        case _:
            return ""


def _left_files(config: pytest.Config) -> Iterator[str]:
    keys = ", ".join(SIGNS).replace("|", " or ")
    for path in config.stash[SCENARIO_FILTER].left_beside():
        yield (
            f"{reader_name(path)} is not taken for a scenario file: it has fewer than "
            f"{SIGNS_NEEDED} of the keys {keys}\n"
            f"  to read it all the same, name it in the ini setting {INI}"
        )
