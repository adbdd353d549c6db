"""The README's claims about names and examples, held against the code."""

import re
from pathlib import Path

import pytest

from cors_harness.cli.program import MODULES
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.loading.schema import json_schema
from cors_harness.model.scenario import Outcome
from cors_harness.serving.deployments.registry import load_deployments
from cors_harness.serving.reference.registry import load_registry
from cors_harness.settings.pyproject import project_settings
from cors_harness.terms.reasons import ReasonCode

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("code", list(ReasonCode), ids=str)
def test_every_reason_is_documented(code: ReasonCode) -> None:
    assert f"`{code}`" in README


@pytest.mark.parametrize("outcome", list(Outcome), ids=str)
def test_every_outcome_is_documented(outcome: Outcome) -> None:
    assert re.search(rf"\b{outcome}\b", README)


@pytest.mark.parametrize("name", [module.COMMAND.name for module in MODULES])
def test_every_command_is_documented(name: str) -> None:
    assert f"`cors-harness {name}" in README


CHANGES = "changes."  # one sentence names the folder of all these
SERVERS = [entry.name for entry in load_registry() if not entry.app.startswith(CHANGES)]


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_is_documented(name: str) -> None:
    assert f"`{name}`" in README


def test_the_folder_of_changes_is_documented() -> None:
    assert "`servers/changes/`" in README


@pytest.mark.parametrize("name", sorted({each.program.name for each in load_deployments()}))
def test_every_program_of_a_deployment_is_documented(name: str) -> None:
    assert name.partition("-")[0] in README.lower()


def test_every_scenario_key_is_documented() -> None:
    properties = _scenario_properties(json_schema())
    assert [key for key in properties if f"`{key}`" not in README] == []


def test_the_example_scenario_loads_and_takes_the_exception_shown(tmp_path: Path) -> None:
    file = tmp_path / "orders.yaml"
    file.write_text(_block("  policy: ") + _block("  except:"), "utf-8")
    (scenario,) = load_scenarios([file])
    assert [each.servers for each in scenario.steps[0].exemptions] == [("flask-options",)]
    file.write_text(_block("# orders.yaml"), "utf-8")
    (scenario,) = load_scenarios([file])
    assert (scenario.policy, scenario.answers) == (None, None)


def test_the_example_of_lookalikes_fits_into_a_scenario(tmp_path: Path) -> None:
    _, call = _block("# orders.yaml").split("  request: ")
    file = tmp_path / "orders.yaml"
    start = "- id: stranger\n  spec: https://fetch.spec.whatwg.org/#cors-check\n"
    file.write_text(f"{start}{_block('lookalikes_of')}  request: {call}", "utf-8")
    pages = [str(each.page.origin) for each in load_scenarios([file])]
    assert "https://app.example.com.attacker.example" in pages
    assert "https://example.com" not in pages


def test_the_settings_shown_are_read(tmp_path: Path) -> None:
    (text,) = [text for language, text in BLOCKS if language == "toml"]
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    assert project_settings(tmp_path).app == "shop:app"


def test_the_first_block_holds_the_two_commands() -> None:
    assert [line.split()[0:5] for line in BLOCKS[0][1].splitlines()] == [
        ["python", "-m", "pip", "install", "-e"]
    ] * 2


def _block(sign: str) -> str:
    """The YAML block with this text in it."""
    (found,) = [text for language, text in BLOCKS if language == "yaml" and sign in text]
    return str(found)


def _scenario_properties(schema: dict[str, object]) -> dict[str, object]:
    found: list[dict[str, object]] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            properties = node.get("properties")
            if isinstance(properties, dict) and {"id", "title", "spec"} <= set(properties):
                found.append(properties)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema)
    return found[0]
