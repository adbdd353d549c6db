"""Tokens in request targets, and how many strays are kept."""

import pytest

from cors_harness.wire.exchange_log import STRAYS_KEPT, ExchangeLog, token_of
from cors_harness.wire.framing import Message
from cors_harness.wire.http1_exchanges import OpenExchange

TOKENS = {
    "only parameter": (b"GET /a?cell=p.1 HTTP/1.1", "p.1"),
    "after others": (b"GET /a?x=1&&y&cell=3_a-b.2&z=1 HTTP/1.1", "3_a-b.2"),
    "first of two": (b"GET /a?cell=1&cell=2 HTTP/1.1", "1"),
    "up to a strange character": (b"GET /a?cell=p.1%20 HTTP/1.1", "p.1"),
    "absolute form": (b"GET http://h:1/a?cell=p.1 HTTP/1.1", "p.1"),
    "question marks": (b"GET /a?b?c&cell=1 HTTP/1.1", "1"),
    "name in the path": (b"GET /cell=1/&cell=2 HTTP/1.1", None),
    "end of another name": (b"GET /a?xcell=1 HTTP/1.1", None),
    "empty": (b"GET /a?cell= HTTP/1.1", None),
    "no query": (b"GET /a HTTP/1.1", None),
    "in a header": (b"GET /a HTTP/1.1\r\nReferer: /?cell=1", None),
    "garbage": (b"\x00\xff?cell=1", None),
}


@pytest.mark.parametrize(("head", "token"), TOKENS.values(), ids=TOKENS.keys())
def test_token(head: bytes, token: str | None) -> None:
    assert token_of(head + b"\r\n\r\n") == token


def exchange(path: bytes, began: float = 0.0) -> OpenExchange:
    return OpenExchange("server", Message(b"GET %s HTTP/1.1\r\n\r\n" % path, began))


def test_order_is_that_of_first_bytes() -> None:
    log = ExchangeLog()
    late, early = exchange(b"/?cell=1", began=2.0), exchange(b"/?cell=1", began=1.0)
    log.add(late)
    log.add(early)
    assert log.take(["1"]) == {"1": [early, late]}


def test_what_has_no_role_is_neither_kept_nor_counted() -> None:
    log = ExchangeLog()
    for _ in range(STRAYS_KEPT + 7):
        for path in (b"/?cell=1", b"/favicon.ico"):
            log.add(OpenExchange(None, Message(b"GET %s HTTP/1.1\r\n\r\n" % path)))
    assert (log.tokens_seen(["1"]), log.strays(), log.dropped) == ([], [], 0)


def test_of_the_page_only_what_a_cell_asks_is_kept() -> None:
    log = ExchangeLog()
    paths = (b"/harness/report?session=1", b"/favicon.ico", b"/?cell=1")
    of_page = [OpenExchange("page", Message(b"GET %s HTTP/1.1\r\n\r\n" % path)) for path in paths]
    for each in of_page:
        log.add(each)
    assert log.take(["1"]) == {"1": of_page[-1:]}
    assert (log.strays(), log.dropped) == ([], 0)


def test_strays_beyond_the_limit_are_counted() -> None:
    log = ExchangeLog()
    for _ in range(STRAYS_KEPT + 7):
        log.add(exchange(b"/favicon.ico"))
    assert (len(log.strays()), log.dropped) == (STRAYS_KEPT, 7)


def test_strays_never_push_out_cells() -> None:
    log = ExchangeLog()
    for _ in range(STRAYS_KEPT + 7):
        log.add(exchange(b"/favicon.ico"))
    log.add(exchange(b"/?cell=1"))
    assert log.tokens_seen(["1", "2"]) == ["1"]
