"""main(): parses a command line, runs its subcommand, turns expected errors into a status."""

import argparse
import errno
import signal
import sys
import traceback
from collections.abc import Iterable, Sequence
from importlib import import_module
from types import FrameType, TracebackType
from typing import NoReturn

from cors_harness import __version__
from cors_harness.cli.options import Command, add_command
from cors_harness.cli.run_recorder import INTERRUPTED, CommandEndedEarly
from cors_harness.cli.saying import tell
from cors_harness.cli.surroundings import check_folder, discard_output, make_streams_safe
from cors_harness.errors import HarnessError, ScenarioError, UsageError
from cors_harness.reports.summary import counted
from cors_harness.terms.secrets import redacted
from cors_harness.text.printable import printable_lines

# On a disk, or as far as a user may write; in memory.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM}
# A path that is named cannot even be looked at.
NO_PATH = {errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP}
BROKEN_PIPE = 141  # as a program that SIGPIPE ends, so that a shell's pipefail sees it

# Windows has no SIGHUP.
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))

# Each is a module beside this one; only that of the command which is asked for is imported.
COMMANDS = (
    *("init", "new", "run", "serve", "record", "check", "diff", "report", "merge"),
    *("list", "validate", "browsers", "schema", "bench"),
)
VERSION = "--version"

DESCRIPTION = """\
Runs CORS scenarios in real browsers. Every scenario of a YAML file is run on every server that it
is for, in Chromium, Firefox and WebKit; every preflight and request is recorded and judged."""

EPILOG = """\
examples:
  cors-harness browsers install        get the browsers that are missing
  cors-harness init --app shop:app --origin https://app.example.com
  cors-harness new                     write a scenario, from a few questions
  cors-harness run                     run everything in every browser
  cors-harness run my.yaml --browser firefox
  cors-harness record && cors-harness check    accept what browsers do; see what changes
  cors-harness validate my.yaml        check a file without starting a browser

exit status:
  0    everything as expected
  1    a browser did something else than a scenario says, or than was accepted
  2    wrong usage, a mistake in a scenario file or a baseline, or nothing selected
  3    the harness or a browser failed, or a browser is missing
  130  interrupted

The result goes to stdout, progress and errors go to stderr. NO_COLOR is honoured."""


class _Parser(argparse.ArgumentParser):
    """A parser whose messages leave out secrets, and what steers a terminal."""

    def error(self, message: str) -> NoReturn:
        super().error(printable_lines(redacted(message)))


def _program() -> argparse.ArgumentParser:
    return _Parser(
        prog="cors-harness",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def load_command(name: str) -> Command:
    """The command of that name, one of COMMANDS."""
    command: Command = import_module(f"cors_harness.cli.{name}").COMMAND
    return command


def build_parser(names: Iterable[str] = COMMANDS) -> argparse.ArgumentParser:
    """The parser with the subcommands `names`, all of them by default."""
    parser = _program()
    parser.add_argument(VERSION, action="version", version=f"cors-harness {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in names:
        add_command(commands, load_command(name))
    return parser


def _needed(argv: Sequence[str]) -> Sequence[str]:
    """The commands that parsing `argv` needs: one, or none, or for help and mistakes all."""
    first = argv[0] if argv else ""
    if first == VERSION:
        return ()
    return (first,) if first in COMMANDS else COMMANDS


def main(argv: Sequence[str]) -> int:
    """Runs one command line and returns the exit status.

    Args:
        argv: without the program's name.

    Raises:
        BrokenPipeError: whoever reads the output has gone.
    """
    try:
        return _execute(argv)
    except CommandEndedEarly as end:
        tell(end.message)
        return end.exit_status
    except HarnessError as error:
        tell(_message(error))
        return error.exit_status
    except OSError as error:
        if error.errno not in NO_PATH or not error.filename:
            raise
        tell(f"cors-harness: error: {error.filename}: {error.strerror}")
        return UsageError.exit_status
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED


def _execute(argv: Sequence[str]) -> int:
    try:
        args = build_parser(_needed(argv)).parse_args(argv)
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 2
    check_folder()
    args.argv = tuple(argv)
    status: int = args.execute(args)
    return status


def entry() -> NoReturn:
    """Runs the console script; never returns."""
    sys.excepthook = show_bug
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(number, _interrupt)
    make_streams_safe()
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
        status = BROKEN_PIPE
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        discard_output()
        place = f"{error.filename}: " if error.filename else ""
        tell(f"cors-harness: error: {place}{error.strerror}")
        status = HarnessError.exit_status
    except MemoryError:
        discard_output()
        tell("cors-harness: error: no memory is left for this program")
        status = HarnessError.exit_status
    sys.exit(status)


def show_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Prints the traceback of a bug; servers may have written some of its text."""
    tell(redacted("".join(traceback.format_exception(kind, error, trace))), end="")


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Ends the run, however that was asked for; once, as ending browsers takes a moment."""
    for signal_number in ENDING_SIGNALS:
        signal.signal(signal_number, signal.SIG_IGN)
    signal.default_int_handler(number, frame)


def _message(error: HarnessError) -> str:
    if isinstance(error, ScenarioError) and error.problems:
        count = counted(len(error.problems), "problem")
        return f"{error}\ncors-harness: error: {count} in scenario files"
    return f"cors-harness: error: {error}"
