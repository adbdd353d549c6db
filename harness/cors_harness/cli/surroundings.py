"""Surroundings: what a program may be started without: open streams, an encoding, a folder."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from cors_harness.errors import UsageError

STANDARD = (0, 1, 2)


def make_streams_safe() -> None:
    """Sees to it that the standard streams are there, and take any text.

    One that the shell has closed (`>&-`) leads nowhere: else the next file or socket would have its
    number. What its encoding lacks is written out by its number.
    """
    for number in STANDARD:
        try:
            os.fstat(number)
        except OSError:  # the lowest number that is free is this one
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def check_folder() -> None:
    """Raises UsageError where the current folder is gone: every path begins there."""
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(
            f"the current folder cannot be used: {error.strerror}\n"
            "  it was removed meanwhile, or may not be entered; change to one that is there: cd …"
        ) from error


def discard_output() -> None:
    """Has what is still buffered for stdout go nowhere, or Python complains at the very end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
