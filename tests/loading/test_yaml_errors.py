"""YAML that cannot be read, or that no scenario file may use, gives one clear problem."""

from collections.abc import Callable

import pytest
import yaml

from cors_harness.loading.scenarios import Loaded
from cors_harness.text import yaml_nodes
from cors_harness.text.problems import ProblemList
from cors_harness.text.yaml_nodes import Items, Pairs, Text, parse

Read = Callable[[str], Loaded]
MATRIX = "use matrix: to repeat a scenario; if text is meant, quote it:"

# id -> (text, the message behind `x.yaml:`)
REFUSED: dict[str, tuple[str, str]] = {
    "bare star": (
        "- a: *\n",
        "1:6: YAML: found '*' without quotes; expected valid YAML\n  quote it: \"*\"",
    ),
    "bare star in a list": (
        "- a: [*]\n",
        "1:7: YAML: found '*' without quotes; expected valid YAML\n  quote it: \"*\"",
    ),
    "bare at sign": (
        "- a: @x\n",
        "1:6: YAML: found '@x' without quotes; expected valid YAML\n  quote it: \"@x\"",
    ),
    "text behind a bare placeholder": (
        "- a: {page}/x\n",
        "1:6: YAML: found '{page}/x' without quotes; expected valid YAML\n  quote it: \"{page}/x\"",
    ),
    "colon in text": (
        "- a: b: c\n",
        "1:7: YAML: found a second ': ' or a wrong indentation; expected valid YAML\n"
        '  quote text that contains ": ", or correct the indentation of this line',
    ),
    "tab for indentation": (
        "- a: b\n\tc: d\n",
        "2:1: YAML: found a tab; expected valid YAML\n"
        "  YAML is indented with spaces: replace the tab by spaces",
    ),
    "quote not closed": (
        "- a: 'b\n- c: d\n",
        "1:6: YAML: found a quote that is never closed; expected valid YAML\n  close the quote",
    ),
    "brace not closed": (
        "- a: {b: c\n- d: e\n",
        "2:4: YAML: found a { that is never closed, or a comma missing; expected valid YAML\n"
        "  close it with }",
    ),
    "bracket not closed": (
        "- a: [b\n  c: d\n",
        "2:4: YAML: found a [ that is never closed, or a comma missing; expected valid YAML\n"
        "  close it with ]",
    ),
    "unknown escape": (
        '- a: "\\q"\n',
        "1:7: YAML: found an unknown escape; expected valid YAML\n"
        "  write \\\\ for \\, or use single quotes",
    ),
    "alias": (
        "- a: *b\n",
        f"1:6: YAML: found the alias '*b'; expected no anchors and aliases\n  {MATRIX} \"*b\"",
    ),
    "anchor": (
        "- a: &b [c]\n",
        f"1:6: YAML: found the anchor '&b'; expected no anchors and aliases\n  {MATRIX} \"&b\"",
    ),
    "tag": (
        "- a: !b c\n",
        "1:6: YAML: found the tag '!b'; expected no tags\n  if text is meant, quote it: \"!b\"",
    ),
    "second document": (
        "---\n- a\n---\n- b\n",
        "3:1: YAML: found a second YAML document; expected one document in a file\n"
        "  take the line --- away",
    ),
    "deeply nested": (
        "[" * 30 + "]" * 30,
        "1:21: YAML: found lists and mappings 21 deep; expected at most 20\n"
        "  put text that has brackets in quotes",
    ),
    "aliases of aliases": (
        "- &a [x, x]\n" + "".join(f"- &a{n} [*a, *a]\n" for n in range(50)),
        f"1:3: YAML: found the anchor '&a'; expected no anchors and aliases\n  {MATRIX} \"&a\"",
    ),
    "too many values": (
        "- a\n" * 200_000,
        "100000:3: YAML: found more than 100000 values; expected at most that\n"
        "  split the file, or use matrix:",
    ),
}


def test_yaml_that_nests_without_end_is_refused(read: Read) -> None:
    """Newer parsers count for themselves, and give up at another place than we do."""
    _, (problem,) = read("[" * 100_000)
    assert (problem.key, problem.hint) == ("YAML", "put text that has brackets in quotes")
    assert "lists and mappings" in problem.found


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_yaml_is_refused_with_a_way_out(read: Read, text: str, message: str) -> None:
    _, problems = read(text)
    yaml_problems = [str(problem) for problem in problems if problem.key == "YAML"]
    assert yaml_problems == [f"x.yaml:{message}"]


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_pure_python_parser_refuses_it_too(
    monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setattr(yaml_nodes, "LOADER", yaml.BaseLoader)
    report = ProblemList("x.yaml")
    parse(text[:100_000], report)
    assert [problem.key for problem in report.problems] == ["YAML"] or "100000" in message


@pytest.mark.parametrize(
    ("text", "node"),
    [
        pytest.param("null", ("null", True), id="plain null is null"),
        pytest.param("~", ("~", True), id="tilde is null"),
        pytest.param('"null"', ("null", False), id="quoted null is text"),
        pytest.param("|\n  null", ("null", False), id="block null is text"),
        pytest.param("010", ("010", False), id="no octal"),
        pytest.param("no", ("no", False), id="no Norway"),
        pytest.param("12:30:45", ("12:30:45", False), id="no base 60"),
        pytest.param('"\\xff\\0"', ("\xff\0", False), id="bytes by escapes"),
    ],
)
def test_scalars_stay_text(text: str, node: tuple[str, bool]) -> None:
    root = parse(f"- {text}", ProblemList("x.yaml"))
    assert isinstance(root, Items)
    scalar = root.items[0]
    assert isinstance(scalar, Text)
    assert (scalar.value, scalar.is_null) == node


def test_nodes_know_their_place() -> None:
    root = parse("# first\n- é: [x,\n    y]\n", ProblemList("x.yaml"))
    assert isinstance(root, Items)
    pairs = root.items[0]
    assert isinstance(pairs, Pairs)
    values = pairs.get("é")
    assert isinstance(values, Items)
    assert [str(node.where) for node in values.items] == ["x.yaml:2:7", "x.yaml:3:5"]


def test_scenarios_before_a_syntax_error_are_still_checked(read: Read) -> None:
    _, problems = read("- id: A\n- id: b\n- c: *\n")
    assert ("id", 1) in [(problem.key, problem.where.line) for problem in problems]
    assert [problem.where.line for problem in problems if problem.key == "YAML"] == [3]
