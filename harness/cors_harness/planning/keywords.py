"""CellPredicate: which cells an expression such as `put and not webkit` means, as pytest's -k."""

import re
from collections.abc import Callable

from cors_harness.errors import UsageError
from cors_harness.model.cell import Cell

CellPredicate = Callable[[Cell], bool]
OPERATORS = ("and", "or", "not", "(", ")")


def by_keyword(keyword: str | None) -> CellPredicate:
    """Whether a cell's node id or title has the words; without any every cell does.

    Raises:
        UsageError: the expression makes no sense.
    """
    if keyword is None or not keyword.strip():
        return lambda _cell: True
    return _KeywordParser(keyword).parse()


class _KeywordParser:
    """Reads `a and not (b or c d)`; words side by side are one text to look for."""

    def __init__(self, keyword: str) -> None:
        self._keyword = keyword
        self._tokens = re.findall(r"[()]|[^\s()]+", keyword)

    def parse(self) -> CellPredicate:
        predicate = self._either()
        if self._tokens:
            raise self._error(f"{self._tokens[0]!r} is not expected")
        return predicate

    def _next_is(self, token: str) -> bool:
        if self._tokens and self._tokens[0].lower() == token:
            self._tokens.pop(0)
            return True
        return False

    def _either(self) -> CellPredicate:
        parts = [self._both()]
        while self._next_is("or"):
            parts.append(self._both())
        return lambda cell: any(part(cell) for part in parts)

    def _both(self) -> CellPredicate:
        parts = [self._one()]
        while self._next_is("and"):
            parts.append(self._one())
        return lambda cell: all(part(cell) for part in parts)

    def _one(self) -> CellPredicate:
        if self._next_is("not"):
            negated = self._one()
            return lambda cell: not negated(cell)
        if self._next_is("("):
            inner = self._either()
            if not self._next_is(")"):
                raise self._error("a ) is missing")
            return inner
        return self._words()

    def _words(self) -> CellPredicate:
        texts = []
        while self._tokens and self._tokens[0].lower() not in OPERATORS:
            texts.append(self._tokens.pop(0).lower())
        if not texts:
            following = repr(self._tokens[0]) if self._tokens else "the end"
            raise self._error(f"a word is missing before {following}")
        text = " ".join(texts)
        return lambda cell: text in f"{cell.node_id}\n{cell.scenario.title}".lower()

    def _error(self, why: str) -> UsageError:
        return UsageError(
            f"keyword {self._keyword!r}: {why}; expected words joined by and, or, not and ( )"
        )
