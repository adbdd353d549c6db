"""Parameters of paths, from the regular expressions that frameworks have for them."""

import re

import pytest

from cors_harness.model.survey import Parameter, ParameterKind
from cors_harness.serving.survey.path_patterns import groups_of, parameter_of

TEXT, INT, PATH = ParameterKind.TEXT, ParameterKind.INT, ParameterKind.PATH
FLOAT, UUID, WORD = ParameterKind.FLOAT, ParameterKind.UUID, ParameterKind.WORD
# expression -> kind and choices
PARAMETERS: dict[str, tuple[ParameterKind, tuple[str, ...]]] = {
    "[^/]+": (TEXT, ()),
    "[-a-zA-Z0-9_]+": (TEXT, ()),
    ".*": (PATH, ()),
    "[0-9]+": (INT, ()),
    r"-?\d+": (INT, ()),
    r"\d+(?:\.\d+)?": (FLOAT, ()),
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": (UUID, ()),
    "small|large-one": (WORD, ("small", "large-one")),
    "(?:small|large)": (WORD, ("small", "large")),
    "[0-9]{4}": (WORD, ("2024",)),
    "[a-z]{2}": (WORD, ("ab",)),
    "[A-Z]{7}": (TEXT, ()),
    "(": (TEXT, ()),
}
GROUPS = {
    "^orders/$": (),
    r"^(?P<year>[0-9]{4})/(\d+)/(?:x|y)/(a(b)c)": (
        ("year", "[0-9]{4}"),
        ("_0", r"\d+"),
        ("_1", "a(b)c"),
    ),
    r"\((?P<odd>[)(\]]\))(?=z)": (("odd", r"[)(\]]\)"),),
    "(unclosed": (("_0", "unclosed"),),
}


@pytest.mark.parametrize(("expression", "expected"), PARAMETERS.items(), ids=PARAMETERS)
def test_parameter_takes_what_its_expression_matches(
    expression: str, expected: tuple[ParameterKind, tuple[str, ...]]
) -> None:
    kind, choices = expected
    assert parameter_of("name", expression) == Parameter(name="name", kind=kind, choices=choices)
    assert all(re.fullmatch(expression, choice) for choice in choices)


@pytest.mark.parametrize(("expression", "groups"), GROUPS.items(), ids=GROUPS)
def test_groups_are_the_outer_ones(expression: str, groups: tuple[tuple[str, str], ...]) -> None:
    assert groups_of(expression) == groups
