"""`cors-harness validate`: checks scenario files, all problems in one pass."""

import argparse

from cors_harness.cli.options import Command, add_paths, invocation_of
from cors_harness.cli.saying import say
from cors_harness.errors import ScenarioError
from cors_harness.reports.summary import counted

DESCRIPTION = """\
Checks scenario files without starting anything. Every problem is shown with its line, what was
found, what was expected and how to fix it."""

EXAMPLES = """\
examples:
  cors-harness validate                 ./scenarios, or those that come with cors-harness
  cors-harness validate my.yaml more/   files, or folders of them

exit status: 0 all is well, 2 there are problems"""


def execute(args: argparse.Namespace) -> int:
    """Prints every problem, or how much is well; returns the exit status."""
    from cors_harness.loading.scenarios import load_scenarios

    paths = invocation_of(args).scenario_paths
    try:
        scenarios = load_scenarios(paths)
    except ScenarioError as error:
        say(error)
        say(counted(len(error.problems), "problem"))
        return error.exit_status
    files = {scenario.source.file for scenario in scenarios}
    say(f"{counted(len(scenarios), 'scenario')} in {counted(len(files), 'file')}: no problems")
    return 0


COMMAND = Command(
    name="validate",
    summary="check scenario files",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=add_paths,
    execute=execute,
)
