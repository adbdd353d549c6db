"""The plugin's options, and what they mean together with those of pytest-playwright."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from cors_harness.engines.found import ENGINE_NAMES
from cors_harness.errors import HarnessError, UsageError
from cors_harness.run.settings import RunSettings

DEFAULT_PATTERNS = ("*/scenarios/*.yaml", "*/scenarios/*.yml")


def declare(parser: pytest.Parser) -> None:
    """Adds the option group `cors-harness` and its ini setting."""
    group = parser.getgroup("cors-harness", "cross-browser CORS matrix")
    group.addoption(
        "--install-browsers",
        action="store_true",
        help="install the engines that are missing (Playwright's builds, else apt-get) and go on",
    )
    group.addoption(
        "--browser-executable",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="use this program for an engine, e.g. chromium=/opt/chrome/chrome (repeatable)",
    )
    group.addoption(
        "--cors-server",
        action="append",
        default=[],
        metavar="NAME",
        help="only cells on this server, e.g. flask-cors (repeatable)",
    )
    group.addoption(
        "--cors-isolated",
        action="store_true",
        help="run every cell alone in a fresh browser context (slow; results must not differ)",
    )
    group.addoption(
        "--cors-allow-missing",
        action="store_true",
        help="skip the cells of engines that are not there, instead of ending with status 3",
    )
    group.addoption(
        "--cors-journal", metavar="FILE", help="write every cell's record to FILE (JSON Lines)"
    )
    parser.addini(
        "cors_scenarios",
        "patterns of scenario files (matched against the whole path)",
        type="args",
        default=list(DEFAULT_PATTERNS),
    )


def is_scenario_file(config: pytest.Config, path: Path) -> bool:
    """Whether `path` matches one of the ini patterns, or is named on the command line."""
    if path.suffix not in {".yaml", ".yml"}:
        return False
    named = any(Path(arg.split("::", 1)[0]).resolve() == path for arg in config.args)
    patterns: list[str] = config.getini("cors_scenarios")
    return named or any(fnmatch(path.as_posix(), pattern) for pattern in patterns)


def engines(config: pytest.Config) -> tuple[str, ...]:
    """The engines chosen by --browser; all of them by default."""
    chosen: list[str] = config.getoption("browser", default=None) or []
    return tuple(chosen) or ENGINE_NAMES


def run_settings(config: pytest.Config) -> RunSettings:
    """How the items' run is to be made; raises UsageError."""
    return RunSettings(
        executables=dict(_executable(text) for text in config.getoption("browser_executable")),
        headed=bool(config.getoption("headed", default=False)),
        channel=config.getoption("browser_channel", default=None),
        isolated=config.getoption("cors_isolated"),
        allow_missing=config.getoption("cors_allow_missing"),
    )


def install_browsers(config: pytest.Config) -> None:
    """Installs what is missing, telling every command; ends pytest with status 3 when it fails."""
    from cors_harness.engines.provision import install_engines

    try:
        install_engines(engines(config), lambda line: print(line, flush=True))  # noqa: T201
    except HarnessError as error:
        pytest.exit(str(error), returncode=error.exit_status)


def _executable(text: str) -> tuple[str, Path]:
    name, found, path = text.partition("=")
    if not found or name not in ENGINE_NAMES:
        raise UsageError(
            f"--browser-executable: found {text!r}; expected NAME=PATH with NAME one of "
            f"{', '.join(ENGINE_NAMES)}"
        )
    return name, Path(path)
