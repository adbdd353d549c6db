"""RunRecorder: the one way in which commands run cells: keeps the journal, shows the progress."""

import argparse
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.options import plan_of
from cors_harness.errors import HarnessError
from cors_harness.model.events import (
    CellFinished,
    EngineLost,
    Event,
    RunAdvised,
    RunStarted,
    ServerLost,
    ServerOutput,
)
from cors_harness.planning.plan import Plan
from cors_harness.reports.base import Listener
from cors_harness.reports.summary import counted
from cors_harness.settings.invocation import DEFAULT_TIMEOUT, Invocation
from cors_harness.store.codec import Json, header_to_json
from cors_harness.store.fingerprint_key import fingerprints
from cors_harness.store.journal import DEFAULT_PLACE, Journal, output_place
from cors_harness.store.kept_secrets import secrets_to_json

if TYPE_CHECKING:
    from cors_harness.cli.recorded_run import RecordedRun
    from cors_harness.run.settings import RunSettings

INTERRUPTED = 130
ALLOW_MISSING = {
    "--allow-missing": "go on without missing browsers; their cells are reported as skipped",
}
SWITCHES = {
    "--headed": "show the browsers' windows",
    "--isolated": "every cell alone in a fresh browser context: slow, with the same results",
    **ALLOW_MISSING,
    "--keep-secrets": "show and keep cookies, tokens and passwords of your server as they are, and "
    "no fingerprints of them",
    "--install-browsers": "first install the browsers that are missing",
    "--install-servers": "first install the programs of deployments that are missing",
}


class CommandEndedEarly(Exception):  # noqa: N818 - it is not always an error: Ctrl-C ends one too
    """An error that ends a command which has no answer to give.

    Attributes:
        message: what the user is told on stderr.
        exit_status: of the program.
    """

    def __init__(self, message: str, exit_status: int) -> None:
        self.message, self.exit_status = message, exit_status
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What is to be run, how, and where it is kept.

    Attributes:
        argv: the command line, for the header of the journal.
        journal: the file.
        install_browsers: whether the browsers that are missing are installed first.
        recorded: journals to take instead of a run.
    """

    plan: Plan
    settings: "RunSettings"
    argv: tuple[str, ...]
    journal: Path
    install_browsers: bool = False
    recorded: tuple[Path, ...] = ()

    @property
    def is_empty_shard(self) -> bool:
        """Whether it is a shard that has nothing to run, as where there are more than pages."""
        part = self.plan.part
        return part is not None and bool(part.shards) and not self.plan.cells


class LostEngines:
    """Listens to a run and notes which engines were lost.

    Attributes:
        sentences: one for each engine or server that crashed or hung.
    """

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def on_event(self, event: Event) -> None:
        """Takes note of one event."""
        match event:
            case EngineLost():
                self.sentences.append(f"{event.engine} was lost: {event.detail}")
            case ServerLost():
                self.sentences.append(event.detail)
            case _:
                pass


def add_run_options(group: "argparse._ArgumentGroup", *, allow_missing: bool = True) -> None:
    """Adds what says how to run: the switches and --timeout."""
    for name, text in SWITCHES.items():
        if allow_missing or name not in ALLOW_MISSING:
            group.add_argument(name, action="store_true", help=text)
    group.add_argument(
        "--advertise",
        metavar="HOST",
        help="for browsers on other machines: open ports at this name or address of this machine, "
        "which answer machines whose browser has shown a ticket of the run, and nobody else "
        "(default: the one in pyproject.toml, else only this machine can call)",
    )
    group.add_argument(
        "--timeout",
        metavar="MS",
        default=DEFAULT_TIMEOUT,
        help="milliseconds that a request may take (default: %(default)s)",
    )


def add_recorded(group: "argparse._ArgumentGroup") -> None:
    """Adds --from."""
    group.add_argument(
        "--from",
        metavar="JOURNAL",
        dest="recorded",
        type=Path,
        nargs="+",
        default=[],
        help="run nothing: take what journals have, such as those of all shards; files, or folders "
        "of them. Scenarios and options must be those of the run",
    )


def add_journal(group: "argparse._ArgumentGroup") -> None:
    """Adds --journal."""
    group.add_argument(
        "--journal",
        metavar="FILE",
        type=Path,
        default=DEFAULT_PLACE,
        help="the file that keeps the whole run, as JSON Lines (default: %(default)s)",
    )


def run_request(invocation: Invocation) -> RunRequest:
    """What an invocation asks to run; installs the programs of deployments where it asks to.

    Raises UsageError where the user's server may not be called without --yes-remote.
    """
    from cors_harness.run.settings import RunSettings

    options, target = invocation.options, invocation.target
    journal = options.journal or DEFAULT_PLACE
    settings = RunSettings(
        subject=target.subject if options.recorded else target.confirmed(),
        executables=invocation.executables,
        remotes=invocation.remotes,
        sessions=invocation.sessions,
        by_playwright=invocation.by_playwright,
        headed=options.headed,
        plain_urls=target.plain_urls,
        isolated=options.isolated,
        allow_missing=options.allow_missing,
        timeout_ms=invocation.timeout_ms,
        output_file=output_place(journal),
        fingerprints=fingerprints(keep_secrets=options.keep_secrets),
        advertise=invocation.advertise,
    )
    if options.install_servers:
        _install_servers()
    return RunRequest(
        plan=plan_of(invocation),
        settings=settings,
        argv=options.argv,
        journal=journal,
        install_browsers=options.install_browsers,
        recorded=options.recorded,
    )


def not_all_there(missing: Sequence[str]) -> str:
    """What a user is told of a run of which parts are missing."""
    return "\n  ".join(("cors-harness: error: not all of the run is there", *missing))


class RunRecorder:
    """Runs the cells of a request: writes the journal, shows the progress, feeds the listeners.

    Attributes:
        journal: open until `close`.
        header: of the journal, once the run has begun.
        finished: how many cells are.
        missing: what is missing of a run that is taken from journals, a sentence each.
    """

    def __init__(self, request: RunRequest, *listeners: Listener, judged: bool = True) -> None:
        """`judged`: whether the progress tells how much is not as scenarios expect."""
        self.journal = Journal(request.journal)
        try:
            self._recorded = _recorded_run(request)
        except BaseException:
            self.journal.close()
            raise
        self.missing = self._recorded.parts.missing if self._recorded else ()
        self.header: Json = {}
        self.finished = 0
        self._request, self._listeners, self._judged = request, listeners, judged

    def run(self) -> None:
        """Runs the cells; raises CommandEndedEarly where that does not come to its end."""
        try:
            if self._recorded:
                self._listen(self._recorded.events())
                return
            if self._request.install_browsers:
                install_browsers(self._request)
            self._listen(_run_of(self._request))
        except (KeyboardInterrupt, HarnessError) as trouble:
            raise self._ended_by(trouble) from trouble

    def close(self) -> None:
        """Closes the journal, and those that were read."""
        self.journal.close()
        if self._recorded:
            self._recorded.close()

    def _listen(self, events: Generator[Event]) -> None:
        """Takes every event; ends the run when it is left early."""
        from cors_harness.reports.progress import ProgressReport
        from cors_harness.reports.styled_text import progress

        for note in self._request.plan.notes:
            progress().print(note, soft_wrap=True)
        with closing(events), ProgressReport(progress(), judged=self._judged) as bar:
            shown = () if self._recorded else (bar,)
            for event in events:
                self._keep(event)
                for listener in (*self._listeners, *shown):
                    listener.on_event(event)

    def _keep(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.header = self._header_of(event)
                self.journal.begin(self.header)
            case CellFinished():
                self.journal.write(event.record)
                self.finished += 1
            case RunAdvised() if event.advice:
                self.journal.revise(dict(event.advice))
            case ServerOutput(trouble=trouble) if trouble:
                _warn(trouble)
            case _:
                pass

    def _header_of(self, started: RunStarted) -> Json:
        if self._recorded:
            return self._recorded.header
        header = header_to_json(self._request.argv, started, self._request.plan.part)
        return header | secrets_to_json(kept=self._request.settings.fingerprints is None)

    def _ended_by(self, trouble: KeyboardInterrupt | HarnessError) -> CommandEndedEarly:
        """Says what there is of a run that did not come to its end."""
        cells = counted(self.finished, "finished cell")
        kept = f"{cells} in {self.journal.path}" if self.finished else ""
        if isinstance(trouble, HarnessError):
            lines = (f"cors-harness: error: {trouble}", kept)
            return CommandEndedEarly("\n".join(filter(None, lines)), trouble.exit_status)
        return CommandEndedEarly(f"interrupted; {kept or 'no cell was finished'}", INTERRUPTED)


def _run_of(request: RunRequest) -> Generator[Event]:
    from cors_harness.run.api import run

    return run(request.plan, request.settings)


def _recorded_run(request: RunRequest) -> "RecordedRun | None":
    if not request.recorded:
        return None
    from cors_harness.cli.recorded_run import RecordedRun

    hidden_by = request.settings.fingerprints
    return RecordedRun(request.recorded, request.plan, request.argv, hidden_by)


def _warn(text: str) -> None:
    from cors_harness.reports.styled_text import progress

    progress().print(f"cors-harness: warning: {text}", soft_wrap=True)


def install_browsers(request: RunRequest) -> None:
    """Installs what is missing of the browsers of this machine for which no file is named.

    Raises EngineMissing where nothing that was tried brought one.
    """
    from cors_harness.engines.provision import install_engines
    from cors_harness.reports.styled_text import progress

    settings = request.settings
    engines = {cell.engine for cell in request.plan.cells}
    engines -= {*settings.executables, *settings.remotes}
    console = progress()
    install_engines(
        sorted(engines),
        lambda line: console.print(line, soft_wrap=True),
        by_playwright=settings.by_playwright,
    )


def _install_servers() -> None:
    from cors_harness.reports.styled_text import progress
    from cors_harness.serving.deployments.install import install_servers

    console = progress()
    install_servers(lambda line: console.print(line, soft_wrap=True))
