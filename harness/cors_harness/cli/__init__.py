"""The command line: `cors-harness`; one module for each subcommand."""

from cors_harness.cli.program import entry, main

__all__ = ["entry", "main"]
