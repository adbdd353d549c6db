"""What servers, files and options say is text in Markdown and in JUnit, whatever it looks like."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from tests.changes.baseline_builders import (
    ALLOWED,
    BLOCKED,
    REQUEST,
    STAR_ALLOWED,
    assessed,
    baseline,
    change,
    entry,
)
from tests.reports.record_builders import cell, finished, record

from cors_harness.changes.assessment import Acceptance, Assessment, Trouble
from cors_harness.model.change import EngineChange, ServerChange
from cors_harness.reports.changes_junit import junit
from cors_harness.reports.changes_markdown import changes_markdown
from cors_harness.reports.markdown_text import words
from cors_harness.reports.server_table import ServerResults, server_table

MARK = "h0stile"
ATTACKS = {
    "a mention": f"@{MARK} @org/{MARK}",
    "an issue": f"{MARK}/{MARK}#1 GH-1 #12",
    "a commit": f"{MARK} 0123456789abcdef0123456789abcdef01234567",
    "a link": f"[{MARK}](https://evil.example/{MARK})",
    "an address": f"https://evil.example/{MARK} www.evil.example/{MARK} a@{MARK}.example",
    "an image": f"![{MARK}](https://evil.example/{MARK}.png)",
    "HTML": f"<img src=x onerror=1 title={MARK}></details></td><!-- {MARK}",
    "a fence": f"```\n\n# {MARK}\n\n~~~",
    "the end of code": f"` ``{MARK}`` `",
    "a table": f"| {MARK} |\n|---|\n| a \\| {MARK} |",
    "a heading": f"\n\n# {MARK}\n",
    "a definition": f"\n[{MARK}]: https://evil.example\n",
    "an entity": f"&lt;b&gt;{MARK}&#64;{MARK}",
    "emphasis": f"**{MARK}** __{MARK}__ ~~{MARK}~~",
    "control characters": f"\x1b]0;{MARK}\x07\u202e{MARK}\x00\u2028\ud800\ufffe]]>",
    "a formula": f"$`{MARK}`$ :{MARK}:",
}


def hostile(it: str) -> Assessment:
    """A comparison of which every text is an attack."""
    answers = ((it, it), ("access-control-allow-origin", it), ("location", it))
    exchange = replace(REQUEST, method=it, target=it, response_headers=answers)
    name = (f"{it}.yaml::{it}", it)
    changes = [
        replace(
            change(),
            before=BLOCKED,
            after=replace(ALLOWED, wire=(exchange,)),
            scenario=name[0],
            server=server,
            origin=it,
            engines=(it, f"2{it}"),
            headline=headline,
            because=it,
            wire=(replace(STAR_ALLOWED, role=it, header=it, before=(it,), after=(it, it)),),
        )
        for server, headline in ((it, it), (it, f"2 {it}"), (f"2{it}", ""))
    ]
    return assessed(
        *changes,
        before=it,
        after=it,
        engines_changed=(EngineChange(name=it, before=it, after=it),),
        servers_changed=(ServerChange(name=it, before=((it, "1"),), after=((it, it),)),),
        missing=(name,),
        stale=((f"2{it}", it),),
        remarks=(it,),
        titles={it: it},
        troubles=(Trouble(cell=it, why=it), Trouble(cell=it, why=it, is_of_run=True)),
        acceptance=Acceptance(words=("cors-harness", "record", it), engines=frozenset({it, "x"})),
    )


def table(it: str) -> str:
    results = ServerResults()
    of = cell("x", server=it)
    exchange = replace(record().exchanges[1], role=it, response_headers=((b"a", b"b"),))
    of = replace(of, scenario=replace(of.scenario, title=it))
    results.on_event(finished(record(of, exchanges=(exchange,))))
    return server_table(results.rows)


def tokens(markdown: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        yield token
        yield from token.children or ()


@pytest.mark.parametrize("it", ATTACKS.values(), ids=ATTACKS)
@pytest.mark.parametrize("render", [lambda it: changes_markdown(hostile(it)), table])
def test_markdown_has_it_in_code_alone(render: "object", it: str) -> None:
    assert callable(render)
    text = render(it)
    assert MARK in text
    for token in tokens(text):
        alive = token.content if token.type in {"text", "html_block", "html_inline"} else ""
        assert MARK not in alive.lower(), token
        assert token.type not in {"link_open", "image", "em_open", "strong_open", "s_open"}
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("it", ATTACKS.values(), ids=ATTACKS)
def test_junit_is_well_formed_and_has_it_as_text(it: str) -> None:
    given = entry(it, server=it, engines=(it,))
    document = fromstring(junit(hostile(it), baseline(given), baseline(given)))  # noqa: S314
    tags = {element.tag for element in document.iter()}
    assert tags <= {
        *("testsuites", "testsuite", "testcase", "properties", "property"),
        *("failure", "error", "system-out"),
    }
    texts = [t for e in document.iter() for t in (e.text or "", *e.attrib.values())]
    assert any(MARK in text for text in texts)
    assert [t for t in texts if not re.sub("[\n\t]", "", t).isprintable()] == []


@pytest.mark.parametrize(
    "text",
    ["passes: this run is as cors-baseline.txt says", "preflight at other", "webkit", "safari-mac"],
)
def test_words_stay_words(text: str) -> None:
    assert words(text) == text


def test_what_means_something_is_code() -> None:
    for text in ("see www.a.example", "a_b_c", "1234567", "//a", "1. a", "- a", "", "GH-7", "é"):
        assert words(text).startswith("`"), json.dumps(text)
