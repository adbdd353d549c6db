"""Problem: one mistake in a file; the list that collects them, and sentences that all share."""

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from cors_harness.terms.secrets import redacted
from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.printable import printable_lines

COMPARED_CHARACTERS = 200  # of what was found; difflib takes long over long texts


def nearest(found: str, names: Iterable[str]) -> str:
    """The name most like `found`, whatever its case; empty when none is close."""
    by_lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(found[:COMPARED_CHARACTERS].lower(), by_lower, n=1)
    return by_lower[close[0]] if close else ""


SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake; `str()` gives what a reader needs to fix it.

    Attributes:
        where: place in the file; line 0 means the file as a whole.
        key: the key whose value is wrong, or `YAML` or `file`.
        found, expected: both sides in words, ready to be read.
        hint: how to fix it, a sentence without a full stop; may be empty.
        rule: link to the rule behind it; may be empty.
    """

    where: SourceSpan
    key: str
    found: str
    expected: str
    hint: str = ""
    rule: str = ""

    def __str__(self) -> str:
        place = str(self.where) if self.where.line else self.where.file
        key = shown(self.key) if len(self.key) > SHOWN_CHARACTERS else self.key
        first = redacted(f"{place}: {key}: found {self.found}; expected {self.expected}")
        second = " ".join(part for part in (self.hint, self.rule) if part)
        return printable_lines(f"{first}\n  {second}" if second else first)


class ProblemList:
    """Collects the problems of one file; equal ones are kept once, in order.

    Attributes:
        file: the file's name as a reader would type it.
        placeholders: names that may stand in braces in the scenario being read.
    """

    LIMIT = 100

    def __init__(self, file: str) -> None:
        self.file = file
        self.placeholders: tuple[str, ...] = ()
        self._problems: dict[Problem, None] = {}
        self.count = 0

    def add(self, problem: Problem) -> None:
        """Keep `problem`; the first hundred different ones of a file are enough to start with."""
        self.count += 1
        if len(self._problems) < self.LIMIT:
            self._problems[problem] = None

    @property
    def full(self) -> bool:
        """Whether there are so many problems that reading on is of no use."""
        return len(self._problems) >= self.LIMIT

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem, in the order of the file; the last one says so when there are more."""
        ordered = sorted(self._problems, key=lambda p: (p.where.line, p.where.column))
        return (*ordered, self._more()) if self.full else tuple(ordered)

    def _more(self) -> Problem:
        return Problem(
            where=SourceSpan(file=self.file, line=0),
            key="file",
            found=f"{self.LIMIT} problems or more",
            expected="none",
            hint="correct these first, then look again",
        )


def suggestion(name: str, before: str = "") -> str:
    """`did you mean 'NAME'?`, with what stands before it in its sentence; empty without a name."""
    return f"{before}did you mean {str(name)!r}?" if name else ""  # an enum's repr is no name


def did_you_mean(found: str, names: Iterable[str], before: str = "") -> str:
    """The suggestion of the nearest name; empty when none is close."""
    return suggestion(nearest(found, names), before)


def not_one_of(found: object, words: Collection[str], what: str = "") -> str:
    """`found WHAT 'X'; expected one of A, B`, and the word that was probably meant."""
    shown_what = f"{what} " if what else ""
    expected = f"expected one of {', '.join(words)}{did_you_mean(str(found), words, '; ')}"
    return f"found {shown_what}{found!r}; {expected}"


def shown(text: str) -> str:
    """`text` in quotes, with escapes for what cannot be seen, cut where it is long."""
    if len(text) > SHOWN_CHARACTERS:
        return f"{text[:SHOWN_CHARACTERS]!r}… ({len(text)} characters)"
    return repr(text)


def quote_it(text: str) -> str:
    """The advice to put `text` in quotes, showing how where it is short."""
    return f'quote it: "{text}"' if len(text) <= SHOWN_CHARACTERS else "put it in quotes"


def one_of(words: Sequence[str]) -> str:
    """`a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
