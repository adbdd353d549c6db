"""`cors-harness run`: runs cells, keeps the journal, shows the report."""

import argparse
import sys
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

from cors_harness.cli.options import (
    Command,
    add_executable,
    add_selection,
    executables,
    make_plan_of,
    place_options,
    subject_of,
)
from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.events import CellFinished, Event, RunStarted
from cors_harness.model.verdict import Status
from cors_harness.plan import Plan
from cors_harness.reports.consoles import answers, progress
from cors_harness.reports.json import write_document
from cors_harness.reports.progress import ProgressReport
from cors_harness.reports.summary import counted
from cors_harness.reports.tally import Tally
from cors_harness.reports.terminal import TerminalReport
from cors_harness.store.codec import Json, header_to_json
from cors_harness.store.journal import DEFAULT_PLACE, Journal

INTERRUPTED = 130

DESCRIPTION = """\
Runs every scenario on every server that fits it, in every browser, and shows what the browsers
did. Requests that a browser blocks are recorded like all others. All of it goes to a journal."""

EXAMPLES = """\
examples:
  cors-harness run                                    everything
  cors-harness run scenarios/preflight.yaml           one file
  cors-harness run --browser firefox --server flask-cors
  cors-harness run -k 'put and not webkit' --quiet
  cors-harness run scenarios/preflight.yaml --cell 'put-json-allowed[flask-cors-webkit]'
  cors-harness run --app shop:app --page-origin https://app.example.com \\
      --server-origin https://api.example.org orders.yaml
  cors-harness run --command 'gunicorn shop:app -b 127.0.0.1:{port}' --ready /healthz orders.yaml
  cors-harness run --url http://127.0.0.1:8000 orders.yaml
  cors-harness run --json > run.json                  one JSON document on stdout
  cors-harness run --browser-executable chromium=/opt/chromium/chrome

exit status: 0 as expected, 1 a mismatch, 2 wrong usage or nothing selected, 3 the harness or a
browser failed or is missing, 130 interrupted (the journal then has what was finished)"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `run`."""
    add_selection(parser)
    add_executable(parser)
    _add_ways(parser.add_argument_group("how to run"))
    _add_outputs(parser.add_argument_group("what to show and to keep"))


def _add_ways(group: "argparse._ArgumentGroup") -> None:
    switches = {
        "--headed": "show the browsers' windows",
        "--isolated": "every cell alone in a fresh browser context: slow, and must not differ",
        "--allow-missing": "go on without browsers that are missing; their cells are skipped aloud",
        "--install-browsers": "first install the browsers that are missing",
        "--install-servers": "first install the programs of deployments that are missing",
    }
    for name, words in switches.items():
        group.add_argument(name, action="store_true", help=words)
    group.add_argument(
        "--timeout",
        metavar="MS",
        default="10000",
        help="milliseconds that a request may take (default: %(default)s)",
    )


def _add_outputs(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--json", action="store_true", help="print one JSON document instead")
    group.add_argument(
        "--quiet", action="store_true", help="print only what is unexpected, and the summary"
    )
    group.add_argument(
        "--journal",
        metavar="FILE",
        type=Path,
        default=DEFAULT_PLACE,
        help="where to keep all of the run, as JSON Lines (default: %(default)s)",
    )


def execute(args: argparse.Namespace) -> int:
    """Runs the cells; returns the exit status."""
    from cors_harness.run.api import run
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
    plan = make_plan_of(args)
    if args.install_browsers:
        _install([name for name in _engines(plan) if name not in settings.executables])
    with closing(_Keeper(args)) as keeper:
        try:
            keeper.listen(run(plan, settings))
        except (KeyboardInterrupt, HarnessError) as trouble:
            return _cut_short(keeper, trouble)
        keeper.answer(as_json=args.json)
        return exit_status(keeper.report.tally)


def exit_status(tally: Tally) -> int:
    """0 as expected, 1 a mismatch, 3 a cell in which the harness or an engine failed.

    Also 3 when every cell was skipped, as their browsers are missing: nothing was learnt.
    """
    nothing_ran = tally.statuses.total() == tally.statuses[Status.SKIPPED]
    if tally.statuses[Status.ERROR] or nothing_ran:
        return HarnessError.exit_status
    return 1 if tally.statuses[Status.UNEXPECTED] else 0


class _Keeper:
    """Hears a run: writes the journal, shows the progress, and answers at the end."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.report = TerminalReport(
            quiet=args.quiet, mistakes=_mistakes(), options=place_options(args)
        )
        self.journal = Journal(args.journal)
        self._argv: Sequence[str] = args.argv
        self._header: Json = {}

    def listen(self, events: Generator[Event]) -> None:
        """Takes every event; ends the run when it is left early."""
        with closing(events), ProgressReport(progress()) as bar:
            for event in events:
                self._keep(event)
                self.report.on_event(event)
                bar.on_event(event)

    def _keep(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._header = header_to_json(self._argv, event)
                self.journal.write_header(self._argv, event)
            case CellFinished():
                self.journal.write(event.record)
            case _:
                pass

    def answer(self, *, as_json: bool) -> None:
        """Prints the JSON document or the report to stdout."""
        if as_json:
            summary = self.report.tally.summary()
            write_document(sys.stdout, self._header, summary, self.journal.records())
        else:
            self.report.render(answers(), self.journal.path)

    def close(self) -> None:
        """Closes the journal."""
        self.journal.close()


def _mistakes() -> dict[str, str]:
    from cors_harness.serving.deployments.registry import load_deployments

    return {each.name: each.mistake for each in load_deployments() if each.mistake}


def _cut_short(keeper: _Keeper, trouble: KeyboardInterrupt | HarnessError) -> int:
    """Says what there is of a run that did not come to its end."""
    finished = keeper.report.tally.statuses.total()
    kept = f"{counted(finished, 'finished cell')} in {keeper.journal.path}" if finished else ""
    if isinstance(trouble, HarnessError):
        print("\n".join(filter(None, (f"cors-harness: error: {trouble}", kept))), file=sys.stderr)
        return trouble.exit_status
    print(f"interrupted; {kept or 'no cell was finished'}", file=sys.stderr)
    return INTERRUPTED


def _engines(plan: Plan) -> list[str]:
    return sorted({cell.engine for cell in plan.cells})


def _install(names: Sequence[str]) -> None:
    from cors_harness.engines.provision import install_engines

    console = progress()
    install_engines(names, lambda line: console.print(line, soft_wrap=True))


def _install_servers() -> None:
    from cors_harness.server_install import install_servers

    console = progress()
    install_servers(lambda line: console.print(line, soft_wrap=True))


def _milliseconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise UsageError(f"--timeout: found {text!r}; expected milliseconds, such as 10000")
    return int(text)


COMMAND = Command(
    name="run",
    summary="run scenarios in real browsers and show what they allow",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)
