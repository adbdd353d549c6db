"""Why a cookie that was set does not go with a later call."""

from dataclasses import replace

import pytest

from cors_harness.judge.held_back import (
    DOMAIN,
    NO_CREDENTIALS,
    NO_SAME_SITE,
    NONE_NEEDS_SECURE,
    NOT_OVER_HTTP,
    OF_SAME_SITE,
    PATH,
    PREFIX,
    THIRD_PARTY,
    UNKNOWN,
    held_back_cookies,
)
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call, Expectation, FetchContext, PageSpec, Scenario, Step
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.origin import parse_origin
from cors_harness.terms.source_span import SourceSpan

PAGE, SERVER = "https://app.example.com", "https://api.example.com"
ELSEWHERE = "https://api.example.org"
PLAIN = "http://api.example.com"
INCLUDE = Call(credentials=CredentialsMode.INCLUDE)
NAMED = {"page": PAGE, "host": "api.example.org"}
FOREIGN = THIRD_PARTY.format(**NAMED)
OF_HOST = PREFIX.format(prefix="__Host-", needs="Secure, Path=/ and no Domain")


def exchange(step: int, server: str = SERVER, target: str = "/me") -> Exchange:
    return Exchange(
        kind=ExchangeKind.REQUEST,
        role="server",
        origin=server,
        method="GET",
        target=target,
        request_headers=(),
        status=200,
        step=step,
    )


def set_by(server: str, cookie: str) -> Exchange:
    header = (b"Set-Cookie", cookie.encode())
    return replace(exchange(0, server, "/login"), response_headers=(header,))


def with_cookie(cookie: str) -> Exchange:
    return replace(exchange(1), request_headers=((b"Cookie", cookie.encode()),))


def cell_on(
    page: PageSpec, first: Call = INCLUDE, second: Call = INCLUDE, engine: str = "firefox"
) -> Cell:
    steps = tuple(Step(call=call, expect=Expectation()) for call in (first, second))
    scenario = Scenario(
        id="x",
        title="x",
        spec="x",
        source=SourceSpan(file="x.yaml", line=1),
        page=page,
        steps=steps,
    )
    return Cell(scenario=scenario, server="app", engine=engine)


SHOP = PageSpec(origin=parse_origin(PAGE))
SHOP_CELL = cell_on(SHOP)


def why(cookie: str, server: str = SERVER, cell: Cell = SHOP_CELL) -> str:
    wire = (set_by(server, cookie), exchange(1, server))
    (held_back,) = held_back_cookies(cell, wire)
    assert (held_back.step, held_back.name) == (1, cookie.partition("=")[0])
    return held_back.why


@pytest.mark.parametrize(
    ("cookie", "server", "reason"),
    [
        ("s=1; SameSite=None", ELSEWHERE, NONE_NEEDS_SECURE),
        ("s=1; Secure", PLAIN, NOT_OVER_HTTP.format(origin=PLAIN)),
        ("__Secure-s=1", SERVER, PREFIX.format(prefix="__Secure-", needs="Secure")),
        ("__Host-s=1; Secure", SERVER, OF_HOST),
        ("s=1; Domain=x.org", SERVER, DOMAIN.format(domain="x.org", host="api.example.com")),
        ("s=1; Path=/admin", SERVER, PATH.format(path="/admin", target="/me")),
        ("s=1; SameSite=Lax", ELSEWHERE, OF_SAME_SITE.format(value="Lax", **NAMED)),
        ("s=1; samesite=STRICT", ELSEWHERE, OF_SAME_SITE.format(value="Strict", **NAMED)),
        ("s=1; SameSite=None; Secure", ELSEWHERE, FOREIGN),
        ("s=1; Secure", ELSEWHERE, FOREIGN),
        ("s=1; Secure; Domain=.example.com; Path=/", SERVER, UNKNOWN),
    ],
)
def test_reason_is_the_first_rule_that_keeps_it(cookie: str, server: str, reason: str) -> None:
    assert why(cookie, server) == reason


@pytest.mark.parametrize("engine", ["chromium", "edge-windows"])
def test_chromium_takes_a_cookie_without_same_site_for_lax(engine: str) -> None:
    cell = cell_on(SHOP, engine=engine)
    assert why("s=1; Secure", ELSEWHERE, cell) == NO_SAME_SITE.format(**NAMED)


def test_sandboxed_page_is_of_another_site_whatever_its_url() -> None:
    sandboxed = PageSpec(origin=parse_origin(PAGE), place=FetchContext.SANDBOXED_FRAME)
    named = {"page": "an opaque origin", "host": "api.example.com"}
    reason = why("s=1; SameSite=Lax", cell=cell_on(sandboxed))
    assert reason == OF_SAME_SITE.format(value="Lax", **named)


def test_cookie_of_a_call_without_credentials_was_never_taken() -> None:
    assert why("s=1", cell=cell_on(SHOP, first=Call())) == NO_CREDENTIALS


def test_engine_that_says_it_denies_storage_is_quoted() -> None:
    denied = (b"Sec-Fetch-Storage-Access", b"none")
    later = replace(exchange(1, ELSEWHERE), request_headers=(denied,))
    wire = (set_by(ELSEWHERE, "s=1; SameSite=None; Secure"), later)
    (held_back,) = held_back_cookies(SHOP_CELL, wire)
    assert held_back.why == f"{FOREIGN} (sec-fetch-storage-access: none)"


@pytest.mark.parametrize(
    ("cookie", "later", "cell"),
    [
        ("s=1", with_cookie("other=2; s=1"), SHOP_CELL),
        ("s=1; Max-Age=0", exchange(1), SHOP_CELL),
        ("s=1", exchange(1), cell_on(SHOP, second=Call(credentials=CredentialsMode.OMIT))),
        ("s=1", exchange(1, ELSEWHERE), SHOP_CELL),
        ("s=1", replace(exchange(1), kind=ExchangeKind.PREFLIGHT), SHOP_CELL),
    ],
    ids=["it is sent", "it was deleted", "no cookies are wanted", "another host", "a preflight"],
)
def test_nothing_is_said_where_nothing_is_held_back(
    cookie: str, later: Exchange, cell: Cell
) -> None:
    assert held_back_cookies(cell, (set_by(SERVER, cookie), later)) == ()
