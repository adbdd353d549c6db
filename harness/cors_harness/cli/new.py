"""`cors-harness new`: writes a scenario, from questions, a curl command or a HAR file."""

import argparse
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cors_harness.cli.draft_files import STDOUT
from cors_harness.cli.new_options import Said, declare_said, said_by, with_said
from cors_harness.cli.new_questions import asked_name, asked_scenario
from cors_harness.cli.new_sources import NewCall, new_calls
from cors_harness.cli.options import Command
from cors_harness.cli.questions import is_terminal
from cors_harness.cli.saying import say, tell
from cors_harness.cli.scenario_addition import ScenarioAddition
from cors_harness.drafts.new_scenario import NewScenario
from cors_harness.drafts.recorded_request import perhaps_secret
from cors_harness.drafts.text import scenario_text
from cors_harness.errors import UsageError
from cors_harness.settings.pyproject import project_settings

FOLDER = Path("scenarios")
SHOWN_CALLS = 3  # in a line
REFERENCE_PATH = "/api/data"

DESCRIPTION = """\
Writes a scenario: what a page calls, and what should come out. On a terminal it asks; every
question has an option too. Or it takes a call that was made already: a curl command, as browsers
copy it from their developer tools, or the calls of a HAR file, of each method on each route one.
Headers that pages cannot set are left out; `Origin`, or else `Referer`, says where the page is, a
cookie that cookies are sent. Cookies, passwords and tokens are not taken over: stand-ins are in
their place, and --header puts in a value that may stand in the file.
A file that is there already keeps all that it has; the scenario is put behind it."""

EXAMPLES = """\
examples:
  cors-harness new                                  asks, and writes scenarios/ID.yaml
  cors-harness new orders.yaml --call 'PUT /orders/1' --json '{"n": 1}' --read X-Total-Count
  cors-harness new orders.yaml --call 'DELETE /orders/1' --page-origin https://b.example \\
      --expect blocked
  pbpaste | cors-harness new orders.yaml --from-curl -         "Copy as cURL (bash)"
  cors-harness new --from-har app.har --call 'PUT /orders/1' - to the terminal

exit status: 0 written, 2 wrong usage, or nothing that a scenario can be made of; then nothing is
written"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `new`."""
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        type=Path,
        help="the scenario file, there already or not; - for the terminal (default: "
        "scenarios/ID.yaml, by the id of the scenario; of several calls by that of the HAR file)",
    )
    group = parser.add_argument_group("what the page calls")
    group.add_argument(
        "--call",
        metavar="'METHOD /PATH'",
        action="append",
        default=[],
        help="the call, a path or a URL: 'PUT /orders/1', 'GET https://api.example.org/orders'; "
        "with --from-har which of its calls, repeatable",
    )
    source = group.add_mutually_exclusive_group()
    source.add_argument(
        "--from-curl",
        metavar="COMMAND",
        help="the call that a curl command makes, for bash; - reads the command from stdin, where "
        "no shell takes its quotes away",
    )
    source.add_argument(
        "--from-har", metavar="FILE", type=Path, help="the calls that a browser has recorded"
    )
    declare_said(parser)


def execute(args: argparse.Namespace) -> int:
    """Writes the scenarios and says where they are; returns the exit status."""
    said = said_by(args)
    calls = new_calls(args.call, args.from_curl, args.from_har)
    if calls:
        several = args.from_har if len(calls) > 1 else None
        place = args.file or (FOLDER / f"{several.stem}.yaml" if several else None)
        return _write(_made(calls, said), place, said)
    if not is_terminal():
        raise UsageError(
            "found no call, and no terminal to ask on; expected --call, --from-curl or --from-har\n"
            "  cors-harness new orders.yaml --call 'PUT /orders/1' --json '{\"n\": 1}' "
            "--expect allowed"
        )
    return _write([asked_scenario(said)], args.file, said, is_asked=True)


def _made(calls: Sequence[NewCall], said: Said) -> list[NewScenario]:
    """The scenarios; tells on stderr what is not as it was in curl or HAR."""
    if len(calls) > 1 and (said.id or said.title):
        raise UsageError(f"--id, --title: found {len(calls)} calls; expected one to be named so")
    for line in _remarks(calls):
        tell(line)
    return [with_said(call.scenario, said) for call in calls]


def _remarks(calls: Sequence[NewCall]) -> Iterator[str]:
    """What is to be said of the calls, each once; of which, where it is not of all."""
    about: dict[str, list[str]] = {}
    for call in calls:
        operation = call.scenario.operation
        for line in call.remarks:
            about.setdefault(line, []).append(f"{operation.method} {operation.path}")
    for line, names in about.items():
        more = f" and {len(names) - SHOWN_CALLS} more" if len(names) > SHOWN_CALLS else ""
        where = f"{', '.join(names[:SHOWN_CALLS])}{more}: "
        yield line if len(names) == len(calls) else f"{where}{line}"


def _write(
    scenarios: Sequence[NewScenario], path: Path | None, said: Said, *, is_asked: bool = False
) -> int:
    place = path or FOLDER / f"{scenarios[0].named().id}.yaml"
    file = ScenarioAddition(place)
    named = list(_named(scenarios, file))
    if is_asked:
        named = [asked_name(scenario, file.taken, said) for scenario in named]
        if path is None and named[0].id != place.stem:
            file = ScenarioAddition(FOLDER / f"{named[0].id}.yaml")
    entries = [scenario_text(scenario.fields()) for scenario in named]
    file.add(entries)
    for line in _notes(named):
        tell(line)
    if file.path != STDOUT:
        file.write()
    say("\n\n".join(entries))
    if file.path != STDOUT:
        for line in ("", file.told(len(entries)), "", "next:", f"  {_command(file.path, named)}"):
            say(line)
    return 0


def _named(scenarios: Sequence[NewScenario], file: ScenarioAddition) -> Iterator[NewScenario]:
    """The scenarios with ids; raises UsageError where one that was given is there already."""
    taken = dict(file.taken)
    for scenario in scenarios:
        if scenario.id in taken:
            free = replace(scenario, id="").named(taken).id
            raise UsageError(
                f"--id: found {scenario.id!r}, which is in {taken[scenario.id]} already; expected "
                f"one that is new, such as {free}"
            )
        named = scenario.named(taken)
        taken[named.id] = str(file.path)
        yield named


def _notes(scenarios: Sequence[NewScenario]) -> Iterator[str]:
    """What a user has to know of the scenarios, beside what is in them."""
    secret = (name for scenario in scenarios for name in perhaps_secret(scenario.operation))
    if names := ", ".join(dict.fromkeys(secret)):
        yield f"what may be secret stands in the file as it is: {names}"
    paths = (one.operation.path.partition("?")[0] for one in scenarios if one.by_policy)
    if any(path != REFERENCE_PATH for path in paths):
        yield f"the reference servers have {REFERENCE_PATH}, and answer other paths with 404"


def _command(path: Path, scenarios: Sequence[NewScenario]) -> str:
    """What runs them: of the user's app, where `pyproject.toml` does not say which that is."""
    project = project_settings(Path.cwd())
    is_known = any((project.app, project.command, project.url))
    for_app = not is_known and not any(scenario.by_policy for scenario in scenarios)
    by_id = ("-k", scenarios[0].id) if len(scenarios) == 1 else ()
    app = ("--app", "module:app") if for_app else ()
    return shlex.join(("cors-harness", "run", str(path), *app, *by_id))


COMMAND = Command(
    name="new",
    summary="write a scenario from a few questions, a curl command or a HAR file",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)
