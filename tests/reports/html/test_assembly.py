"""The page around a document: one file, a policy by hashes, and no data that becomes markup."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from tests.reports.html.page_reading import details_of, elements, policy_of
from tests.reports.html.test_document import side
from tests.reports.record_builders import blocked, record

from cors_harness.reports.html.assembly import (
    FOLDER,
    LIVE_SCRIPTS,
    LIVE_STYLES,
    SCRIPTS,
    WINDOW_SCRIPTS,
    WINDOW_STYLES,
    page,
)
from cors_harness.reports.html.document import document_of_run

MOST_LINES = 400
HOSTILE = "</script><script>alert(1)</script><!-- scripts --><!--"


@pytest.fixture(scope="module")
def text() -> str:
    return page(document_of_run(side(record())))


def hash_of(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def is_run(attributes: dict[str, str | None]) -> bool:
    return attributes.get("type") is None


def test_the_policy_names_every_script_and_the_style_and_nothing_else(text: str) -> None:
    scripts = [hash_of(code) for attrs, code in elements(text, "script") if is_run(attrs)]
    ((_, style),) = elements(text, "style")
    assert len(scripts) == len(SCRIPTS)
    assert policy_of(text) == {
        "default-src": "'none'",
        "script-src": " ".join(scripts),
        "style-src": hash_of(style),
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_page_names_no_other_file(text: str) -> None:
    for tag in ("script", "link", "img", "iframe", "meta"):
        for attributes, _ in elements(text, tag):
            assert not {"src", "href", "onload", "onerror"} & set(attributes)


def test_every_file_of_the_page_is_in_it() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    pages = {"report.html", "window.html"}
    assert files == {*LIVE_SCRIPTS, *LIVE_STYLES, *WINDOW_SCRIPTS, *WINDOW_STYLES, *pages}


@pytest.mark.parametrize("name", [*LIVE_SCRIPTS, *LIVE_STYLES, *WINDOW_SCRIPTS])
def test_no_file_of_the_page_is_too_long(name: str) -> None:
    assert len((FOLDER / name).read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", [*LIVE_SCRIPTS, *WINDOW_SCRIPTS])
def test_scripts_make_no_markup_of_text(name: str) -> None:
    code = (FOLDER / name).read_text("utf-8")
    makers = (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
    )
    assert [maker for maker in makers if maker in code] == []
    assert code.startswith("// @ts-check\n")


def test_data_and_names_cannot_end_their_place(text: str) -> None:
    hostile = replace(side(replace(blocked(), app_output=(HOSTILE,))), name=HOSTILE)
    shown = page(document_of_run(hostile, [HOSTILE]))
    scripts = [code for attrs, code in elements(shown, "script") if is_run(attrs)]
    assert scripts == [code for attrs, code in elements(text, "script") if is_run(attrs)]
    (details,) = details_of(shown)
    assert details["after"]["output"] == [HOSTILE]


ADDRESS = re.compile(r"https://([a-z0-9.-]+)")
CHECKOUT = FOLDER.parents[4]


def linked_addresses() -> set[str]:
    """The hosts that links of ours lead to: of advice, and of the scenarios that are shipped."""
    advice = (CHECKOUT / "harness" / "cors_harness" / "advice").glob("*.py")
    texts = [path.read_text("utf-8") for path in advice]
    for path in (CHECKOUT / "scenarios").glob("*.yaml"):
        lines = path.read_text("utf-8").splitlines()
        texts += [line for line in lines if re.match(r"\s*(- )?(spec|known|source):", line)]
    return {host for text in texts for host in ADDRESS.findall(text)}


def test_links_of_ours_can_be_followed() -> None:
    code = (FOLDER / "text.js").read_text("utf-8")
    named = set(re.findall(r'^  "([a-z0-9.-]+)",$', code, re.MULTILINE))
    found = linked_addresses()
    assert "fetch.spec.whatwg.org" in found
    assert {host for host in found if not host.endswith(".spec.whatwg.org")} - named == set()
