"""`cors-harness run`: runs cells, keeps the journal, shows the report."""

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from cors_harness.cli.options import (
    Command,
    add_executable,
    add_remote,
    add_selection,
    invocation_of,
)
from cors_harness.cli.outputs import (
    TABLE,
    Outputs,
    RunAnswer,
    add_run_outputs,
    outputs_of,
    write_run,
)
from cors_harness.cli.run_recorder import (
    CommandEndedEarly,
    RunRecorder,
    add_journal,
    add_recorded,
    add_run_options,
    not_all_there,
    run_request,
)
from cors_harness.errors import HarnessError
from cors_harness.model.verdict import Status
from cors_harness.settings.invocation import GivenOptions, Invocation

if TYPE_CHECKING:
    from cors_harness.reports.tally import Tally

DESCRIPTION = """\
Runs every scenario on every server that it is for, in every browser, and shows what failed, by
cause. Requests that a browser blocks are recorded too. Everything is kept in a journal file."""

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
  cors-harness run --from .cors-harness/last.journal.jsonl -v    all of the last run once more
  cors-harness run --json > run.json                  one JSON document on stdout
  cors-harness run scenarios/frameworks.yaml --table frameworks.md
  cors-harness run --browser-executable chromium=/opt/chromium/chrome
  cors-harness run --shard 2/5 --journal shards/2.jsonl    the second of five parts
  cors-harness run --from shards/                     the report of all parts together

exit status: 0 as expected, 1 a mismatch (also a response that the server keeps back until the
call's deadline, or breaks off), 2 wrong usage or nothing selected, 3 the harness, a browser or a
server failed or is missing, or every cell is as expected by an error alone (such as a 401 to every
call), which shows nothing, or a part is missing that --from should have, 130 interrupted (the
journal then has what was finished)"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `run`."""
    add_selection(parser)
    add_executable(parser)
    add_remote(parser)
    how = parser.add_argument_group("how to run")
    add_run_options(how)
    add_recorded(how)
    group = parser.add_argument_group("what to show and to keep")
    add_run_outputs(group)
    add_journal(group)


def execute(args: argparse.Namespace) -> int:
    """Runs the cells; returns the exit status."""
    return _run(invocation_of(args), outputs_of(args))


def _run(invocation: Invocation, outputs: Outputs) -> int:
    from cors_harness.reports.run_json import unproven_to_json
    from cors_harness.reports.server_table import ServerResults
    from cors_harness.reports.styled_text import answers
    from cors_harness.reports.terminal import Detail, TerminalReport

    request = run_request(invocation)
    subject = request.settings.subject
    report = TerminalReport(
        Detail(quiet=outputs.quiet, verbose=outputs.verbose, matrix=outputs.matrix),
        mistakes=_mistakes(),
        options=invocation.options.rerun_argv(),
        again=again_argv(invocation.options),
        is_shared=subject is not None and subject.is_shared,
    )
    results = ServerResults()
    listeners = (report, results) if TABLE in outputs.files else (report,)
    with closing(RunRecorder(request, *listeners)) as recorder:
        recorder.run()
        answer = RunAnswer(
            header=recorder.header,
            summary=report.tally.summary(),
            records=recorder.journal.records,
            unproven=tuple(
                unproven_to_json(step) for step in report.unproven.found() if step.is_green
            ),
            hints=report.hints,
            results=results.rows,
            name=str(recorder.journal.path),
            options=invocation.options.rerun_argv(),
            missing=recorder.missing,
        )
        write_run(outputs, answer, lambda: report.render(answers(), recorder.journal))
    if recorder.missing:
        raise CommandEndedEarly(not_all_there(recorder.missing), HarnessError.exit_status)
    if request.is_empty_shard:
        return 0
    return exit_status(report.tally, shows_nothing=report.unproven.is_all)


def again_argv(options: GivenOptions) -> tuple[str, ...]:
    """`cors-harness run` with what tells `--from JOURNAL` which cells a run had.

    Without --shard, which does not go with --from.
    """
    repeated = {
        "--browser": options.browsers,
        "--server": options.servers,
        "-k": (options.keyword,) if options.keyword else (),
        "--cell": options.cells,
    }
    picked = (
        word for name, values in repeated.items() for value in values for word in (name, value)
    )
    secrets = ("--keep-secrets",) if options.keep_secrets else ()
    paths = map(str, options.paths)
    return ("cors-harness", "run", *paths, *options.rerun_argv(), *picked, *secrets)


def exit_status(tally: "Tally", *, shows_nothing: bool = False) -> int:
    """0 as expected, 1 a mismatch, 3 a cell in which the harness or an engine failed.

    Also 3 when every cell was skipped, as their browsers are missing, and when an error decided
    every one that is as expected (`shows_nothing`): nothing was learnt.
    """
    nothing_ran = tally.statuses.total() == tally.statuses[Status.SKIPPED]
    if tally.statuses[Status.ERROR] or nothing_ran:
        return HarnessError.exit_status
    if tally.statuses[Status.UNEXPECTED]:
        return 1
    return HarnessError.exit_status if shows_nothing else 0


def _mistakes() -> dict[str, str]:
    """What deployments do wrong on purpose, by name."""
    from cors_harness.serving.deployments.registry import load_deployments

    return {
        deployment.name: deployment.mistake
        for deployment in load_deployments()
        if deployment.mistake
    }


COMMAND = Command(
    name="run",
    summary="run scenarios in real browsers and show what they allow",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)
