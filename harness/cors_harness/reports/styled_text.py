"""show(): prints lines on one of the two consoles; plain where nobody sees colours."""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.text import Text

from cors_harness.reports.base import Line
from cors_harness.text.printable import printable, printable_lines


class _Pipe(Console):
    """A console that nothing steers, and that says so when its reader has gone."""

    def print(self, *objects: Any, **kwargs: Any) -> None:
        """Prints texts without control characters; what has styles is made of such ones."""
        super().print(*(printable_lines(o) if isinstance(o, str) else o for o in objects), **kwargs)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def answers() -> Console:
    """stdout: the answer that was asked for."""
    return _Pipe(file=sys.stdout, highlight=False, markup=False, emoji=False)


def progress() -> Console:
    """stderr: progress and errors."""
    return _Pipe(file=sys.stderr, highlight=False, markup=False, emoji=False)


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
