"""Many page origins: pages take turns in one tab, and no cell can tell."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.run.batches import SPEC, plan_of, records
from tests.run.process_tree import ProcessTree
from tests.run.test_run_isolated import seen, twin, with_twins

from cors_harness.engines.minibrowser import MiniBrowserEngine
from cors_harness.engines.playwright import PlaywrightEngine
from cors_harness.engines.stock_firefox import StockFirefoxEngine
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import (
    Call,
    Expectation,
    FetchContext,
    PageSpec,
    Scenario,
    Step,
)
from cors_harness.run.api import run
from cors_harness.run.browser_state import changes_browser_state
from cors_harness.run.page_batches import Phase, phases
from cors_harness.run.settings import RunSettings
from cors_harness.terms.headers import HeaderList, get_all
from cors_harness.terms.origin import parse_origin
from cors_harness.terms.source_span import SourceSpan

PAGES = """
  page: "{origin}"
  matrix:
    origin:
      - https://app.example.com
      - https://app.example.com:8443
      - https://foreign.test
      - https://example.com.evil.test
      - https://example.org
      - https://www.example.com
"""
# What a browser keeps and no other cell asks for: an answer, and a preflight that was allowed.
UNCHANGED = f"""
- id: unchanged
  title: t
  spec: {SPEC}{PAGES}
  origins: {{server: https://example.com}}
  response:
    headers:
      Access-Control-Allow-Origin: https://app.example.com
      Access-Control-Allow-Credentials: "true"
      Access-Control-Allow-Headers: x-how
      Access-Control-Max-Age: "600"
      Cache-Control: max-age=600
  request: {{credentials: include, headers: {{X-How: now}}}}
  expect: {{outcome: allowed}}
"""
# What the next page would notice: a cookie.
CHANGED = f"""
- id: changed
  title: t
  spec: {SPEC}{PAGES}
  origins: {{server: https://example.com}}
  response:
    headers:
      Access-Control-Allow-Origin: https://app.example.com
      Access-Control-Allow-Credentials: "true"
      Set-Cookie: crumb=1; Path=/; Secure; SameSite=None
  request: {{credentials: include}}
  expect: {{outcome: allowed}}
"""


# What else an engine keeps is its own affair; that changed browser state ends a tab is ours.
SHARED_TABS = {
    "unchanged in chromium": (UNCHANGED, True, "chromium"),
    "unchanged in firefox": (UNCHANGED, True, "firefox"),
    "unchanged in webkit": (UNCHANGED, True, "webkit"),
    "changed": (CHANGED, False, "chromium"),
}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URL of every tab that is opened while the test runs."""
    urls: list[str] = []
    for kind in (PlaywrightEngine, StockFirefoxEngine, MiniBrowserEngine):
        monkeypatch.setattr(kind, "open", _noting(kind.open, urls))
    return urls


def _noting(really: Callable[..., Any], urls: list[str]) -> Callable[..., Any]:
    async def open_noting(self: object, url: str, *more: Any, **others: Any) -> Any:
        urls.append(url)
        return await really(self, url, *more, **others)

    return open_noting


@pytest.mark.browser
@pytest.mark.parametrize(("text", "shares", "engine"), SHARED_TABS.values(), ids=SHARED_TABS)
def test_pages_that_take_turns_see_what_lone_pages_see(
    text: str,
    shares: bool,
    engine: str,
    opened: list[str],
    process_tree: ProcessTree,
    tmp_path: Path,
) -> None:
    plan = plan_of(tmp_path, text, engine)
    done = records(list(run(with_twins(plan), RunSettings())))
    by_cell = {r.cell.id: (seen(r), cookies(r.exchanges)) for r in done}
    sharing = {cell.id: by_cell[cell.id] for cell in plan.cells}
    assert {cell.id: by_cell[twin(cell).id] for cell in plan.cells} == sharing
    assert len(sharing) == 6
    tabs = [url for url in opened if "session=" in url]
    assert len(tabs) - len(sharing) == (3 if shares else 6)
    assert process_tree.survivors() == []


def cookies(exchanges: tuple[Exchange, ...]) -> list[tuple[bytes, ...]]:
    return [get_all(exchange.request_headers, "Cookie") for exchange in exchanges]


RESPONSES: dict[str, tuple[HeaderList, bool]] = {
    "plain": (((b"Access-Control-Allow-Origin", b"*"), (b"Cache-Control", b"max-age=9")), False),
    "cookie": (((b"set-cookie", b"a=b"),), True),
    "HSTS": (((b"Strict-Transport-Security", b"max-age=9"),), True),
    "everything forgotten": (((b"Clear-Site-Data", b'"cookies"'),), True),
    "redirect with the token": (((b"Location", b"/landing?cell=i0.1"),), False),
    "redirect without the token": (((b"Location", b"/landing"),), False),
}


@pytest.mark.parametrize(("headers", "changes"), RESPONSES.values(), ids=RESPONSES)
def test_responses_that_change_browser_state_are_known(headers: HeaderList, changes: bool) -> None:
    exchange = Exchange(
        kind=ExchangeKind.REQUEST,
        role="server",
        origin="https://api.example.org",
        method="GET",
        target="/?cell=i0.1",
        request_headers=(),
        status=200,
        response_headers=headers,
    )
    assert changes_browser_state(exchange) is changes


def cell(
    page: str,
    *,
    isolated: bool = False,
    delay_ms: int = 0,
    server: str | None = None,
    **more: object,
) -> Cell:
    call = Call(frame=parse_origin("https://frame.test") if more.pop("framed", False) else None)
    place = PageSpec(origin=parse_origin(page), **more)  # type: ignore[arg-type]
    scenario = Scenario(
        id="s",
        title="t",
        spec=SPEC,
        source=SourceSpan(file="a.yaml", line=1),
        page=place,
        origins=(("server", parse_origin(server)),) if server else (),
        steps=(Step(call=call, expect=Expectation(), delay_ms=delay_ms),),
        isolated=isolated,
    )
    return Cell(scenario=scenario, server="app", engine="chromium")


A, B = "https://a.test", "https://b.test"
GRANTED = (("local-network-access", "granted"),)
GROUPS = {
    "other origins take turns": ([cell(A), cell(B), cell(A)], [[2, 1]]),
    "pages on http come first": ([cell(A), cell(A), cell("http://b.test")], [[1, 2]]),
    "frames are in the page": ([cell(A), cell(A, place=FetchContext.SANDBOXED_FRAME)], [[2]]),
    "workers have a page": ([cell(A), cell(A), cell(A, place=FetchContext.WORKER)], [[2, 1]]),
    "permissions stay alone": ([cell(A), cell(B, permissions=GRANTED)], [[1], [1]]),
    "frames stay alone": ([cell(A), cell(B, framed=True)], [[1], [1]]),
    "isolated cells stay alone": ([cell(A), cell(A, isolated=True)], [[1], [1]]),
}


@pytest.mark.parametrize(("cells", "sizes"), GROUPS.values(), ids=GROUPS)
def test_pages_that_need_the_same_share_a_tab_queue(
    cells: list[Cell], sizes: list[list[int]]
) -> None:
    (phase,) = phases(cells, isolated=False, shares_hsts=False)
    assert [[len(batch.cells) for batch in queue] for queue in phase] == sizes


def test_isolated_run_has_a_tab_for_each_cell() -> None:
    cells = [cell(A), cell(B), cell(A)]
    (phase,) = phases(cells, isolated=True, shares_hsts=False)
    assert [[len(batch.cells) for batch in queue] for queue in phase] == [[1], [1], [1]]


HTTP_A, HTTP_B, HTTP_C = "http://a.test", "http://b.test", "http://c.test"
PHASES = {
    "http before https": ([cell(A), cell(HTTP_A)], [[HTTP_A], [A]]),
    "isolated http as well": ([cell(A), cell(HTTP_A, isolated=True)], [[HTTP_A], [A]]),
    "http to https one by one": (
        [cell(A), cell(HTTP_A, server=A), cell(HTTP_B, server=A), cell(HTTP_C, server=HTTP_A)],
        [[HTTP_C], [HTTP_A], [HTTP_B], [A]],
    ),
    "all https together": ([cell(A), cell(B, isolated=True), cell(B)], [[A, B, B]]),
}


@pytest.mark.parametrize(("cells", "pages"), PHASES.values(), ids=PHASES)
def test_pages_on_http_are_over_before_https_where_hsts_is_shared(
    cells: list[Cell], pages: list[list[str]]
) -> None:
    in_turn = phases(cells, isolated=False, shares_hsts=True)
    origins = [
        [str(batch.cells[0].scenario.page.origin) for queue in phase for batch in queue]
        for phase in in_turn
    ]
    assert origins == pages
    (at_once,) = phases(cells, isolated=False, shares_hsts=False)
    assert sum(map(len, at_once)) == len(cells)


MANY = 250  # cells of one page


@pytest.mark.parametrize(
    ("sessions", "sizes"),
    [
        pytest.param(1, [MANY], id="one session"),
        pytest.param(2, [125, 125], id="two"),
        pytest.param(3, [84, 83, 83], id="three"),
        pytest.param(9, [84, 83, 83], id="more than pages are worth while"),
    ],
)
def test_page_with_many_cells_is_opened_in_several_sessions(
    sessions: int, sizes: list[int]
) -> None:
    cells = [cell(A) for _ in range(MANY)]
    (queue,) = only_phase(cells, sessions)
    assert [len(batch.cells) for batch in queue] == sizes
    assert {id(each) for batch in queue for each in batch.cells} == {*map(id, cells)}


def test_cells_that_run_in_turn_stay_in_one_page() -> None:
    cells = [cell(A, delay_ms=number % 3) for number in range(MANY)]
    (queue,) = only_phase(cells, 2)
    parts = [{each.scenario.steps[0].delay_ms for each in batch.cells} for batch in queue]
    assert sorted(parts, key=len) == [{0, 1}, {0, 1, 2}]


def test_small_pages_and_isolated_cells_are_not_cut() -> None:
    cells = [cell(A), cell(A), cell(B), cell(B, isolated=True)]
    queues = only_phase(cells, 5)
    assert [[len(batch.cells) for batch in queue] for queue in queues] == [[2, 1], [1]]


def only_phase(cells: Sequence[Cell], sessions: int) -> Phase:
    (phase,) = phases(
        cells,
        isolated=False,
        shares_hsts=False,
        sessions=sessions,
        stays_together=lambda each: each.scenario.steps[0].delay_ms == 2,
    )
    return phase


def test_cells_that_wait_for_long_begin_first() -> None:
    cells = [cell(A), cell(A, delay_ms=500)]
    (((batch,),),) = phases(cells, isolated=False, shares_hsts=False)
    assert [cell.scenario.steps[0].delay_ms for cell in batch.cells] == [500, 0]
