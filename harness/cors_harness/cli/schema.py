"""`cors-harness schema`: the JSON Schema of scenario files."""

import argparse

from cors_harness.cli.options import Command
from cors_harness.cli.saying import say

DESCRIPTION = """\
Prints the JSON Schema of scenario files. With it an editor completes and checks them as you
type. It is made from the same tables that read the files."""

EXAMPLES = """\
examples:
  cors-harness schema > scenarios/schema.json

Then begin each scenario file with this line (for editors with the YAML language server):
  # yaml-language-server: $schema=schema.json"""


def declare(_parser: argparse.ArgumentParser) -> None:
    """`schema` has no options."""


def execute(_args: argparse.Namespace) -> int:
    """Prints the schema; returns the exit status."""
    from cors_harness.loading.schema import schema_text

    say(schema_text(), end="")
    return 0


COMMAND = Command(
    name="schema",
    summary="print the JSON Schema of scenario files, for editors",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)
