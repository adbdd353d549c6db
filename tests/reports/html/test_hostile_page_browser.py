"""A journal full of attacks, opened from the disk in the three engines: all of it is text."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.reports.html.hostile_journal import LONG, hostile_records
from tests.reports.html.page_browsers import BROWSERS, OPEN, READY, PageBrowser
from tests.reports.html.test_document import side

from cors_harness.reports.html.assembly import page
from cors_harness.reports.html.document import document_of_run

pytestmark = pytest.mark.browser

# All of the document's own text; data blocks are no part of it.
SHOWN = """
const texts = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const { parentElement, data } = walker.currentNode;
  if (!parentElement.closest("script, style, noscript")) texts.push(data);
}
const shown = texts.join("\\n");
const RAW = /[\\u0000-\\u0008\\u001b\\u202a-\\u202e\\u2066-\\u2069]/g;
"""


@pytest.fixture(scope="module", params=BROWSERS)
def opened(request: pytest.FixtureRequest, hostile_page: Path) -> Iterator[PageBrowser]:
    with BROWSERS[request.param]() as page_browser:
        page_browser.open(hostile_page.as_uri())
        yield page_browser


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("hostile") / "page.html"
    run = replace(side(*hostile_records()), name="</title><script>window.ran = 5</script>")
    file.write_text(page(document_of_run(run)), "utf-8")
    return file


def test_nothing_ran_and_no_markup_came_to_life(opened: PageBrowser) -> None:
    found = opened.run(
        f"""{OPEN}
        const links = [...document.querySelectorAll("[href], [src]")];
        return {{
          ran: window.ran ?? null,
          strange: [...document.querySelectorAll("img, svg, iframe, object, body style")].length,
          scripts: document.querySelectorAll("script:not([type])").length,
          handlers: [...document.querySelectorAll("*")].filter((element) =>
            [...element.attributes].some(({{ name }}) => name.startsWith("on"))).length,
          links: links.map((link) => link.protocol).filter((protocol) => protocol !== "https:"),
          isSeen: getComputedStyle(document.body).display,
        }};"""
    )
    assert found == {
        "ran": None,
        "strange": 0,
        "scripts": 12,
        "handlers": 0,
        "links": ["file:"],  # the link to the cells, within the page
        "isSeen": "block",
    }


def test_what_turns_text_or_has_no_shape_is_written_out(opened: PageBrowser) -> None:
    found = opened.run(
        f"""{OPEN}{SHOWN}
        return {{
          written: ["\\\\u202e", "\\\\u2066", "\\\\x00", "\\\\x1b[2J", "\\\\ud800"]
            .filter((text) => !shown.includes(text)),
          raw: [...shown.matchAll(RAW)].length,
        }};"""
    )
    assert found == {"written": [], "raw": 0}


def test_a_long_value_is_cut_and_shown_whole_when_asked(opened: PageBrowser) -> None:
    found = opened.run(
        f"""{OPEN}
        const field = [...document.querySelectorAll("#cell .headers li")]
          .find((item) => item.textContent.startsWith("X-Long"));
        const before = field.textContent.length;
        field.querySelector("button").click();
        const whole = field.textContent.length;
        return [before < 600, whole];"""
    )
    assert found == [True, len("X-Long: ") + len(LONG)]


def test_it_is_searched_and_the_cell_closes_with_escape(opened: PageBrowser) -> None:
    found = opened.run(
        f"""{OPEN}
        document.dispatchEvent(new KeyboardEvent("keydown", {{ key: "Escape", bubbles: true }}));
        await until(() => !$("#cell").open);
        const search = $("#search");
        const count = (text) => {{
          search.value = text;
          search.dispatchEvent(new Event("input", {{ bubbles: true }}));
          return $("#count").textContent;
        }};
        return [count("<img src=x onerror"), count("no such thing"), count(""), window.ran ?? null];
        """
    )
    assert found == [
        "2 of 3 cells of 1 scenario",
        "No cell fits. Take a filter back, or show everything.",
        "3 cells of 2 scenarios",
        None,
    ]


def test_the_policy_stops_what_a_page_could_still_be_made_to_do(opened: PageBrowser) -> None:
    """Were a script put into it, by a mistake of ours or an extension, it would not run."""
    found = opened.run(
        f"""{READY}
        const script = document.createElement("script");
        script.textContent = "window.ran = 6";
        document.body.append(script);
        script.remove();
        const image = await new Promise((resolve) => {{
          const image = new Image();
          image.onload = () => resolve("loaded");
          image.onerror = () => resolve("refused");
          image.src = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEAAAAALAAAAAABAAEAAAIBTAA7";
        }});
        const called = await fetch("data:text/plain,x").then(() => "called", () => "refused");
        return [window.ran ?? null, image, called];"""
    )
    assert found == [None, "refused", "refused"]
