"""cut() and wrapped(): lines that fit a terminal; what is to be copied is never cut."""

import shlex
import textwrap
from collections.abc import Iterator, Sequence

from cors_harness.terms.secrets import redacted

LABEL = 12  # columns before the text of a line
MORE = "…"
UNBROKEN = "\N{NO-BREAK SPACE}"  # stands for a space at which no line is broken


def cut(text: str, width: int) -> str:
    """`text` in at most `width` columns; a sign stands for what is left out."""
    return text if len(text) <= width else f"{text[: max(width - len(MORE), 0)].rstrip()}{MORE}"


def wrapped(label: str, text: str, width: int, indent: int = LABEL) -> tuple[str, ...]:
    """Lines with the label before the first; a word that is too long stands alone."""
    lines = textwrap.wrap(
        text, max(width - indent, 20), break_long_words=False, break_on_hyphens=False
    )
    lines = [line.replace(UNBROKEN, " ") for line in lines]
    labels = [label, *[""] * len(lines)]
    return tuple(f"{name:<{indent}}{line}" for name, line in zip(labels, lines, strict=False))


def command_lines(words: Sequence[str], width: int) -> Iterator[str]:
    """A command for a shell, without passwords; a word that is too long is whole all the same."""
    line, *others = (shlex.quote(redacted(word)) for word in words)
    for word in others:
        if len(line) + len(word) + len("  \\") > width:
            yield f"{line} \\"
            line = f"  {word}"
        else:
            line = f"{line} {word}"
    yield line


def listed(names: Sequence[str], most: int) -> str:
    """The names, of many only the first."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
