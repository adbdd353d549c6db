"""Values in one line of YAML come back as they were, and to editors as text."""

import pytest

from cors_harness.drafts.calls import FlowValue
from cors_harness.drafts.text import flow
from cors_harness.text.problems import ProblemList
from cors_harness.text.yaml_nodes import Items, Node, Pairs, Text, parse

# id -> (value, how it is written)
WRITTEN: dict[str, tuple[FlowValue, str]] = {
    "a word": ("omit", "omit"),
    "a path": ("/orders/1", "/orders/1"),
    "an origin": ("https://app.example.com:8443", "https://app.example.com:8443"),
    "a link": ("https://a.example/#x", "https://a.example/#x"),
    "a query": ("/a?b=c", '"/a?b=c"'),
    "an axis": ("{from}", '"{from}"'),
    "JSON": ('{"n": 1}', "'{\"n\": 1}'"),
    "JSON with an apostrophe": ('{"n": "it\'s"}', '"{\\"n\\": \\"it\'s\\"}"'),
    "a number": ("1", '"1"'),
    "a boolean": ("true", '"true"'),
    "null": ("null", '"null"'),
    "a colon at the end": ("a:", '"a:"'),
    "a comment": ("a #b", '"a #b"'),
    "nothing": ("", '""'),
    "a line break": ("a\nb", '"a\\nb"'),
    "no letters of ASCII": ("grüße", '"grüße"'),
    "a list": (["GET", "1"], '[GET, "1"]'),
    "a tuple": (("GET",), "[GET]"),
    "a mapping": ({"Content-Type": "text/plain", "x": {}}, "{Content-Type: text/plain, x: {}}"),
}


def read(node: Node | None) -> FlowValue:
    match node:
        case Text(value=value):
            return value
        case Items(items=items):
            return [read(item) for item in items]
        case Pairs(pairs=pairs):
            return {key.value: read(value) for key, value in pairs}
        case None:
            raise AssertionError


@pytest.mark.parametrize(("value", "written"), WRITTEN.values(), ids=WRITTEN)
def test_value_is_written_and_read(value: FlowValue, written: str) -> None:
    assert flow(value) == written
    report = ProblemList("x.yaml")
    whole = parse(f"[{written}]", report)
    assert report.problems == ()
    assert read(whole) == [list(value) if isinstance(value, tuple) else value]
