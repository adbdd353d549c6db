"""What pyproject.toml asks for: the base install for every user, and an extra for the rest."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from cors_harness.serving.deployments.registry import load_deployments
from cors_harness.serving.reference.registry import load_registry

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
FRAMEWORKS = {"django", "fastapi", "flask", "starlette", "werkzeug"}


def names(requirements: Iterable[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9.-]", requirement)[0].lower() for requirement in requirements}


BASE = names(PROJECT["dependencies"])
OURS = {"cors-harness"}
COMES_WITH_FLASK = {"werkzeug"}


def test_the_base_install_brings_no_web_framework() -> None:
    assert BASE & (FRAMEWORKS | names(EXTRAS["servers"])) == set()


def test_playwright_has_no_upper_bound_in_the_base_install() -> None:
    (requirement,) = [name for name in PROJECT["dependencies"] if name.startswith("playwright")]
    assert "<" not in requirement


def test_the_extra_servers_brings_what_the_reference_servers_are_made_of() -> None:
    needed = {name for entry in load_registry() for name in entry.versions}
    assert needed - BASE - names(EXTRAS["servers"]) - OURS - COMES_WITH_FLASK == set()


def test_the_extra_deployments_brings_what_deployments_are_run_by() -> None:
    needed = {name for deployment in load_deployments() for name in deployment.program.pip}
    assert needed - BASE - names(EXTRAS["deployments"]) == set()


def test_developers_get_every_extra() -> None:
    (ours,) = [name for name in EXTRAS["dev"] if name.startswith("cors-harness[")]
    assert set(ours.removeprefix("cors-harness[").rstrip("]").split(",")) == set(EXTRAS) - {"dev"}
