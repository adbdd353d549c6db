"""A project of its own for every test: an ini file in which each warning is an error, no more."""

import os
from collections.abc import Callable

import pytest

from cors_harness.engines.playwright_builds import browsers_folder, playwright_package
from cors_harness.installing.machine import this_machine

INI = """\
[pytest]
addopts = -ra --strict-markers --strict-config
filterwarnings = error
"""
WritesScenarios = Callable[..., None]


@pytest.fixture
def playwright_browsers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps Playwright's builds in sight: pytester gives the inner pytest another HOME."""
    package = playwright_package()
    assert package is not None
    folder = browsers_folder(this_machine(), package)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(folder))


@pytest.fixture
def project(
    playwright_browsers: None,  # noqa: ARG001 - it must see HOME before pytester changes it
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
) -> pytest.Pytester:
    """A project with an empty folder `scenarios`; the inner pytest is not told of our options."""
    monkeypatch.delenv("CI", raising=False)  # there pytest's summary repeats every message whole
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    (pytester.path / "pytest.ini").write_text(INI)
    (pytester.path / "scenarios").mkdir()
    return pytester


@pytest.fixture
def write(project: pytest.Pytester) -> WritesScenarios:
    """Writes files into the project: `write(**{"scenarios/a.yaml": text})`."""

    def write_files(**files: str) -> None:
        for name, text in files.items():
            path = project.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write_files


@pytest.fixture
def no_programs(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which WebKit is missing: no build of Playwright, no Xvfb on PATH."""
    nothing = project.mkdir("nothing")
    monkeypatch.setenv("PATH", os.fspath(nothing))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", os.fspath(nothing))
