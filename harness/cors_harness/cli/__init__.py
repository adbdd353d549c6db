"""The command line `cors-harness`: one module for each subcommand.

In go arguments; out come text or documents on stdout and in files, and an exit status. Only the
console script and `python -m cors_harness` call it.
"""

from cors_harness.cli.program import entry, main

__all__ = ["entry", "main"]
