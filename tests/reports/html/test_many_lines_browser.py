"""A page of many cells in Chromium: few of them are elements, wherever one looks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.reports.html.test_document import side
from tests.reports.html.test_page_browser import shown, to_cells
from tests.reports.record_builders import cell, record

from cors_harness.engines.provision import find_engine
from cors_harness.reports.html.assembly import page
from cors_harness.reports.html.document import document_of_run

pytestmark = pytest.mark.browser

PLACES = """block =>
  [...block.querySelector("tbody tr").children].map((each) => each.getBoundingClientRect().x)"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = find_engine("chromium")
        started = playwright.chromium.launch(executable_path=found.executable)
        yield started
        started.close()


def test_far_lines_are_no_elements(chromium: Browser, tmp_path: Path) -> None:
    """What keeps a page of many cells smooth: it has few elements, wherever one looks."""
    names = [f"scenario-{number}" for number in range(3000)]
    many = side(*(record(cell(name, line=at + 1)) for at, name in enumerate(names)))
    file = tmp_path / "many.html"
    file.write_text(page(document_of_run(many)), "utf-8")
    window = shown(chromium, file)
    to_cells(window)
    assert window.locator("button.mark").count() < 300
    window.locator(".lines-block").last.scroll_into_view_if_needed()
    window.locator("th .id", has_text="scenario-2999").wait_for()
    assert window.locator("button.mark").count() < 300
    window.context.close()


@pytest.mark.parametrize("servers", [4, 40], ids=["by-column", "by-name"])
def test_far_lines_of_many_servers_are_no_elements(
    chromium: Browser, tmp_path: Path, servers: int
) -> None:
    """Nor are they in other columns than the first ones, which have the head."""
    names = [f"scenario-{number}" for number in range(60)]
    many = side(
        *(
            record(cell(name, f"server-{server}", engine, line=at + 1))
            for at, name in enumerate(names)
            for server in range(servers)
            for engine in ("chromium", "firefox", "webkit")
        )
    )
    file = tmp_path / "many.html"
    file.write_text(page(document_of_run(many)), "utf-8")
    window = shown(chromium, file)
    to_cells(window)
    blocks = window.locator(".lines-block")
    first = blocks.first.evaluate(PLACES)
    assert len(first) > 1
    for number in range(1, blocks.count()):
        blocks.nth(number).scroll_into_view_if_needed()
        blocks.nth(number).locator(".mark").first.wait_for()
        assert blocks.nth(number).evaluate(PLACES) == first
        window.wait_for_function("document.querySelectorAll('*').length < 8000")
    window.context.close()
