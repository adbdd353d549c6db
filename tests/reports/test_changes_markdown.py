"""The comment on a pull request: it fits, nothing in it comes to life, what is cut is counted."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt
from tests.changes.baseline_builders import ALLOWED, BLOCKED, REQUEST, assessed, change, facet_named

from cors_harness.changes.assessment import Trouble
from cors_harness.model.baseline import StepFacts
from cors_harness.model.change import Change, ChangeClass, EngineChange
from cors_harness.reports.changes_markdown import MOST_CHARACTERS, changes_markdown

VOID = {"br", "hr"}
OURS = re.compile(r"</?(?:details|summary|br)>")


class _Balance(HTMLParser):
    """Tells whether every element that is opened is closed, in order; collects tables and code."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.cells: list[int] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.cells.append(0)
        if tag in {"td", "th"}:
            self.cells[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def rendered(text: str) -> str:
    """As HTML, as GitHub renders it."""
    return str(MarkdownIt("commonmark").enable("table").render(text))


def check(text: str) -> None:
    """Well-formed, every row of five cells, and no HTML but that which is meant."""
    balance = _Balance()
    balance.feed(rendered(text))
    assert balance.open == []
    assert set(balance.cells) <= {5}
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    html = [each for token in tokens for each in (token, *(token.children or ()))]
    raw = "".join(each.content for each in html if each.type in {"html_block", "html_inline"})
    assert "<" not in OURS.sub("", raw.replace("in full, and how to accept it", ""))


def kinds(number: int, **fields: Any) -> list[Change]:
    return [
        change(f"k-{each}", facet=facet_named(f"facet {each}"), **fields) for each in range(number)
    ]


def test_a_table_for_each_class_and_the_details() -> None:
    found = assessed(
        change(),
        change("other", ChangeClass.NARROWED),
        titles={"get-from-evil": "A foreign site"},
    )
    text = changes_markdown(found)
    check(text)
    assert text.startswith(
        "### CORS: fails: widened\n\n90 cells compared: 3 widened, 3 narrowed\n\n"
    )
    assert "#### widened: more gets through than was accepted\n\n| what changed |" in text
    assert "request `access-control-allow-origin`: `missing` → `*`<br>" in text
    assert "#### narrowed: less gets through than was accepted\n" in text
    html = rendered(text)
    assert html.count("<table>") == html.count("<details>") == 2
    assert "A foreign site" in html
    assert "--only get-from-evil" in html


def test_nothing_changed() -> None:
    assert changes_markdown(assessed()) == (
        "### CORS: passes: this run is as cors-baseline.txt says\n\n"
        "90 cells compared: nothing changed\n\n\n"
    )


def test_versions_remarks_troubles_and_what_is_open() -> None:
    found = assessed(
        engines_changed=(EngineChange(name="webkit", before="1", after="2"),),
        missing=tuple((f"orders.yaml::n-{number}", "app") for number in range(7)),
        stale=(("orders.yaml::gone", "app@nginx"),),
        known=[("orders.yaml::other", "app")],
        remarks=("2 cells skipped: no `nginx`",),
        troubles=(Trouble(cell="x[app]", why="it <crashed>"),),
    )
    text = changes_markdown(found)
    check(text)
    assert "- changed: `webkit: 1 -> 2`\n" in text
    assert "- note: `` 2 cells skipped: no `nginx` ``\n" in text
    assert "- no result: `x[app]: it <crashed>`\n" in text
    assert "#### missing: 7 entries, nobody has accepted what they do\n" in text
    assert "- … and 2 more\n" in text
    assert "- `orders.yaml::gone app@nginx`\n" in text
    assert "--only 'n-*'" in text


def answered(value: str) -> StepFacts:
    answers = (("access-control-allow-origin", value),)
    return replace(ALLOWED, wire=(replace(REQUEST, response_headers=answers),))


@pytest.mark.parametrize(
    "value",
    [
        "<script>alert(1)</script>",
        "</details>",
        "a | b",
        r"a \| b",
        "`",
        "``` ` ```",
        "*bold* _it_",
        "[x](https://evil.example)",
        "@somebody #1",
        "\n\n# heading",
        "\x1b[2J",
        "&lt;",
        " padded ",
        "",
    ],
    ids=repr,
)
def test_header_values_stand_as_they_are(value: str) -> None:
    text = changes_markdown(
        assessed(change(after=answered(value), facet=facet_named(value or "x")))
    )
    check(text)
    html = rendered(text)
    assert "<em>" not in html
    assert "<a " not in html
    assert "<h1>" not in html
    shown = value.strip() or "(empty)"
    escaped = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if shown.isprintable():
        assert html.count(escaped) >= 2  # in the table and in the details


def test_long_values_are_clipped_in_the_table_alone() -> None:
    text = changes_markdown(assessed(change(after=answered("x" * 1000))))
    table, _, details = text.partition("<details>")
    assert f"`{'x' * 160}…`" in table
    assert "x" * 1000 in details


@pytest.mark.parametrize("number", [1, 50, 150, 400, 3000])
def test_it_fits_a_comment_and_says_what_does_not(number: int) -> None:
    text = changes_markdown(assessed(*kinds(number)))
    assert len(text) <= MOST_CHARACTERS
    check(text)
    rows = text.count("| `now facet ") + text.count("| `https://evil.example can now read k-")
    blocks = text.count("```text\n")
    if cut := re.search(r"… and (\d+) more kinds of changes", text):
        assert rows + int(cut[1]) == number
    elif cut := re.search(r"… and details of (\d+) more kinds of changes", text):
        assert (rows, blocks + int(cut[1])) == (number, number)
    else:
        assert (rows, blocks) == (number, number)


def test_tables_go_before_details() -> None:
    changes = [*kinds(150), *(replace(each, class_=ChangeClass.NARROWED) for each in kinds(40))]
    text = changes_markdown(assessed(*changes))
    assert text.count("k-39") >= 2
    assert "… and details of " in text


def test_huge_values_and_names_still_fit() -> None:
    huge = "x" * 70_000
    found = assessed(
        *kinds(30, after=answered(huge), before=BLOCKED),
        remarks=(huge,) * 999,
        missing=tuple((f"orders.yaml::{number}-{'y' * 99}", "app") for number in range(999)),
        known=[("orders.yaml::other", "app")],
    )
    text = changes_markdown(found)
    assert len(text) <= MOST_CHARACTERS
    check(text)


def test_command_that_is_too_long_is_not_cut() -> None:
    names = tuple((f"orders.yaml::{number}x{'y' * 99}", "app") for number in range(999))
    found = assessed(missing=names, known=[("orders.yaml::other", "app")])
    text = changes_markdown(found)
    assert "# the command is too long for this place: see the program's output" in text
    assert "--only" not in text
