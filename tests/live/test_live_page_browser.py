"""The live page in a browser: the way of a first-time user, and a page that was cut off."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from tests.cli.test_run_app_browser import ORDERS, ORIGINS
from tests.live.serve_program import serve
from tests.reports.html.test_page_browser import WCAG
from tests.reports.record_builders import blocked, cell, record, started
from tests.wait_for_exit import HANG_S

from cors_harness.engines.provision import find_engine
from cors_harness.live.access import Access
from cors_harness.live.board import LiveBoard
from cors_harness.live.joining import JoinedBrowsers
from cors_harness.live.page_server import LivePageServer
from cors_harness.live.session import listener_on
from cors_harness.model.cell import CellRecord, recorded
from cors_harness.run.api import LoopThread
from cors_harness.store.codec import header_to_json

pytestmark = pytest.mark.browser

SHOP = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_headers=["Content-Type"],
)


@app.put("/orders/{number}")
def change(number: int):
    return {"number": number}
"""
ENGINES = "#cell .engines-choice tbody"
MS = HANG_S * 1000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_engine("chromium").executable)
        yield started
        started.close()


@pytest.fixture
def window(chromium: Browser) -> Iterator[Page]:
    """A window; whatever its page says on the console, but for a connection, fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(MS)
    opened = context.new_page()
    opened.on("pageerror", lambda error: pytest.fail(str(error)))
    yield opened
    context.close()


def test_first_time_user_finds_the_cause_copies_the_fix_and_sees_it_allowed(
    tmp_path: Path, window: Page
) -> None:
    shop, orders = tmp_path / "shop.py", tmp_path / "orders.yaml"
    shop.write_text(SHOP)
    orders.write_text(ORDERS)
    argv = ("orders.yaml", "--app", "shop:app", "--browser", "webkit", *ORIGINS)
    with serve(tmp_path, *argv) as served:
        window.goto(served.url)
        window.evaluate("window.isTheSamePage = true")
        window.click("#matrix .mark.s-unexpected")
        assert "blocked (preflight-status), not as expected" in window.inner_text(ENGINES)
        assert "The server does not allow the method PUT" in window.inner_text("#cell .cell-fix")
        window.context.grant_permissions(["clipboard-read", "clipboard-write"])
        window.locator("#cell").get_by_role("button", name="Copy the fix").click()
        copied = window.wait_for_function("() => navigator.clipboard.readText()")
        fix = copied.json_value()
        assert fix == window.locator("#cell .cell-fix code").inner_text()
        assert '"PUT"' in fix
        shop.write_text(mended(shop.read_text(), fix))
        window.wait_for_selector(f"{ENGINES} :text('was blocked')")
        assert "allowed, as expected, was blocked" in window.inner_text(ENGINES)
        window.wait_for_selector(".live-said:text-matches('cells run, 1 now allowed')")
        pictured(window, "live-allowed")
        orders.write_text(ORDERS.replace("outcome: allowed", "outcome: maybe"))
        trouble = window.locator(".live-trouble pre").inner_text()
        assert "outcome: found 'maybe'; expected allowed" in trouble
        assert "allowed" in window.inner_text(ENGINES)
        pictured(window, "live-trouble")
        orders.write_text(ORDERS)
        window.wait_for_selector(".live-trouble:empty", state="attached")
        assert window.evaluate("window.isTheSamePage")
    assert "Traceback" not in (tmp_path / "errors.txt").read_text()


def pictured(window: Page, name: str) -> None:
    """A picture to look at, where SCREENSHOTS names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        window.screenshot(path=Path(folder) / f"{name}.png")


def mended(app: str, fix: str) -> str:
    """The app with the fix in place of its call for the middleware."""
    call = re.compile(r"^app\.add_middleware\(\n.*?^\)\n", re.DOTALL | re.MULTILINE)
    new = call.search(f"{fix}\n")
    assert new is not None
    return call.sub(lambda _: new[0], app, count=1)


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ONE, OTHER = cell("one"), cell("other", line=9)


class Live:
    """A live page in this process.

    Attributes:
        board: what it shows.
        server: of the page.
        wishes: what the page has wished for.
    """

    def __init__(self, host: str = "") -> None:
        listener = listener_on("", 0)
        self.access = Access(port=listener.getsockname()[1])
        self.board = LiveBoard(["serve"])
        self.joined = JoinedBrowsers(f"{self.access.url}window")
        self.joined.on_change = lambda: self.board.joined(self.joined.states())
        self.server = LivePageServer(listener, self.access, self.board, self.joined, host)
        self.wishes: list[set[str]] = []
        self.server.rerun = self.wishes.append

    def round(self, *records: CellRecord) -> None:
        """Shows a round of cells."""
        self.board.begin(len(records), "a test")
        self.board.started(header_to_json(("serve",), started()))
        for each in records:
            self.board.finished(recorded(each))
        self.board.rest()

    def in_loop(self, call: Callable[[], None]) -> None:
        """Calls something where the server runs."""

        async def calling() -> None:
            call()

        self.thread.call(calling())

    def __enter__(self) -> "Live":
        self.board.planned({each.node_id: each for each in (ONE, OTHER)})
        self.round(blocked(ONE), blocked(OTHER))
        stopped = asyncio.Event()

        async def main() -> None:
            serving = asyncio.create_task(self.server.serve())
            await stopped.wait()
            serving.cancel()
            await asyncio.wait({serving})

        self.thread = LoopThread(main, stopped.set, lambda _error: None)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.end()


def test_page_that_was_cut_off_comes_back_and_shows_what_it_missed(window: Page) -> None:
    with Live() as live:
        window.goto(live.access.url)
        window.wait_for_selector("#matrix .mark >> nth=1")
        live.in_loop(live.server.cut_streams)
        live.round(record(OTHER))
        window.wait_for_selector(".live-said:text-matches('1 cell run, 1 now allowed')")
        label = window.locator("#matrix .mark.was").get_attribute("aria-label")
        assert label is not None
        assert label.endswith("allowed, as expected, was blocked")


def test_page_says_so_when_nobody_serves_it_any_more(window: Page) -> None:
    with Live() as live:
        window.goto(live.access.url)
        window.wait_for_selector("#matrix .mark >> nth=1")
    window.wait_for_selector(".live-line:text-matches('No connection')")
    assert window.locator("#matrix .mark").count() == 2


def test_cells_are_run_again_from_the_page(window: Page) -> None:
    with Live() as live:
        window.goto(live.access.url)
        window.click("#matrix .mark >> nth=0")
        for name in ("Run all again", "This cell", "This scenario", "This file"):
            with window.expect_response("**/rerun") as answered:
                window.get_by_role("button", name=name, exact=True).click()
            assert answered.value.ok
        both = {ONE.node_id, OTHER.node_id}
        assert live.wishes == [both, {ONE.node_id}, {ONE.node_id}, both]
        window.goto(f"{live.access.url}#q=other")
        window.get_by_role("button", name="Run the 1 shown cell again").click()
        window.wait_for_selector(".live-said:text-matches('1 cell will run again')")
        assert live.wishes[4:] == [{OTHER.node_id}]


def test_search_and_focus_stay_when_cells_come_in(window: Page) -> None:
    with Live() as live:
        window.goto(f"{live.access.url}#q=one")
        window.focus("#matrix .mark")
        live.round(record(ONE))
        window.wait_for_selector("#matrix .mark.was:focus")
        assert window.input_value("#search") == "one"
        assert window.locator("#matrix .mark").count() == 1
        window.fill("#search", "other")
        live.round(record(OTHER))
        window.wait_for_selector("#matrix .mark.was")
        assert (window.input_value("#search"), window.locator("#search:focus").count()) == (
            "other",
            1,
        )


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(chromium: Browser, width: int, scheme: Literal["light", "dark"]) -> None:
    with Live("phone.lan") as live:
        live.round(record(ONE))
        live.board.rest("shop.py does not start:\n  NameError: \u202egnp")
        live.joined.join(FIREFOX, "")
        live.joined.join(FIREFOX, "")
        live.joined.note_gone("firefox-linux", "its window was closed")
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme
        )
        opened = context.new_page()
        opened.goto(live.access.url)
        opened.wait_for_selector(".live-trouble pre")
        assert "\\u202egnp" in opened.inner_text(".live-trouble pre")
        opened.wait_for_selector("#matrix .mark.was")
        opened.click(".live-qr summary")
        check_accessible(opened, width)
        pictured(opened, f"live-{width}-{scheme}")
        opened.goto(f"{live.access.url}window")
        opened.wait_for_selector("#said:text-matches('Waiting for cells')")
        check_accessible(opened, width)
        pictured(opened, f"window-{width}-{scheme}")
        context.close()


def check_accessible(opened: Page, width: int) -> None:
    options = {"runOnly": {"type": "tag", "values": list(WCAG)}}
    found = Axe().run(opened, options=options).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width


def test_page_loads_nothing_but_its_document_and_its_events(window: Page) -> None:
    asked: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    with Live() as live:
        window.goto(live.access.url)
        window.wait_for_selector("#matrix .mark >> nth=1")
        parts = {url.removeprefix(live.access.url) for url in asked}
        assert parts == {"", "document", "events"}
