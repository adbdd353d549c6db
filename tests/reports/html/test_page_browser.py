"""The page in Chromium: what one sees, clicks and types, by keyboard and for screen readers.

`SCREENSHOTS=FOLDER pytest …` leaves pictures of it there, to be looked at.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from tests.reports.html.page_sample import FIX, sample_records
from tests.reports.html.test_document import compared, side
from tests.reports.record_builders import PREFLIGHT, blocked, record

from cors_harness.engines.provision import find_engine
from cors_harness.reports.html.assembly import page
from cors_harness.reports.html.document import document_of_run

pytestmark = pytest.mark.browser

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
WIDE, NARROW = 1280, 360
PUT = "scenarios/preflight.yaml::put-json[app-firefox]"
OPENED = f"#cell={PUT.replace('/', '%2F').replace(':', '%3A').replace('[', '%5B')}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = find_engine("chromium")
        started = playwright.chromium.launch(executable_path=found.executable)
        yield started
        started.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    before, after = sample_records(), sample_records(is_mended=True)
    documents = {
        "run": document_of_run(side(*before), ["a hint"]),
        "changes": compared(side(*before, name="before"), side(*after, name="after")),
    }
    for name, document in documents.items():
        (folder / f"{name}.html").write_text(page(document), "utf-8")
    return {name: folder / f"{name}.html" for name in documents}


def shown(
    chromium: Browser, file: Path, fragment: str = "", *, width: int = WIDE, **options: Any
) -> Page:
    """The page in a window of its own; whatever it says on the console fails the test."""
    window = chromium.new_context(viewport={"width": width, "height": 900}, **options).new_page()
    window.on("console", lambda message: pytest.fail(message.text))
    window.on("pageerror", lambda error: pytest.fail(str(error)))
    window.goto(f"{file.as_uri()}{fragment}")
    window.wait_for_selector("html[data-ready]")
    return window


@pytest.fixture
def run(chromium: Browser, files: dict[str, Path]) -> Iterator[Page]:
    window = shown(chromium, files["run"])
    yield window
    window.context.close()


def texts(window: Page, selector: str) -> list[str]:
    return [text.strip() for text in window.locator(selector).all_inner_texts()]


def to_cells(window: Page) -> None:
    window.locator("#cells").scroll_into_view_if_needed()
    window.locator("button.mark").first.wait_for()


def test_the_first_screen_has_counts_and_causes_with_their_fix(run: Page) -> None:
    assert run.locator("h1").inner_text().endswith("7 cells of 85 are not as expected: 2 causes")
    first = run.locator("#cause-1")
    assert "does not allow the method PUT" in first.locator("h3").inner_text()
    assert "6 cells" in first.locator(".facts-line").inner_text()
    decided = first.locator(".evidence .decided")
    decided.first.wait_for()
    assert [text.split(" decided")[0] for text in decided.all_inner_texts()] == [
        "Access-Control-Request-Method: PUT",
        "Access-Control-Allow-Methods: GET",
    ]
    assert 'allow_methods=["GET", "PUT"]' in first.locator("pre").inner_text()
    box = first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900


def test_a_cause_leads_to_all_its_cells(run: Page) -> None:
    run.locator("#cause-1").get_by_role("button", name="Show all 6 cells").click()
    assert run.locator("#count").inner_text() == "6 of 91 cells of 1 scenario"
    assert run.evaluate("location.hash") == "#cause=1"


def test_a_search_and_a_filter_are_in_the_address_and_come_back(
    run: Page, chromium: Browser, files: dict[str, Path]
) -> None:
    run.locator("#search").fill("put-json")
    run.locator("#filter-engine").select_option("webkit")
    assert run.locator("#count").inner_text() == "2 of 91 cells of 1 scenario"
    again = shown(chromium, files["run"], run.evaluate("location.hash"))
    assert again.locator("#count").inner_text() == "2 of 91 cells of 1 scenario"
    assert again.locator("#search").input_value() == "put-json"
    again.get_by_role("button", name="Show everything").click()
    assert again.locator("#count").inner_text() == "91 cells of 16 scenarios"
    again.context.close()


def shown_of_91(window: Page) -> str:
    return window.locator("#count").inner_text().removesuffix(".").partition(" of 91 cells")[0]


def test_a_search_finds_what_its_field_promises(run: Page) -> None:
    """In texts that all cells of a line have, or in those of a cell: all words in one cell."""
    found = {
        "PUT /api/data": "84",
        "put-json": "6",
        "simple.yaml": "36",
        "app-raising": "45",
        "webkit": "30",
        "put-json webkit": "2",
        "method-not-allowed": "6",
        "other.example.com": "2",
        "blocked firefox": "2",
        "webkit firefox": "No cell fits. Take a filter back, or show everything",
    }
    told = {}
    for words in found:
        run.locator("#search").fill(words)
        told[words] = shown_of_91(run)
    assert told == found


def test_each_filter_leaves_what_it_says(run: Page) -> None:
    found = {
        ("server", "app-raising"): "45",
        ("chapter", "scenarios/simple.yaml"): "36",
        ("reason", "method-not-allowed"): "6",
        ("origin", "https://other.example.com"): "2",
        ("engine", "webkit"): "30",
    }
    told = {}
    for name, option in found:
        run.locator(f"#filter-{name}").select_option(option)
        told[name, option] = shown_of_91(run)
        run.get_by_role("button", name="Show everything").click()
    assert told == found


@pytest.mark.parametrize(
    ("toggle", "count"),
    [
        ("#only-differences", "6 of 91 cells of 1 scenario"),
        ("#only-unexpected", "7 of 91 cells of 2 scenarios"),
    ],
)
def test_toggles_leave_what_they_say(run: Page, toggle: str, count: str) -> None:
    run.locator(toggle).check()
    assert run.locator("#count").inner_text() == count


def test_an_opened_cell_has_engines_side_by_side_and_the_way_of_the_call(run: Page) -> None:
    to_cells(run)
    run.locator("button.mark.s-unexpected").first.click()
    opened = run.locator("#cell")
    opened.locator(".diagram").wait_for()
    assert opened.locator(".engines-choice thead button").count() == 3
    assert opened.locator(".message .arrow").all_text_contents() == [
        "page → browser: fetch() PUT",
        "browser → server: preflight OPTIONS http://127.0.0.1:5001/api/data?cell=p.7",
        "server → browser: 200",
        "browser → page: ✕ blocked (method-not-allowed: PUT)",
    ]
    assert "Method PUT is not allowed" in opened.locator(".diagram .quote").inner_text()
    fix = opened.locator(".cell-fix").inner_text()
    assert fix.index(FIX.wrong) < fix.index("below all middleware") < fix.index("allow_methods")
    assert opened.get_by_role("link", name="the rule").get_attribute("href") is not None
    command = opened.get_by_label("the command that runs this cell again", exact=True)
    assert "--cell 'put-json[app-chromium]'" in command.inner_text()


def test_a_change_and_an_opened_cell_say_what_is_wrong_also_where_no_lines_mend_it(
    chromium: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "no-lines.html"
    advice = replace(FIX, place="", lines=())
    made = compared(side(record()), side(replace(blocked(), advice=advice)))
    file.write_text(page(made), "utf-8")
    window = shown(chromium, file)
    group = window.locator("#change-1")
    assert FIX.wrong in group.locator(".wrong-and-fix").inner_text()
    group.get_by_role("button", name="Open one of them").click()
    fix = window.locator("#cell .cell-fix")
    assert FIX.wrong in fix.inner_text()
    assert fix.get_by_role("link").get_attribute("href") == FIX.link
    assert not fix.locator("pre").count()
    window.context.close()


def test_a_long_body_ends_where_a_note_says_how_long_it_is(
    chromium: Browser, tmp_path: Path
) -> None:
    long = replace(PREFLIGHT, status=500, body=b"y" * 5120, body_bytes=5120)
    file = tmp_path / "long.html"
    file.write_text(page(document_of_run(side(replace(blocked(), exchanges=(long,))))), "utf-8")
    window = shown(chromium, file)
    window.get_by_role("button", name="Open one of them").click()
    body = window.locator("#cell details", has_text="body, 5,120 bytes")
    body.locator("summary").click()
    body.get_by_role("button", name="show all 2,000 characters").click()
    assert body.locator("pre").inner_text() == "y" * 2000
    note = "The first 2,000 of 5,120 bytes. The journal has all of them."
    assert body.get_by_text(note).is_visible()
    window.context.close()


def test_where_a_page_may_not_copy_the_fix_is_selected(run: Page) -> None:
    run.evaluate("delete Navigator.prototype.clipboard")
    first = run.locator("#cause-1")
    first.locator(".said").evaluate(
        "said => new MutationObserver(() => (window.told ??= said.textContent)).observe("
        "said, { childList: true })"
    )
    first.get_by_role("button", name="Copy the fix").click()
    run.wait_for_function("window.told === 'selected: press Ctrl+C'")
    assert run.evaluate("getSelection().toString()") == "\n".join(FIX.lines)


def test_before_and_after_stand_beside_each_other(
    chromium: Browser, files: dict[str, Path]
) -> None:
    window = shown(chromium, files["changes"], OPENED)
    window.locator("#cell .diagram").first.wait_for()
    results = texts(window, "#cell .diagram .browser-page .arrow b")
    assert results == ["✕ blocked", "✓ allowed"]
    window.keyboard.press("Escape")
    window.locator("#only-widened").check()
    assert window.locator("#count").inner_text() == "6 of 91 cells of 1 scenario"
    window.context.close()


def test_the_keyboard_does_all_of_it(run: Page) -> None:
    to_cells(run)
    run.locator("#search").focus()
    run.keyboard.type("get-1")
    for _ in range(40):  # through the fields, to the first mark
        run.keyboard.press("Tab")
        if run.evaluate("document.activeElement.matches('.mark')"):
            break
    first = focused_mark(run)
    run.keyboard.press("ArrowRight")
    run.keyboard.press("ArrowDown")
    second = focused_mark(run)
    assert (first["engine"], second["engine"]) == ("Chromium", "WebKitGTK")
    assert first["line"] != second["line"]
    run.keyboard.press("Enter")
    run.locator("#cell .diagram").wait_for()
    assert run.evaluate("document.activeElement.id") == "cell-title"
    assert run.evaluate("document.querySelector('#view').inert")
    run.keyboard.press("Escape")
    assert focused_mark(run) == second
    assert not run.locator("#cell").is_visible()


def focused_mark(window: Page) -> Any:
    return window.evaluate(
        """(() => {
          const mark = document.activeElement;
          const line = mark.closest("tr").querySelector(".id").textContent;
          return { engine: mark.getAttribute("aria-label").split(/[ :]/)[0], line };
        })()"""
    )


def test_back_closes_the_cell(run: Page) -> None:
    to_cells(run)
    run.locator("button.mark").first.click()
    run.locator("#cell .diagram").wait_for()
    run.go_back()
    run.locator("#cell").wait_for(state="hidden")
    assert run.evaluate("document.activeElement.matches('.mark')")


def test_a_cell_that_is_not_there_is_told(chromium: Browser, files: dict[str, Path]) -> None:
    window = shown(chromium, files["run"], "#cell=other.yaml%3A%3Ax")
    assert window.locator("#count").inner_text().startswith("No cell is called other.yaml::x")
    window.context.close()


LOOKS = (  # every two of them once
    *(("run", "light", WIDE), ("run", "dark", NARROW)),
    *(("changes", "dark", WIDE), ("changes", "light", NARROW)),
)


@pytest.mark.parametrize(("name", "scheme", "width"), LOOKS)
def test_axe_finds_nothing(
    chromium: Browser, files: dict[str, Path], name: str, scheme: str, width: int
) -> None:
    window = shown(chromium, files[name], width=width, color_scheme=scheme)
    to_cells(window)
    unfold_all(window)
    assert violations(window) == []
    window.evaluate("fragment => { location.hash = fragment }", OPENED)
    window.locator("#cell .diagram").first.wait_for()
    unfold_all(window)
    assert violations(window) == []
    window.get_by_role("button", name="All diagrams side by side").click()
    assert violations(window) == []
    window.context.close()


def unfold_all(window: Page) -> None:
    window.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")


def violations(window: Page) -> list[tuple[str, str]]:
    found = Axe().run(window, options={"runOnly": list(WCAG)}).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


@pytest.mark.parametrize("width", [NARROW, 768, 2560])
@pytest.mark.parametrize("fragment", ["", OPENED], ids=["page", "cell"])
def test_nothing_is_wider_than_the_window(
    chromium: Browser, files: dict[str, Path], width: int, fragment: str
) -> None:
    window = shown(chromium, files["run"], fragment, width=width)
    if fragment:
        window.locator("#cell .diagram").wait_for()
    cell_view = "document.querySelector('#cell')"
    for box in ("document.documentElement", cell_view):
        assert window.evaluate(f"{box}.scrollWidth - {box}.clientWidth") <= 0
    window.context.close()


def test_print_has_causes_and_the_open_cell_and_no_controls(
    chromium: Browser, files: dict[str, Path]
) -> None:
    window = shown(chromium, files["run"], OPENED)
    window.locator("#cell .diagram").wait_for()
    window.emulate_media(media="print")
    assert window.locator("#cause-1").is_visible()
    assert window.locator("#cell .diagram").is_visible()
    assert not window.locator("#filters").is_visible()
    assert not window.locator("#shade").is_visible()
    assert not window.get_by_role("button", name="Copy the fix").first.is_visible()
    opened, facts = (window.locator(name).bounding_box() for name in ("#cell", "#facts"))
    assert opened is not None
    assert facts is not None
    assert opened["y"] >= facts["y"] + facts["height"]  # behind the page, not above it
    window.context.close()


def test_a_browser_that_cannot_unpack_it_is_told(chromium: Browser, files: dict[str, Path]) -> None:
    window = chromium.new_context().new_page()
    window.add_init_script("delete window.DecompressionStream")
    window.goto(files["run"].as_uri())
    window.locator("h1").wait_for()
    assert window.locator("h1").inner_text() == "This page cannot show its report"
    assert "DecompressionStream" in window.locator("#head p").inner_text()
    window.context.close()


PICTURES = {
    "light": ("run", "", {}),
    "dark": ("run", "", {"color_scheme": "dark"}),
    "narrow": ("run", "", {"width": NARROW}),
    "cell": ("run", OPENED, {}),
    "cell-dark": ("run", OPENED, {"color_scheme": "dark"}),
    "cell-narrow": ("run", OPENED, {"width": NARROW}),
    "changes": ("changes", "", {}),
    "before-and-after": ("changes", OPENED, {}),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(chromium: Browser, files: dict[str, Path], tmp_path: Path, name: str) -> None:
    file, fragment, options = PICTURES[name]
    window = shown(chromium, files[file], fragment, **options)  # type: ignore[arg-type]
    if fragment:
        window.locator("#cell .diagram").first.wait_for()
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    picture = window.screenshot(path=folder / f"{name}.png")
    colours = window.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (colours == "rgb(19, 21, 24)") is ("dark" in name)
    assert len(picture) > 20_000  # a blank page is a few kilobytes
    window.context.close()
