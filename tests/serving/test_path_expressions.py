"""A path for a regular expression: it is matched, and its groups are parameters."""

import re

import pytest

from cors_harness.serving.survey.path_expressions import path_of_expression

EXPRESSIONS = {
    r"^/orders$": ("/orders", ()),
    r"/orders/?": ("/orders", ()),
    r"/orders/(\d+)$": ("/orders/{0}", (r"\d+",)),
    r"/(?P<kind>[^/]+)/(?P<name>\w+)\.json": ("/{0}/{1}.json", ("[^/]+", r"\w+")),
    r"/(?:v1|v2)/x": ("/v1/x", ()),
    r"/a|/b": ("/a", ()),
    r"/(?i:Deep)/((?:a|b)[)](\d))/z": ("/Deep/{0}/z", (r"(?:a|b)[)](\d)",)),
    r"/(draft)?/[0-9]{4}-[^/]+/\w+(?=x)?": ("//1111-1/a", ()),
    r"/(?P<file>.*)": ("/{0}", (".*",)),
    r"/(a)?(b)": ("/{0}", ("b",)),
}


@pytest.mark.parametrize(
    ("expression", "template", "insides"),
    [(expression, *expected) for expression, expected in EXPRESSIONS.items()],
    ids=EXPRESSIONS,
)
def test_path_has_a_parameter_for_each_group(
    expression: str, template: str, insides: tuple[str, ...]
) -> None:
    path = path_of_expression(expression)
    assert tuple(group.inside for group in path.groups) == insides
    assert path.template([str(number) for number in range(len(insides))]) == template
    if not insides:
        assert re.fullmatch(expression, template)


def test_groups_that_may_be_absent_count_too() -> None:
    first, second = path_of_expression(r"/(?P<x>a)?/(?P<y>b)/(c)").groups
    assert (first.number, first.name, second.number, second.name) == (1, "y", 2, "")
