"""The plugin's options, and the Invocation that they and those of pytest-playwright make."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.subject import START_TIMEOUT_S
from cors_harness.planning.plan import Server, check_selected_servers
from cors_harness.planning.real_origins import SERVER_HOST
from cors_harness.pytest_plugin import scheduling
from cors_harness.pytest_plugin.scenario_filter import INI
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers
from cors_harness.settings.driver import BIDI, DRIVER_HELP
from cors_harness.settings.invocation import GivenOptions, Invocation, make_invocation
from cors_harness.settings.pyproject import project_settings
from cors_harness.settings.target import TargetOptions
from cors_harness.store.fingerprint_key import fingerprints
from cors_harness.store.journal import DEFAULT_PLACE
from cors_harness.store.whole_file import check_place
from cors_harness.text.printable import printable_lines

INVOCATION: "pytest.StashKey[Invocation]" = pytest.StashKey()
SWITCH: dict[str, Any] = {"action": "store_true"}
LIST: dict[str, Any] = {"action": "append", "default": []}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "--install-browsers": SWITCH
    | {"help": "install the engines that are missing (Playwright's, else apt-get) and go on"},
    "--cors-install-servers": SWITCH
    | {"help": "install the programs of deployments that are missing (apt-get, pip) and go on"},
    "--browser-executable": LIST
    | {
        "metavar": "NAME=FILE",
        "help": "use this program for an engine, e.g. chromium=/opt/chrome/chrome (repeatable)",
    },
    "--cors-remote": LIST
    | {
        "metavar": "NAME=URL",
        "help": "a browser at a WebDriver endpoint, beside the others or in the place of one, e.g. "
        "safari=http://mac.local:4444 (repeatable)",
    },
    "--cors-capabilities": LIST
    | {
        "metavar": "NAME=FILE",
        "help": "what its sessions must have, as JSON or TOML, e.g. safari=safari.toml "
        "(repeatable)",
    },
    "--cors-sessions": {
        "metavar": "N",
        "help": "spread the pages of each over so many sessions, fewer where its endpoint gives "
        "fewer (default: 1)",
    },
    "--cors-driver": {"metavar": "NAME", "help": f"{DRIVER_HELP} (default: {BIDI})"},
    "--cors-server": LIST
    | {
        "metavar": "NAME",
        "help": "only cells on this server, e.g. flask-cors, '*@nginx' (repeatable)",
    },
    "--cors-shard": {
        "metavar": "INDEX/COUNT",
        "help": "only this part of the cells, as one of several machines, e.g. 2/5; the same cells "
        "as `cors-harness run --shard`",
    },
    "--cors-app": {
        "metavar": "MODULE:APP",
        "help": "your own app of WSGI, ASGI, aiohttp or Tornado instead of the reference servers, "
        "e.g. shop:app",
    },
    "--cors-command": {
        "metavar": "COMMAND",
        "help": "or the command that starts it, e.g. 'gunicorn shop:app -b 127.0.0.1:{port}'",
    },
    "--cors-ready": {
        "metavar": "PATH",
        "help": "with --cors-command: wait until GET PATH has a status below 500, e.g. /healthz",
    },
    "--cors-url": {
        "metavar": "URL",
        "help": "or the URL of your server, already running, e.g. http://127.0.0.1:8000",
    },
    "--cors-yes-remote": SWITCH
    | {"help": "allow a --cors-url that is not on this machine: its server will be called"},
    "--cors-page-origin": {
        "metavar": "ORIGIN",
        "help": "the origin of the page, as browsers see it, e.g. https://app.example.com",
    },
    "--cors-server-origin": {
        "metavar": "ORIGIN",
        "help": "the origin of the server, as browsers see it, e.g. https://api.example.org "
        f"(default: {SERVER_HOST}, under the scheme of --cors-page-origin)",
    },
    "--cors-no-forwarded": SWITCH
    | {
        "help": "do not tell your server that browsers call it by https: as behind a proxy that "
        "sends no X-Forwarded-Proto, -Host and -For"
    },
    "--cors-plain-urls": SWITCH
    | {
        "help": "call your server by the scenarios' URLs as they are, without the parameter "
        "cell=...; its cells then run one at a time"
    },
    "--cors-reset": {
        "metavar": "COMMAND-OR-PATH",
        "help": "have the engines take turns, and bring your server back to where it began before "
        "each: by a command, or by POST to a path of it, e.g. /testing/reset",
    },
    "--cors-server-per-engine": SWITCH
    | {
        "help": "with --cors-app or --cors-command: start a server for each engine; {engine} in "
        "the command and CORS_HARNESS_ENGINE say which one"
    },
    "--cors-start-timeout": {
        "metavar": "SECONDS",
        "help": "how long your server may take to start, or a reset to be over "
        f"(default: {START_TIMEOUT_S})",
    },
    "--cors-isolated": SWITCH
    | {"help": "run every cell alone in a fresh browser context (slow, with the same results)"},
    "--cors-keep-secrets": SWITCH
    | {
        "help": "show and keep cookies, tokens and passwords of your server as they are, and no "
        "fingerprints of them"
    },
    "--cors-allow-missing": SWITCH
    | {"help": "skip the cells of engines that are not there, instead of ending with status 3"},
    "--cors-advertise": {
        "metavar": "HOST",
        "help": "for browsers on other machines: open ports at this name or address of this "
        "machine, which answer machines whose browser has shown a ticket of the run, and nobody "
        "else",
    },
    "--cors-html": {
        "metavar": "FILE",
        "help": "write one page of the scenarios' cells, to look at and to share; their records "
        f"are kept, too: in {DEFAULT_PLACE}, if --cors-journal names no other place",
    },
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


def invocation_of(config: pytest.Config) -> Invocation:
    """What this session asks for; raises pytest.UsageError where a value makes no sense."""
    try:
        if file := config.getoption("cors_html"):
            check_place(Path(file), "--cors-html")
        return make_invocation(
            _given_options(config),
            project_settings(config.rootpath),
            config.invocation_params.dir,
            lambda name: f"--cors-{name}",
        )
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def _given_options(config: pytest.Config) -> GivenOptions:
    default = str(DEFAULT_PLACE) if config.getoption("cors_html") else None
    journal = config.getoption("cors_journal") or default
    return GivenOptions(
        argv=tuple(config.invocation_params.args),
        target=TargetOptions(
            app=config.getoption("cors_app"),
            command=config.getoption("cors_command"),
            ready=config.getoption("cors_ready"),
            url=config.getoption("cors_url"),
            page_origin=config.getoption("cors_page_origin"),
            server_origin=config.getoption("cors_server_origin"),
            yes_remote=config.getoption("cors_yes_remote"),
            no_forwarded=config.getoption("cors_no_forwarded"),
            plain_urls=config.getoption("cors_plain_urls"),
            reset=config.getoption("cors_reset"),
            server_per_engine=config.getoption("cors_server_per_engine"),
            start_timeout=config.getoption("cors_start_timeout"),
        ),
        servers=tuple(config.getoption("cors_server")),
        shard=config.getoption("cors_shard"),
        browsers=tuple(config.getoption("browser", default=None) or ()),
        executables=tuple(config.getoption("browser_executable")),
        remotes=tuple(config.getoption("cors_remote")),
        capabilities=tuple(config.getoption("cors_capabilities")),
        sessions=config.getoption("cors_sessions"),
        channel=config.getoption("browser_channel", default=None),
        driver=config.getoption("cors_driver"),
        headed=bool(config.getoption("headed", default=False)),
        isolated=config.getoption("cors_isolated"),
        allow_missing=config.getoption("cors_allow_missing"),
        install_browsers=config.getoption("install_browsers"),
        install_servers=config.getoption("cors_install_servers"),
        advertise=config.getoption("cors_advertise"),
        keep_secrets=config.getoption("cors_keep_secrets"),
        journal=None if journal is None else scheduling.worker_path(config, Path(journal)),
    )


def check_servers(invocation: Invocation) -> None:
    """Raises pytest.UsageError for a user's server that is none, and a --cors-server unknown.

    Reads no registry where no server is named: the plugin is loaded in every session.
    """
    option = ""
    try:
        known = servers(invocation) if invocation.selection.servers else ()
        option = "--cors-server: "
        check_selected_servers(invocation.selection, known)
    except UsageError as error:
        raise pytest.UsageError(f"{option}{error}") from error


def servers(invocation: Invocation) -> tuple[Server, ...]:
    """Every server that there is, the user's own among them."""
    return all_servers(subject=invocation.target.subject)


def run_settings(invocation: Invocation) -> RunSettings:
    """How cells are run; raises UsageError without a yes for a remote server."""
    options = invocation.options
    return RunSettings(
        subject=invocation.target.confirmed(),
        executables=invocation.executables,
        remotes=invocation.remotes,
        sessions=invocation.sessions,
        by_playwright=invocation.by_playwright,
        headed=options.headed,
        channel=options.channel,
        plain_urls=invocation.target.plain_urls,
        isolated=options.isolated,
        allow_missing=options.allow_missing,
        advertise=invocation.advertise,
        fingerprints=fingerprints(keep_secrets=options.keep_secrets),
    )


def exit_status(error: HarnessError) -> int:
    """What pytest ends with: its own status for wrong usage, else the harness' own."""
    is_usage = isinstance(error, UsageError)
    return int(pytest.ExitCode.USAGE_ERROR) if is_usage else error.exit_status


def install_browsers(invocation: Invocation) -> None:
    """Installs what is missing, telling every command; ends pytest with status 3 when it fails."""
    from cors_harness.engines.provision import install_engines

    engines = [n for n in invocation.selection.engines if n not in invocation.remotes]
    try:
        install_engines(
            engines,
            lambda line: print(printable_lines(line), flush=True),  # noqa: T201
            by_playwright=invocation.by_playwright,
        )
    except HarnessError as error:
        pytest.exit(str(error), returncode=exit_status(error))


def install_servers() -> None:
    """Installs the programs of deployments that are missing, telling every command."""
    from cors_harness.serving.deployments.install import install_servers as install

    install(lambda line: print(printable_lines(line), flush=True))  # noqa: T201
