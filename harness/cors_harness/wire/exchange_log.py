"""Ledger: exchanges by the token of the cell that caused them, until somebody takes them."""

import re
from collections.abc import Sequence

from cors_harness.wire.http1_exchanges import OpenExchange

STRAYS_KEPT = 100

_TOKEN = re.compile(rb"\S+ [^?\s]*\?(?:\S*?&)??cell=([0-9A-Za-z._-]+)")


def token_of(request_line: bytes) -> str | None:
    """The cell token in the query of the request target; None where there is none."""
    found = _TOKEN.match(request_line)
    return found[1].decode() if found else None


def _in_wire_order(heard: list[OpenExchange]) -> list[OpenExchange]:
    return sorted(heard, key=lambda each: each.request.began)


class ExchangeLog:
    """Every exchange that has a role, in the order in which its request's first byte came.

    Attributes:
        dropped: how many exchanges without a token were not kept, beyond the first STRAYS_KEPT.
    """

    def __init__(self) -> None:
        self._by_token: dict[str, list[OpenExchange]] = {}
        self._tokenless: list[OpenExchange] = []
        self.dropped = 0

    def add(self, heard: OpenExchange) -> None:
        """Keep an exchange that has just begun."""
        if heard.role is None:
            return
        if token := token_of(heard.request.head):
            self._by_token.setdefault(token, []).append(heard)
        elif len(self._tokenless) < STRAYS_KEPT:
            self._tokenless.append(heard)
        else:
            self.dropped += 1

    def take(self, tokens: Sequence[str]) -> dict[str, list[OpenExchange]]:
        """Remove and return what each token has so far; what comes later is kept anew."""
        return {token: _in_wire_order(self._by_token.pop(token, [])) for token in tokens}

    def seen(self, tokens: Sequence[str]) -> list[str]:
        """Those of `tokens` that have something to take."""
        return [token for token in tokens if token in self._by_token]

    def strays(self) -> list[OpenExchange]:
        """Remove and return all that nobody took."""
        left = [heard for kept in self._by_token.values() for heard in kept]
        left += self._tokenless
        self._by_token, self._tokenless = {}, []
        return _in_wire_order(left)
