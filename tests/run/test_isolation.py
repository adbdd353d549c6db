"""Isolation: which cells run by themselves, by what was on the wire."""

from dataclasses import replace

import pytest

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call, Expectation, PageSpec, Scenario, Step
from cors_harness.model.server import APP
from cors_harness.model.verdict import Status, Verdict
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.isolation import SHARED_REDIRECT, Isolation
from cors_harness.run.settings import RunSettings
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.origin import parse_origin
from cors_harness.terms.source_span import SourceSpan

PAGE, API = "https://app.example.com", "https://api.example.com"
ADMITTED = ((b"Access-Control-Allow-Origin", PAGE.encode()),)


def cell(path: str = "/me", method: str = "GET", *, server: str = APP, steps: int = 1) -> Cell:
    call = Call(path=path, method=method, credentials=CredentialsMode.INCLUDE)
    scenario = Scenario(
        id="s",
        title="t",
        spec="#",
        source=SourceSpan(file="x.yaml", line=1, column=1),
        page=PageSpec(origin=parse_origin(PAGE)),
        origins=(("server", parse_origin(API)),),
        steps=(Step(call=call, expect=Expectation()),) * steps,
    )
    return Cell(scenario=scenario, server=server, engine="webkit")


def bound(token: str, of: Cell | None = None, *, is_alone: bool = False) -> BoundCell:
    return BoundCell(cell=of or cell(), token=token, names={}, is_alone=is_alone)


def exchange(
    token: str,
    *,
    path: str = "/me",
    status: int | None = 200,
    sent: HeaderList = (),
    got: HeaderList = (),
    kind: ExchangeKind = ExchangeKind.REQUEST,
) -> Exchange:
    target = f"{path}?cell={token}" if token else path
    return Exchange(
        kind=kind,
        role="server",
        origin=API,
        method="GET" if kind is ExchangeKind.REQUEST else "OPTIONS",
        target=target,
        request_headers=((b"Origin", PAGE.encode()), *sent),
        status=status,
        response_headers=(*ADMITTED, *got),
    )


def record(*exchanges: Exchange, of: Cell | None = None) -> CellRecord:
    verdict = Verdict(status=Status.AS_EXPECTED)
    return CellRecord(cell=of or cell(), exchanges=exchanges, observations=(), verdict=verdict)


def why(isolation: Isolation, token: str, *exchanges: Exchange, of: Cell | None = None) -> str:
    isolation.begin(bound(token, of))
    again = isolation.after(bound(token, of), record(*exchanges, of=of), doubtful=False)
    return again.why if again else ""


COOKIES = {
    "none": ((), ""),
    "another cell's": (((b"Cookie", b"session=a"),), "the cookie session is set by other cells"),
    "named by another cell's token": (((b"Cookie", b"sid-i0.1=a"),), ""),
    "with a token in its value only": (((b"Cookie", b"sid=i0.1"),), "the cookie sid is set"),
    "with a name that is hostile": (((b"Cookie", b"\x1b[2J=1"),), "a cookie is set by other cells"),
}


@pytest.mark.parametrize(("sent", "words"), COOKIES.values(), ids=COOKIES)
def test_cell_that_sent_a_cookie_of_another_runs_again(sent: HeaderList, words: str) -> None:
    isolation = Isolation()
    isolation.begin(bound("i0.1"))
    found = why(isolation, "i0.2", exchange("i0.2", sent=sent))
    assert found.startswith(words) if words else found == ""


def test_own_cookie_of_an_earlier_exchange_is_no_other_cells() -> None:
    first = exchange("i0.1", got=((b"Set-Cookie", b"session=a; Path=/"),))
    second = exchange("i0.1", sent=((b"Cookie", b"session=a"),))
    assert why(Isolation(), "i0.1", first, second) == ""


@pytest.mark.parametrize("header", [b"Set-Cookie", b"Clear-Site-Data"])
def test_cookie_that_another_cell_may_have_removed_counts_as_its_own_no_more(header: bytes) -> None:
    isolation, steps = Isolation(), cell(steps=2)
    why(isolation, "i0.1", exchange("i0.1", got=((header, b"session=; Max-Age=0"),)))
    login = exchange("i0.2", got=((b"Set-Cookie", b"session=b"),))
    assert why(isolation, "i0.2", login, exchange("i0.2"), of=steps)
    assert not why(Isolation(), "i0.2", login, exchange("i0.2"), of=steps), "nobody else set it"


def test_once_a_server_sets_a_cookie_later_cells_with_credentials_run_alone() -> None:
    isolation = Isolation()
    assert isolation.before(cell()) is None
    why(isolation, "i0.1", exchange("i0.1", got=((b"Set-Cookie", b"session=a"),)))
    isolated = isolation.before(cell())
    assert isolated is not None
    assert isolated.why.startswith("the cookie session")
    omitted = cell()
    (step,) = omitted.scenario.steps
    call = replace(step.call, credentials=CredentialsMode.OMIT)
    scenario = replace(omitted.scenario, steps=(replace(step, call=call),))
    assert isolation.before(replace(omitted, scenario=scenario)) is None


REDIRECT = ((b"Location", b"/login"),)
LANDINGS = {
    "nothing that is kept": ((), ExchangeKind.REQUEST, ""),
    "a page that may be cached": (((b"ETag", b'"1"'),), ExchangeKind.REQUEST, SHARED_REDIRECT),
    "a page that must not be": (((b"Cache-Control", b"no-store"),), ExchangeKind.REQUEST, ""),
    "a preflight": ((), ExchangeKind.PREFLIGHT, SHARED_REDIRECT),
}


@pytest.mark.parametrize(("got", "kind", "words"), LANDINGS.values(), ids=LANDINGS)
def test_second_cell_that_is_redirected_to_a_url_that_the_browser_may_keep(
    got: HeaderList, kind: ExchangeKind, words: str
) -> None:
    isolation = Isolation()
    for token, expected in (("i0.1", ""), ("i0.2", words)):
        away = exchange(token, status=302, got=REDIRECT)
        landing = exchange("", path="/login", got=got, kind=kind)
        assert why(isolation, token, away, landing) == expected


def test_cell_that_runs_alone_is_never_run_again_for_others() -> None:
    isolation = Isolation()
    seen = record(exchange("i0.1", sent=((b"Cookie", b"session=a"),)))
    assert isolation.after(bound("i0.1", is_alone=True), seen, doubtful=True) is None


def test_refusal_is_asked_for_again_without_the_token_and_learnt_from() -> None:
    isolation = Isolation()
    first = record(exchange("i0.1", status=422))
    again = isolation.after(bound("i0.1"), first, doubtful=False)
    assert again is not None
    assert (again.plain, again.first) == (True, first)
    assert isolation.settled(again) is None
    counting = isolation.settle(again, record(exchange("", status=200)))
    assert counting.isolated == (
        "GET /me is answered 422 with the parameter cell in its URL and 200 without, so the URL is"
        " left as it is"
    )
    before = isolation.before(cell())
    assert before is not None
    assert before.plain
    assert isolation.before(cell("/other")) is None, "another route"


def test_same_refusal_without_the_token_is_asked_for_once() -> None:
    isolation = Isolation()
    first = record(exchange("i0.1", status=401))
    again = isolation.after(bound("i0.1"), first, doubtful=False)
    assert again is not None
    assert isolation.settle(again, record(exchange("", status=401))) is first
    assert (
        isolation.after(bound("i0.2"), record(exchange("i0.2", status=401)), doubtful=False) is None
    )


@pytest.mark.parametrize("status", [200, 302, 429, None])
def test_what_no_parameter_can_have_caused_is_not_asked_for_again(status: int | None) -> None:
    seen = record(exchange("i0.1", status=status))
    assert Isolation().after(bound("i0.1"), seen, doubtful=False) is None


def test_redirect_to_its_own_url_without_the_token_is_asked_for_again() -> None:
    seen = record(exchange("i0.1", status=301, got=((b"Location", b"/me"),)))
    again = Isolation().after(bound("i0.1"), seen, doubtful=False)
    assert again is not None
    assert again.plain


def test_servers_of_ours_mind_no_token() -> None:
    ours = cell(server="verbatim")
    seen = record(exchange("i0.1", status=422), of=ours)
    assert Isolation().after(bound("i0.1", ours), seen, doubtful=False) is None


UNSAFE = {"POST": True, "delete": True, "GET": False, "HEAD": False}


@pytest.mark.parametrize(("method", "in_turn"), UNSAFE.items())
def test_what_may_change_something_runs_in_turn(method: str, in_turn: bool) -> None:
    assert Isolation().runs_in_turn(cell(method=method)) is in_turn
    assert not Isolation(RunSettings(isolated=True)).runs_in_turn(cell(method=method))


def test_request_to_another_origin_carries_no_cookies_unless_it_asks_for_that() -> None:
    """Also where page and server are on ports of the run, which are two origins."""
    posted = cell(method="POST")
    (step,) = posted.scenario.steps
    call = replace(step.call, credentials=None)
    for page, origins in ((posted.scenario.page, posted.scenario.origins), (PageSpec(), ())):
        scenario = replace(
            posted.scenario, page=page, origins=origins, steps=(replace(step, call=call),)
        )
        assert not Isolation().runs_in_turn(replace(posted, scenario=scenario))


PLAIN = {"/me?cell=3": True, "/me?a&cell=3": True, "/cell=3": False, "/me?xcell=3": False}


@pytest.mark.parametrize(("path", "plain"), PLAIN.items())
def test_parameter_cell_of_the_apps_own_is_left_alone(path: str, plain: bool) -> None:
    isolated = Isolation().before(cell(path))
    assert (isolated is not None and isolated.plain) is plain


def test_plain_urls_are_for_the_users_app_only() -> None:
    isolation = Isolation(RunSettings(plain_urls=True))
    isolated = isolation.before(cell())
    assert isolated is not None
    assert isolated.plain
    assert isolation.before(cell(server="verbatim")) is None
