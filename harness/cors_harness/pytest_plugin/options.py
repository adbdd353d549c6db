"""The plugin's options, and what they mean together with those of pytest-playwright."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.server import APPS
from cors_harness.planning.plan import Selection, Server, check_selected_servers
from cors_harness.pytest_plugin.scenario_filter import INI
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers
from cors_harness.settings.pyproject import ProjectSettings, project_settings
from cors_harness.settings.target import Target, TargetOptions, target_of
from cors_harness.terms.origin import Origin

SETTINGS: "pytest.StashKey[ProjectSettings]" = pytest.StashKey()
SWITCH: dict[str, Any] = {"action": "store_true"}
LIST: dict[str, Any] = {"action": "append", "default": []}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--install-browsers": SWITCH
    | {"help": "install the engines that are missing (Playwright's, else apt-get) and go on"},
    "--cors-install-servers": SWITCH
    | {"help": "install the programs of deployments that are missing (apt-get, pip) and go on"},
    "--browser-executable": LIST
    | {
        "metavar": "NAME=PATH",
        "help": "use this program for an engine, e.g. chromium=/opt/chrome/chrome (repeatable)",
    },
    "--cors-server": LIST
    | {
        "metavar": "NAME",
        "help": "only cells on this server, e.g. flask-cors, '*@nginx' (repeatable)",
    },
    "--cors-app": {
        "metavar": "MODULE:APP",
        "help": "your own WSGI or ASGI app instead of the reference servers, e.g. shop:app",
    },
    "--cors-command": {
        "metavar": "COMMAND",
        "help": "or what starts your server, e.g. 'gunicorn shop:app -b 127.0.0.1:{port}'",
    },
    "--cors-ready": {
        "metavar": "PATH",
        "help": "with --cors-command: wait until GET PATH has a status below 500, e.g. /healthz",
    },
    "--cors-url": {
        "metavar": "URL",
        "help": "or where your server runs already, e.g. http://127.0.0.1:8000",
    },
    "--cors-yes-remote": SWITCH
    | {"help": "the server of --cors-url is not on this machine, and may be called"},
    "--cors-page-origin": {
        "metavar": "ORIGIN",
        "help": "where the page really is, for the browser, e.g. https://app.example.com",
    },
    "--cors-server-origin": {
        "metavar": "ORIGIN",
        "help": "where the server really is, for the browser, e.g. https://api.example.org",
    },
    "--cors-isolated": SWITCH
    | {"help": "run every cell alone in a fresh browser context (slow; results must not differ)"},
    "--cors-allow-missing": SWITCH
    | {"help": "skip the cells of engines that are not there, instead of ending with status 3"},
    "--cors-journal": {"metavar": "FILE", "help": "write every cell's record to FILE (JSON Lines)"},
}
INI_HELP = (
    "patterns of YAML files that are scenario files whatever is in them (matched against the "
    "path from the root folder, and the whole path); without it: those in folders "
    "`scenarios`, or named on the command line, that look like scenario files"
)


def declare(parser: pytest.Parser) -> None:
    """Adds the option group `cors-harness` and its ini setting."""
    group = parser.getgroup("cors-harness", "cross-browser CORS matrix")
    for name, settings in OPTIONS.items():
        group.addoption(name, **settings)
    parser.addini(INI, INI_HELP, type="args")


def check(config: pytest.Config) -> None:
    """Raises pytest.UsageError where one of our options has a value that makes no sense."""
    try:
        target(config)
        _check_servers(config)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    _executables(config)


def checked_settings(config: pytest.Config) -> ProjectSettings:
    """The same as `settings`; raises pytest.UsageError."""
    try:
        return settings(config)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def _check_servers(config: pytest.Config) -> None:
    """Reads no registry where no server is named: the plugin is loaded in every session."""
    chosen = selection(config)
    known = servers(config) if chosen.servers else ()
    try:
        check_selected_servers(chosen, known)
    except UsageError as error:
        raise UsageError(f"--cors-server: {error}") from error


def servers(config: pytest.Config) -> tuple[Server, ...]:
    """Every server that there is, the user's own among them."""
    return all_servers(subject=target(config).subject)


def selection(config: pytest.Config) -> Selection:
    """What the options leave of every cell."""
    app = APPS if target(config).subject else ()
    return Selection(servers=tuple(config.getoption("cors_server")) or app, engines=engines(config))


def origins(config: pytest.Config) -> tuple[Origin | None, Origin | None]:
    """Where page and server really are, for scenarios that say nothing about it."""
    found = target(config)
    return found.page, found.server


def settings(config: pytest.Config) -> ProjectSettings:
    """The settings of the project that the root folder is in; raises UsageError."""
    if SETTINGS not in config.stash:
        config.stash[SETTINGS] = project_settings(config.rootpath)
    return config.stash[SETTINGS]


def target(config: pytest.Config) -> Target:
    """The user's server and the real origins, by options and settings; raises UsageError."""
    here = config.invocation_params.dir
    return target_of(_given(config), settings(config), here, lambda name: f"--cors-{name}")


def _given(config: pytest.Config) -> TargetOptions:
    return TargetOptions(
        app=config.getoption("cors_app"),
        command=config.getoption("cors_command"),
        ready=config.getoption("cors_ready"),
        url=config.getoption("cors_url"),
        page_origin=config.getoption("cors_page_origin"),
        server_origin=config.getoption("cors_server_origin"),
        yes_remote=config.getoption("cors_yes_remote"),
    )


def engines(config: pytest.Config) -> tuple[str, ...]:
    """The engines chosen by --browser or the settings, each once; all of them by default."""
    chosen: list[str] = config.getoption("browser", default=None) or []
    return tuple(dict.fromkeys(chosen)) or settings(config).browsers or ENGINE_NAMES


def place_options(config: pytest.Config) -> tuple[str, ...]:
    """What `cors-harness run` would have to be told to run a cell of this session again."""
    return _given(config).words()


def run_settings(config: pytest.Config) -> RunSettings:
    """How the items' run is to be made; raises UsageError without a yes for a remote server."""
    return RunSettings(
        subject=target(config).confirmed(),
        executables=_executables(config),
        headed=bool(config.getoption("headed", default=False)),
        channel=config.getoption("browser_channel", default=None),
        isolated=config.getoption("cors_isolated"),
        allow_missing=config.getoption("cors_allow_missing"),
    )


def exit_status(error: HarnessError) -> int:
    """What pytest ends with: its own status for wrong usage, else the harness' own."""
    usage = isinstance(error, UsageError)
    return int(pytest.ExitCode.USAGE_ERROR) if usage else error.exit_status


def install_browsers(config: pytest.Config) -> None:
    """Installs what is missing, telling every command; ends pytest with status 3 when it fails."""
    from cors_harness.engines.provision import install_engines

    try:
        install_engines(engines(config), lambda line: print(line, flush=True))  # noqa: T201
    except HarnessError as error:
        pytest.exit(str(error), returncode=exit_status(error))


def install_servers() -> None:
    """Installs the programs of deployments that are missing, telling every command."""
    from cors_harness.serving.deployments.install import install_servers as install

    install(lambda line: print(line, flush=True))  # noqa: T201


def _executables(config: pytest.Config) -> dict[str, Path]:
    return dict(_executable(text) for text in config.getoption("browser_executable"))


def _executable(text: str) -> tuple[str, Path]:
    name, found, path = text.partition("=")
    if not found or name not in ENGINE_NAMES:
        raise pytest.UsageError(
            f"--browser-executable: found {text!r}; expected NAME=PATH with NAME one of "
            f"{', '.join(ENGINE_NAMES)}"
        )
    return name, Path(path).expanduser()
