"""ExchangeLog: exchanges by the token of the cell that caused them, until somebody takes them."""

import re
from collections.abc import Sequence

from cors_harness.wire.http1_exchanges import OpenExchange

STRAYS_KEPT = 100

_TOKEN = re.compile(rb"\S+ [^?\s]*\?(?:\S*?&)??cell=([0-9A-Za-z._-]+)")


def token_of(request_line: bytes) -> str | None:
    """The cell token in the query of the request target; None where there is none."""
    token = _TOKEN.match(request_line)
    return token[1].decode() if token else None


def _in_wire_order(exchanges: list[OpenExchange]) -> list[OpenExchange]:
    return sorted(exchanges, key=lambda exchange: exchange.request.began)


class ExchangeLog:
    """Every exchange that has a role, in the order in which its request's first byte came.

    Attributes:
        dropped: how many exchanges without a token were not kept, beyond the first STRAYS_KEPT.
    """

    def __init__(self) -> None:
        self._by_token: dict[str, list[OpenExchange]] = {}
        self._tokenless: list[OpenExchange] = []
        self.dropped = 0

    def add(self, exchange: OpenExchange) -> None:
        """Keep an exchange that has just begun."""
        if exchange.role is None:
            return
        if token := token_of(exchange.request.head):
            self._by_token.setdefault(token, []).append(exchange)
        elif len(self._tokenless) < STRAYS_KEPT:
            self._tokenless.append(exchange)
        else:
            self.dropped += 1

    def take(self, tokens: Sequence[str]) -> dict[str, list[OpenExchange]]:
        """Remove and return what each token has so far; what comes later is kept anew."""
        return {token: _in_wire_order(self._by_token.pop(token, [])) for token in tokens}

    def tokens_seen(self, tokens: Sequence[str]) -> list[str]:
        """Those of `tokens` that have something to take."""
        return [token for token in tokens if token in self._by_token]

    def strays(self) -> list[OpenExchange]:
        """Remove and return all that nobody took."""
        strays = [exchange for kept in self._by_token.values() for exchange in kept]
        strays += self._tokenless
        self._by_token, self._tokenless = {}, []
        return _in_wire_order(strays)
