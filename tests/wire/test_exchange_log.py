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


PAGE = b"https://app.example.com"
API = "https://api.example.com"


def request(
    path: bytes,
    client: str = "firefox",
    *,
    method: bytes = b"GET",
    page: bytes = PAGE,
    mode: bytes = b"cors",
) -> OpenExchange:
    head = b"%s %s HTTP/1.1\r\nHost: api.example.com\r\nOrigin: %s\r\nSec-Fetch-Mode: %s\r\n\r\n"
    found = OpenExchange("server", Message(head % (method, path, page, mode)), API)
    found.client = client
    return found


def redirected(
    path: bytes, location: bytes, allowed: bytes = PAGE, mode: bytes = b"cors"
) -> OpenExchange:
    found = request(path, mode=mode)
    found.response = Message(
        b"HTTP/1.1 302 Found\r\nAccess-Control-Allow-Origin: %s\r\nLocation: %s\r\n\r\n"
        % (allowed, location)
    )
    return found


LOCATIONS = {
    "a path": b"/login?next=/me",
    "an origin too": b"https://api.example.com/login?next=/me",
    "the port of https": b"https://API.example.com:443/login?next=/me",
    "a fragment": b"/login?next=/me#form",
    "dots": b"/./login?next=/me",
}


@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS)
def test_request_without_a_token_is_that_of_the_cell_which_was_redirected_there(
    location: bytes,
) -> None:
    log = ExchangeLog()
    first, landing = redirected(b"/me?cell=i0.1", location), request(b"/login?next=/me")
    log.add(first)
    log.add(request(b"/me?cell=i0.2"))
    log.add(landing)
    assert log.take(["i0.1"]) == {"i0.1": [first, landing]}
    assert log.take_doubtful(["i0.1", "i0.2"]) == []


def test_preflight_of_a_redirected_request_belongs_to_the_cell_too() -> None:
    log = ExchangeLog()
    first = redirected(b"/me?cell=i0.1", b"/new")
    preflight, landing = request(b"/new", method=b"OPTIONS"), request(b"/new", method=b"PUT")
    for each in (first, preflight, landing):
        log.add(each)
    assert log.take(["i0.1"]) == {"i0.1": [first, preflight, landing]}


NOBODYS = {
    "another URL": request(b"/other"),
    "another engine": request(b"/new", "webkit"),
    "another page": request(b"/new", page=b"https://other.example"),
}


@pytest.mark.parametrize("stray", NOBODYS.values(), ids=NOBODYS)
def test_request_that_no_redirect_leads_to_is_a_stray(stray: OpenExchange) -> None:
    log = ExchangeLog()
    first = redirected(b"/me?cell=i0.1", b"/new")
    log.add(first)
    log.add(stray)
    assert log.take(["i0.1"]) == {"i0.1": [first]}
    assert log.strays() == [stray]


@pytest.mark.parametrize(("mode", "followed"), [(b"cors", 1), (b"no-cors", 2)])
def test_redirect_that_no_browser_follows_for_cors_leads_nowhere(
    mode: bytes, followed: int
) -> None:
    log = ExchangeLog()
    log.add(redirected(b"/me?cell=i0.1", b"/new", b"https://other.example", mode))
    log.add(request(b"/new", mode=mode))
    assert len(log.take(["i0.1"])["i0.1"]) == followed


def test_cells_redirected_to_one_url_at_the_same_time_are_doubtful_both() -> None:
    log = ExchangeLog()
    for token in (b"i0.1", b"i0.2", b"i0.3"):
        log.add(redirected(b"/me?cell=%s" % token, b"/other" if token == b"i0.3" else b"/new"))
    log.add(request(b"/new"))
    assert log.take_doubtful(["i0.1", "i0.2", "i0.3"]) == ["i0.1", "i0.2"]
    assert log.take_doubtful(["i0.1", "i0.2"]) == [], "told once"


def test_client_that_is_bound_to_a_cell_requests_for_it_whatever_the_url() -> None:
    log = ExchangeLog()
    log.bind("firefox-1", "i0.1")
    first, other = request(b"/a?cell=i0.9", "firefox-1"), request(b"/b", "firefox-1")
    log.add(first)
    log.add(other)
    log.bind("firefox-1", "i0.2")
    later = request(b"/b", "firefox-1")
    log.add(later)
    assert log.take(["i0.1", "i0.2"]) == {"i0.1": [first, other], "i0.2": [later]}


def test_what_a_bound_page_asks_for_itself_is_no_cells() -> None:
    log = ExchangeLog()
    log.bind("firefox-1", "i0.1")
    own = request(b"/harness/next?session=firefox-1", "firefox-1")
    assert log.token_for(own.request.head, API, "firefox-1") is None


def test_scheme_of_an_address_that_a_redirect_leads_to() -> None:
    log = ExchangeLog()
    log.add(redirected(b"/me?cell=i0.1", b"https://accounts.example.net/login"))
    assert log.awaited_scheme(("accounts.example.net", 443), "firefox") == "https"
    assert log.awaited_scheme(("accounts.example.net", 443), "webkit") is None
    assert log.awaited_scheme(("accounts.example.net", 80), "firefox") is None


def test_a_redirect_to_a_port_that_there_is_not_leads_nowhere() -> None:
    log = ExchangeLog()
    log.add(redirected(b"/me?cell=i0.1", b"https://accounts.example.net:99999/login"))
    assert log.awaited_scheme(("accounts.example.net", 443), "firefox") is None
