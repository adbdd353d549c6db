"""Questions: what is asked on a terminal, and the answers, until each is one."""

import sys
from collections.abc import Callable
from typing import TypeVar

from cors_harness.cli.run_recorder import CommandEndedEarly
from cors_harness.cli.saying import tell
from cors_harness.errors import UsageError

Answer = TypeVar("Answer")


class Questions:
    """Asks on stderr, so that stdout has the result alone, and reads answers from stdin."""

    def ask(self, question: str, read: Callable[[str], Answer], default: str = "") -> Answer:
        """What `read` makes of the answer; asks again where it raises UsageError.

        Args:
            question: without the sign at its end.
            read: makes a value of the text, which has no spaces around it.
            default: the text that an empty answer stands for; shown, unless it is empty.

        Raises:
            CommandEndedEarly: the input has ended.
        """
        shown = f"{question} [{default}]: " if default else f"{question}: "
        while True:
            tell(shown, end="")
            try:
                return read(_line() or default)
            except UsageError as error:
                tell(f"  {error}")

    def ask_each(self, question: str, read: Callable[[str], Answer]) -> tuple[Answer, ...]:
        """The answers, as many as there are: an empty one is the end."""
        answers: list[Answer] = []
        while (answer := self.ask(question, lambda text: read(text) if text else None)) is not None:
            answers.append(answer)
            question = "Another, or nothing"
        return tuple(answers)


def _line() -> str:
    """What is typed, without spaces around it; raises UsageError where it is no text."""
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError as error:
        raise UsageError("found bytes that are no text; expected text") from error
    if not line:
        tell()
        ended = UsageError("the input ended before the last answer: nothing is written")
        raise CommandEndedEarly(f"cors-harness: error: {ended}", ended.exit_status)
    return line.strip()


def is_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()
