"""check_invocation(): what `cors-harness check …` asks for, without running it."""

import argparse

from cors_harness.cli import check
from cors_harness.cli.options import invocation_of
from cors_harness.settings.invocation import Invocation


def check_invocation(*argv: str) -> Invocation:
    """The invocation in the current folder, with its `pyproject.toml`."""
    parser = argparse.ArgumentParser()
    check.declare(parser)
    return invocation_of(parser.parse_args(argv))
