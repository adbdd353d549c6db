"""Text in Markdown that stays text: nothing in it comes alive, neither a link nor a mention.

GitHub looks for mentions, issues and commits in what is rendered, so that escapes do not help:
only code is left alone. https://github.github.com/gfm/#autolinks-extension-
"""

import re

from cors_harness.text.printable import printable, printable_lines

_PLAIN = re.compile(r"[\w ,.:;()/'\"+%?!-]+", re.ASCII)
_MEANS_MORE = re.compile(
    r"_|//|www\.|\b(?:xmpp|mailto):|\b[0-9a-f]{7,40}\b|\bGH-[0-9]|^\s*(?:[-+]|[0-9]+[.)])(?:\s|$)",
    re.IGNORECASE,
)


def words(text: str) -> str:
    """`text` as it is, where it is words that mean nothing in Markdown; else a code span."""
    is_plain = _PLAIN.fullmatch(text) and not _MEANS_MORE.search(text)
    return text if is_plain else code(text)


def code(text: str) -> str:
    """`text` as a code span; in a table each | needs a backslash before it."""
    shown = printable(text) or " "
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] == "`" or shown[-1] == "`" or shown.strip() != shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(text: str) -> str:
    """`text` as a block of code, ending in a line end."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{printable_lines(text)}\n{fence}\n"


def in_table(cell: str) -> str:
    """Markdown as a cell of a table."""
    return cell.replace("|", r"\|")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
