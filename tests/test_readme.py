"""What README.md and the READMEs of folders claim about names and examples, held to the code."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from cors_harness.cli.program import COMMANDS
from cors_harness.client.result import EngineResult, Result
from cors_harness.engines.capabilities import BROWSER_NAMES
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.loading.schema import json_schema
from cors_harness.model.change import ChangeClass
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Mismatch, Unseen
from cors_harness.pytest_plugin.options import OPTIONS
from cors_harness.serving.deployments.registry import load_deployments
from cors_harness.serving.reference.registry import load_registry
from cors_harness.settings.pyproject import project_settings
from cors_harness.settings.remotes import read_capabilities
from cors_harness.terms.engine_names import ENGINE_OF_BROWSER
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.step_value import FORMS

CHECKOUT = Path(__file__).parent.parent
DOCS: Mapping[str, str] = {
    "README": "README.md",
    "scenarios": "scenarios/README.md",
    "servers": "servers/README.md",
    "architecture": "harness/README.md",
    "changes": "harness/cors_harness/changes/README.md",
    "engines": "harness/cors_harness/engines/README.md",
    "pytest": "harness/cors_harness/pytest_plugin/README.md",
    "tests": "tests/README.md",
}
TEXTS = {name: (CHECKOUT / path).read_text("utf-8") for name, path in DOCS.items()}
README_LINES = 150


def load_properties(part: str) -> list[str]:
    """The keys of a part of a scenario, as the JSON Schema has them."""
    definitions: Any = json_schema()["$defs"]
    return list(definitions[part]["properties"])


def test_the_readme_is_short() -> None:
    assert len(TEXTS["README"].splitlines()) <= README_LINES


@pytest.mark.parametrize("code", list(ReasonCode), ids=str)
def test_every_reason_is_documented(code: ReasonCode) -> None:
    assert f"`{code}`" in TEXTS["scenarios"]


@pytest.mark.parametrize("outcome", list(Outcome), ids=str)
def test_every_outcome_is_documented(outcome: Outcome) -> None:
    assert f"`{outcome}`" in TEXTS["scenarios"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert f"`cors-harness {name}" in TEXTS["README"]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_of_pytest_is_documented(option: str) -> None:
    assert f"`{option}" in TEXTS["pytest"]


@pytest.mark.parametrize("change_class", list(ChangeClass), ids=str)
def test_every_class_of_change_is_documented(change_class: ChangeClass) -> None:
    assert f"| `{change_class}` |" in TEXTS["changes"]


CHANGES = "changes."  # one sentence names the folder of all these
SERVERS = [entry.name for entry in load_registry() if not entry.app.startswith(CHANGES)]


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_is_documented(name: str) -> None:
    assert f"`{name}`" in TEXTS["servers"]


def test_the_folder_of_changes_is_documented() -> None:
    assert "`servers/changes/`" in TEXTS["servers"]


@pytest.mark.parametrize("name", sorted(deployment.name for deployment in load_deployments()))
def test_every_deployment_is_documented(name: str) -> None:
    assert f"`{name}`" in TEXTS["servers"]


@pytest.mark.parametrize("key", load_properties("scenario"))
def test_every_scenario_key_has_a_heading(key: str) -> None:
    assert f"## `{key}`\n" in TEXTS["scenarios"]


@pytest.mark.parametrize(
    "part", ["page", "policy", "answer", "request", "expect", "exchange", "step", "corpus"]
)
def test_every_key_inside_a_scenario_key_is_documented(part: str) -> None:
    text = TEXTS["scenarios"]
    assert [key for key in load_properties(part) if not re.search(rf"\b{key}\b", text)] == []


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_step_value_is_documented(form: str) -> None:
    assert f"| `{form}` |" in TEXTS["scenarios"]


UNITS = sorted(path.parent.name for path in (CHECKOUT / "harness").glob("*/*/__init__.py"))


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_is_in_the_architecture(unit: str) -> None:
    assert f"`{unit}`" in TEXTS["architecture"]


def _attributes(*kinds: type) -> list[str]:
    return sorted(
        {
            name
            for kind in kinds
            for name, value in vars(kind).items()
            if isinstance(value, property)
        }
    )


@pytest.mark.parametrize("attribute", _attributes(Result, EngineResult))
def test_every_attribute_of_a_result_is_documented(attribute: str) -> None:
    assert f"`{attribute}`" in TEXTS["pytest"]


@pytest.mark.parametrize("word", [*(field.name for field in fields(Mismatch)), *Unseen])
def test_every_key_of_a_mismatch_is_documented(word: str) -> None:
    assert f"`{word}`" in TEXTS["architecture"]


@pytest.mark.parametrize("name", DOCS)
def test_links_lead_to_files_and_headings_that_are_there(name: str) -> None:
    folder = (CHECKOUT / DOCS[name]).parent
    links = re.findall(r"\]\(([^)#:]+)(?:#([^)]+))?\)", TEXTS[name])
    assert [path for path, _ in links if not (folder / path).exists()] == []
    assert [
        f"{path}#{anchor}"
        for path, anchor in links
        if anchor and anchor not in anchors((folder / path).read_text("utf-8"))
    ] == []


MODULE_PATH = re.compile(r"`((?:[a-z_]+/)*[a-z_]+\.(?:py|toml|json))`")


@pytest.mark.parametrize("name", DOCS)
def test_modules_that_are_named_are_there(name: str) -> None:
    folders = (
        CHECKOUT,
        CHECKOUT / "tests",
        CHECKOUT / "servers",
        CHECKOUT / "harness/cors_harness",
    )
    named = set(MODULE_PATH.findall(TEXTS[name])) - {"pyproject.toml", "conftest.py"}
    assert [path for path in named if not any((at / path).exists() for at in folders)] == []


def test_the_example_scenario_loads_and_takes_the_exception_shown(tmp_path: Path) -> None:
    file = tmp_path / "orders.yaml"
    example = block("scenarios", "yaml", "  request: {method: PUT, path: /api/data, headers")
    file.write_text(example + block("scenarios", "yaml", "server: flask-options"), "utf-8")
    (scenario,) = load_scenarios([file])
    assert [each.servers for each in scenario.steps[0].exemptions] == [("flask-options",)]


def test_the_scenario_of_the_readme_loads(tmp_path: Path) -> None:
    file = tmp_path / "orders.yaml"
    file.write_text(block("README", "yaml", "# orders.yaml"), "utf-8")
    (scenario,) = load_scenarios([file])
    assert (scenario.policy, scenario.answers) == (None, None)


def test_the_example_of_lookalikes_fits_into_a_scenario(tmp_path: Path) -> None:
    file = tmp_path / "orders.yaml"
    text = scenario_with(block("scenarios", "yaml", "lookalikes_of")).replace("  title: a\n", "")
    file.write_text(text, "utf-8")
    pages = [str(scenario.page.origin) for scenario in load_scenarios([file])]
    assert "https://app.example.com.attacker.example" in pages
    assert "https://example.com" not in pages


EXAMPLES = [
    text
    for text in re.findall(r"^```yaml\n(  .*?)^```", TEXTS["scenarios"], re.MULTILINE | re.DOTALL)
    if not text.startswith("  matrix")
]


@pytest.mark.parametrize("example", EXAMPLES, ids=[text.split(":")[0].strip() for text in EXAMPLES])
def test_every_example_of_a_key_loads(tmp_path: Path, example: str) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(scenario_with(example), "utf-8")
    assert load_scenarios([file])


def test_the_settings_shown_are_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(block("changes", "toml", "app = "), "utf-8")
    assert project_settings(tmp_path).app == "shop:app"


def test_the_remote_browsers_shown_are_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(block("engines", "toml", "remote = "), "utf-8")
    (tmp_path / "edge.toml").write_text(block("engines", "toml", "# edge.toml"), "utf-8")
    remotes = project_settings(tmp_path).remote
    assert remotes["edge-windows"].capabilities == read_capabilities(tmp_path / "edge.toml")


@pytest.mark.parametrize("name", ENGINE_OF_BROWSER)
def test_every_browser_that_a_column_may_be_called_after_is_documented(name: str) -> None:
    asked = BROWSER_NAMES.get(name)
    rows = [row for row in TEXTS["engines"].splitlines() if row.startswith("| `")]
    assert [row for row in rows if f"`{name}`" in row and (not asked or f"`{asked}` |" in row)]


def test_the_first_block_holds_the_two_commands() -> None:
    first = next(blocks("README"))[1]
    assert [line.split()[0:5] for line in first.splitlines()] == [
        ["python", "-m", "pip", "install", "-e"]
    ] * 2


def test_the_quick_tests_are_the_documented_command() -> None:
    command = 'pytest -m "not browser" -n 2'
    assert [name for name in ("README", "tests") if command not in TEXTS[name]] == []
    assert command in (CHECKOUT / ".ci/run").read_text("utf-8")


def blocks(name: str) -> Iterator[tuple[str, str]]:
    """Language and text of each fenced block."""
    yield from re.findall(r"^```(\w*)\n(.*?)^```", TEXTS[name], re.MULTILINE | re.DOTALL)


def block(name: str, language: str, sign: str) -> str:
    """The block of this language with this text in it."""
    (only,) = [text for kind, text in blocks(name) if kind == language and sign in text]
    return only


def anchors(text: str) -> set[str]:
    """What headings are called in links."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def scenario_with(example: str) -> str:
    """A scenario with these lines in it, and with what they leave out."""
    text = (
        f"- id: example\n  title: a\n  spec: https://fetch.spec.whatwg.org/#cors-check\n{example}"
    )
    if "  steps:" not in example:
        text += "  request: {path: /orders}\n"
        text += "" if "\n  expect:" in text else "  expect: {outcome: blocked, wire: [request]}\n"
    return text
