"""show(): prints lines on one of the two consoles; plain where nobody sees colours."""

import os
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from cors_harness.reports.base import Line
from cors_harness.text.printable import printable, printable_lines


class _Pipe(Console):
    """A console that nothing steers, and that says so when its reader has gone."""

    def __init__(self, file: TextIO | None) -> None:
        """Has styles on a terminal only, whatever FORCE_COLOR says, and none under NO_COLOR.

        `file`: None where the program was started without one (`>&-`).
        """
        super().__init__(
            file=file,
            force_terminal=None if file and file.isatty() else False,
            color_system=None if os.environ.get("NO_COLOR") else "auto",
            highlight=False,
            markup=False,
            emoji=False,
        )

    def print(self, *objects: Any, **kwargs: Any) -> None:
        """Prints texts without control characters; what has styles is made of such ones."""
        super().print(*(printable_lines(o) if isinstance(o, str) else o for o in objects), **kwargs)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def answers() -> Console:
    """stdout: the answer that was asked for."""
    return _Pipe(sys.stdout)


def progress() -> Console:
    """stderr: progress and errors."""
    return _Pipe(sys.stderr)


def show(console: Console, lines: Iterable[Line]) -> None:
    """Prints lines as they are: never wrapped, so that what is copied is whole.

    Whatever they are made of, nothing in them steers the terminal.
    """
    for line in lines:
        console.print(_text(line), soft_wrap=True)


def _text(line: Line) -> Text:
    text = Text()
    for segment, style in line:
        text.append(printable(segment), style or None)
    text.rstrip()
    return text
