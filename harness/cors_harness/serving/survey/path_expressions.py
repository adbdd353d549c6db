"""path_of_expression(): a path that a regular expression matches, its groups as parameters.

For frameworks whose routes are regular expressions and nothing else. Of alternatives the first is
taken, and what may be absent is left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cors_harness.serving.survey.path_patterns import end_of_group

_ATOM = re.compile(
    r"""(?P<escape>\\.)
      | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
      | (?P<group>\((?:\?P<(?P<name>\w+)>|(?P<no_value>\?(?::|\w+:)|\?[=!<])|\?\w+\))?)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_QUANTIFIER = re.compile(
    r"""(?P<may_be_absent>\?|\*|\{0?,\d*\}|\{0\})[?+]?
      | \+[?+]?
      | \{(?P<times>\d+)(?:,\d*)?\}[?+]?""",
    re.VERBOSE,
)
_SAMPLES = {"d": "1", "w": "a", "s": "%20", "D": "a", "S": "a", "W": "-"}
_EMPTY = frozenset("AbBZz")  # escapes that match no character


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueGroup:
    """A group whose text is a value of the path.

    Attributes:
        number: its place among all such groups, from 0.
        name: "" where it has none.
        inside: the expression inside it.
    """

    number: int
    name: str
    inside: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressedPath:
    """A path as a regular expression has it: text, and groups in it."""

    pieces: tuple[str | ValueGroup, ...]

    @property
    def groups(self) -> tuple[ValueGroup, ...]:
        """Those that are in the path."""
        return tuple(piece for piece in self.pieces if isinstance(piece, ValueGroup))

    def template(self, names: Sequence[str]) -> str:
        """The path with `{name}` for each of `groups`, in their order."""
        left = iter(names)
        return "".join(
            piece if isinstance(piece, str) else f"{{{next(left)}}}" for piece in self.pieces
        )


def path_of_expression(expression: str) -> ExpressedPath:
    """A path that `expression` matches as a whole."""
    return ExpressedPath(pieces=tuple(_ExpressionReader(expression).pieces()))


class _ExpressionReader:
    """Goes through one expression, and counts the groups that have a value."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._count = 0

    def pieces(self) -> list[str | ValueGroup]:
        return self._pieces(0, len(self._expression))

    def _pieces(self, start: int, end: int) -> list[str | ValueGroup]:
        pieces: list[str | ValueGroup] = []
        while start < end:
            match = _ATOM.match(self._expression, start, end)
            if match is None or match["other"] == "|":
                break
            atom, start = self._atom(match, end)
            quantifier = _QUANTIFIER.match(self._expression, start, end)
            if quantifier:
                start = quantifier.end()
            if not quantifier or not quantifier["may_be_absent"]:
                times = int(quantifier["times"] or 1) if quantifier else 1
                pieces.extend(atom * times)
        return pieces

    def _atom(self, match: re.Match[str], end: int) -> tuple[list[str | ValueGroup], int]:
        """What one atom stands for, and where it ends."""
        if match["group"] is None:
            return [_text(match)], match.end()
        inside_end = min(end_of_group(self._expression, match.end()), end)
        if match["group"].endswith(")"):  # flags
            return [], match.end()
        if match["no_value"]:
            is_text = match["no_value"].endswith(":")
            inner = self._pieces(match.end(), inside_end) if is_text else []
            return inner, inside_end + 1
        number, inside = self._count, self._expression[match.end() : inside_end]
        self._count += re.compile(f"({inside})").groups
        return [ValueGroup(number=number, name=match["name"] or "", inside=inside)], inside_end + 1


def _text(match: re.Match[str]) -> str:
    """A character that an atom matches; "" of one that matches a place."""
    if match["escape"]:
        letter = match["escape"][1]
        return "" if letter in _EMPTY else _SAMPLES.get(letter, letter)
    if match["set"]:
        return _of_set(match["set"])
    return {".": "a", "^": "", "$": ""}.get(match["other"], match["other"])


def _of_set(text: str) -> str:
    return next((each for each in "1aA-_./" if re.fullmatch(text, each)), text.strip("[]^")[:1])
