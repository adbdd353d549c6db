"""Filling in examples: line by line, without anything but the syntax of the file itself."""

import re

import pytest

from cors_harness.model.server import CorsPolicy
from cors_harness.serving.deployments.launchers import filled, in_double_quotes, policy_values
from cors_harness.serving.deployments.registry import deployments_folder, load_deployments

POLICY = CorsPolicy(
    allow_origins=("https://a.example", "https://b.example"),
    allow_methods=("GET", "PUT"),
    allow_credentials=True,
    max_age=0,
)
PLACES = {"PORT", "UPSTREAM", "SCHEME", "SITE", "FOLDER", "MODULES", "USER"}


def text(template: str, policy: CorsPolicy = POLICY) -> str:
    return filled(template, policy_values(policy), str)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("a ${METHODS};\n", "a GET, PUT;\n", id="one value"),
        pytest.param(
            "a ${ORIGIN};\nb\n",
            "a https://a.example;\na https://b.example;\nb\n",
            id="a line for each",
        ),
        pytest.param("a ${HEADERS};\nb\n", "b\n", id="no line for nothing"),
        pytest.param("a ${MAX_AGE};", "a 0;", id="zero is not nothing"),
        pytest.param("${CREDENTIALS} ${METHODS}", "true GET, PUT", id="two names"),
        pytest.param("${ORIGIN} ${HEADERS}", "", id="two names, one of them nothing"),
        pytest.param(
            "$http_origin ${dollar} ${OTHER} %{ORIGIN}e",
            "$http_origin ${dollar} ${OTHER} %{ORIGIN}e",
            id="the file's own variables",
        ),
    ],
)
def test_lines(template: str, expected: str) -> None:
    assert text(template) == expected


def test_wildcard_is_no_origin() -> None:
    template = "${ORIGIN}\n${ANY_ORIGIN}\n"
    assert text(template, CorsPolicy(allow_origins=("https://a.example", "*"))) == (
        "https://a.example\n*\n"
    )


def test_values_are_escaped_and_not_filled_in_again() -> None:
    policy = CorsPolicy(allow_origin_regex=r'a\.b"${PORT}')
    values = policy_values(policy) | {"PORT": ("1",)}
    assert filled('"${ORIGIN_REGEX}"', values, in_double_quotes) == r'"a\\.b\"${PORT}"'


@pytest.mark.parametrize("name", sorted({f for d in load_deployments() for f in d.files}))
def test_examples_use_names_that_are_known(name: str) -> None:
    example = (deployments_folder() / name).read_text("utf-8")
    assert set(re.findall(r"\$\{([A-Z_]+)\}", example)) <= PLACES | set(policy_values(POLICY))


@pytest.mark.parametrize("each", load_deployments(), ids=lambda each: each.name)
def test_examples_begin_by_saying_what_they_are(each: object) -> None:
    first = (deployments_folder() / each.files[0]).read_text("utf-8").splitlines()[0]  # type: ignore[attr-defined]
    assert first.startswith(("# ", '"""', "; "))
    assert len(first) > 30
