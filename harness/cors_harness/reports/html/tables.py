"""Table: texts and header lists that many cells share, kept once and named by their index."""

import json
import zlib
from base64 import b64encode
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from cors_harness.store.codec import Json

LEVEL = 7  # of compression: 9 takes twice as long for 2 % less

_Row = TypeVar("_Row", bound=Hashable)


class Table(Generic[_Row]):
    """Rows in the order in which they came first.

    Attributes:
        rows: each once.
    """

    def __init__(self, *rows: _Row) -> None:
        """`rows`: those that have to be the first ones."""
        self.rows: list[_Row] = list(rows)
        self._indices = {row: index for index, row in enumerate(rows)}

    def index(self, row: _Row) -> int:
        """Where it stands; it is added where it is new."""
        found = self._indices.setdefault(row, len(self.rows))
        if found == len(self.rows):
            self.rows.append(row)
        return found


class DetailChunk:
    """Details of several cells, whose texts and header lists stand in tables beside them."""

    def __init__(self) -> None:
        """An empty one."""
        self._texts: Table[str] = Table()
        self._lists: Table[tuple[int, ...]] = Table()
        self._cells: list[Json] = []

    def __len__(self) -> int:
        return len(self._cells)

    def add(self, after: Json | None, before: Json | None) -> None:
        """Adds a cell, as it is and as it was."""
        self._cells.append({"after": self._shared(after), "before": self._shared(before)})

    def to_json(self) -> Json:
        """{texts, lists, cells}: a list is [name, value, name, value, ...], as indices of texts."""
        return {"texts": self._texts.rows, "lists": self._lists.rows, "cells": self._cells}

    def _shared(self, detail: Json | None) -> Json | None:
        if detail is None:
            return None
        exchanges = [self._exchange(exchange) for exchange in detail["exchanges"]]
        return {**detail, "exchanges": exchanges}

    def _exchange(self, exchange: Json) -> Json:
        lists = {name: self._list(exchange[name]) for name in ("request", "response")}
        return {**exchange, **lists}

    def _list(self, pairs: Sequence[Sequence[str]]) -> int:
        return self._lists.index(tuple(self._texts.index(text) for pair in pairs for text in pair))


def packed(document: object) -> str:
    """A JSON document as the page unpacks it: zlib's format, in base64."""
    # ASCII: a lone surrogate in a page's error message is no UTF-8.
    text = json.dumps(document, separators=(",", ":"))
    return b64encode(zlib.compress(text.encode("ascii"), LEVEL)).decode("ascii")
