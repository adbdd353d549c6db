"""Running: the one way in which commands run cells: how, what is kept, and an early end."""

import argparse
import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cors_harness.cli.options import executables, make_plan_of, subject_of
from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.events import CellFinished, EngineLost, Event, RunStarted
from cors_harness.planning.plan import Plan
from cors_harness.reports.progress import ProgressReport
from cors_harness.reports.styled_text import progress
from cors_harness.reports.summary import counted
from cors_harness.store.codec import Json, header_to_json
from cors_harness.store.journal import DEFAULT_PLACE, Journal

if TYPE_CHECKING:
    from cors_harness.run.settings import RunSettings

INTERRUPTED = 130
ALLOW_MISSING = {
    "--allow-missing": "go on without browsers that are missing; their cells are skipped aloud",
}
WAYS = {
    "--headed": "show the browsers' windows",
    "--isolated": "every cell alone in a fresh browser context: slow, and must not differ",
    **ALLOW_MISSING,
    "--install-browsers": "first install the browsers that are missing",
    "--install-servers": "first install the programs of deployments that are missing",
}


class Listener(Protocol):
    """What hears a run."""

    def on_event(self, event: Event) -> None:
        """Takes note of one event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What a command line asks to run, and how."""

    plan: Plan
    settings: "RunSettings"


class Losses:
    """Hears which engines were lost.

    Attributes:
        lost: a sentence for each engine that crashed or hung.
    """

    def __init__(self) -> None:
        self.lost: list[str] = []

    def on_event(self, event: Event) -> None:
        """Takes note of one event."""
        match event:
            case EngineLost():
                self.lost.append(f"{event.engine} was lost: {event.detail}")
            case _:
                pass


def add_ways(group: "argparse._ArgumentGroup", *, allow_missing: bool = True) -> None:
    """How to run: the switches, --timeout and --journal."""
    for name, words in WAYS.items():
        if allow_missing or name not in ALLOW_MISSING:
            group.add_argument(name, action="store_true", help=words)
    group.set_defaults(allow_missing=False)
    group.add_argument(
        "--timeout",
        metavar="MS",
        default="10000",
        help="milliseconds that a request may take (default: %(default)s)",
    )


def add_journal(group: "argparse._ArgumentGroup") -> None:
    """--journal."""
    group.add_argument(
        "--journal",
        metavar="FILE",
        type=Path,
        default=DEFAULT_PLACE,
        help="where to keep all of the run, as JSON Lines (default: %(default)s)",
    )


def planned(args: argparse.Namespace) -> RunRequest:
    """What the options of `add_selection` and `add_ways` say; installs servers where asked to."""
    from cors_harness.run.settings import RunSettings

    settings = RunSettings(
        subject=subject_of(args),
        executables=executables(args),
        headed=args.headed,
        isolated=args.isolated,
        allow_missing=args.allow_missing,
        timeout_ms=_milliseconds(args.timeout),
    )
    if args.install_servers:
        _install_servers()
    return RunRequest(plan=make_plan_of(args), settings=settings)


class RunRecorder:
    """Hears a run: writes the journal, shows the progress.

    Attributes:
        header: of the journal, once the run has begun.
        finished: how many cells are.
    """

    def __init__(self, args: argparse.Namespace, *listeners: Listener, judged: bool = True) -> None:
        """`judged`: whether the progress tells how much is not as scenarios expect."""
        self.journal = Journal(args.journal)
        self.header: Json = {}
        self.finished = 0
        self._args, self._listeners, self._judged = args, listeners, judged

    def run(self, what: RunRequest) -> int | None:
        """Runs the cells; the exit status of a run that was cut short, having said so, or None."""
        from cors_harness.run.api import run

        try:
            if self._args.install_browsers:
                _install(what)
            self._listen(run(what.plan, what.settings))
        except (KeyboardInterrupt, HarnessError) as trouble:
            return self._cut_short(trouble)
        return None

    def close(self) -> None:
        """Closes the journal."""
        self.journal.close()

    def _listen(self, events: Generator[Event]) -> None:
        """Takes every event; ends the run when it is left early."""
        with closing(events), ProgressReport(progress(), judged=self._judged) as bar:
            for event in events:
                self._keep(event)
                for listener in (*self._listeners, bar):
                    listener.on_event(event)

    def _keep(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.header = header_to_json(self._args.argv, event)
                self.journal.write_header(self._args.argv, event)
            case CellFinished():
                self.journal.write(event.record)
                self.finished += 1
            case _:
                pass

    def _cut_short(self, trouble: KeyboardInterrupt | HarnessError) -> int:
        """Says what there is of a run that did not come to its end."""
        cells = counted(self.finished, "finished cell")
        kept = f"{cells} in {self.journal.path}" if self.finished else ""
        if isinstance(trouble, HarnessError):
            lines = (f"cors-harness: error: {trouble}", kept)
            print("\n".join(filter(None, lines)), file=sys.stderr)
            return trouble.exit_status
        print(f"interrupted; {kept or 'no cell was finished'}", file=sys.stderr)
        return INTERRUPTED


def _install(what: RunRequest) -> None:
    from cors_harness.engines.provision import install_engines

    console = progress()
    install_engines(_missing_files(what), lambda line: console.print(line, soft_wrap=True))


def _missing_files(what: RunRequest) -> Sequence[str]:
    """The engines for which no file is named."""
    return sorted({cell.engine for cell in what.plan.cells} - {*what.settings.executables})


def _install_servers() -> None:
    from cors_harness.serving.deployments.install import install_servers

    console = progress()
    install_servers(lambda line: console.print(line, soft_wrap=True))


def _milliseconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise UsageError(f"--timeout: found {text!r}; expected milliseconds, such as 10000")
    return int(text)
