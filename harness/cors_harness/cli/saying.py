"""say() and tell(): what a command prints, to stdout and to stderr; it steers no terminal.

Reports with colours are printed by `reports.styled_text.show`.
"""

import sys

from cors_harness.text.printable import printable_lines


def say(text: object = "", *, end: str = "\n") -> None:
    """Prints a part of the answer to stdout."""
    print(printable_lines(str(text)), end=end, flush=True)


def tell(text: object = "", *, end: str = "\n") -> None:
    """Prints what is told beside the answer to stderr."""
    print(printable_lines(str(text)), end=end, file=sys.stderr, flush=True)
