"""Options that several subcommands have: how they are declared, and the Invocation they make."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.errors import NothingSelected
from cors_harness.model.server import APPS
from cors_harness.model.shard import Shard
from cors_harness.model.subject import NO_APP, START_TIMEOUT_S
from cors_harness.planning.real_origins import SERVER_HOST
from cors_harness.settings.driver import BIDI, DRIVER_HELP
from cors_harness.settings.invocation import GivenOptions, Invocation, make_invocation
from cors_harness.settings.pyproject import project_settings
from cors_harness.settings.target import TargetOptions
from cors_harness.terms.engine_names import ENGINE_OF_BROWSER

if TYPE_CHECKING:
    from cors_harness.planning.plan import Plan

# The options of `add_subject` and `add_origins`, by their names in a namespace.
TARGET = (
    *("app", "command", "ready", "url", "page_origin", "server_origin"),
    *("yes_remote", "no_forwarded", "plain_urls"),
    *("reset", "server_per_engine", "start_timeout"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One subcommand.

    Attributes:
        summary: one line for the list of commands.
        description: what it does, for its own `--help`.
        examples: the end of its `--help`.
        declare: adds its options.
        execute: does it and returns the exit status.
    """

    name: str
    summary: str
    description: str
    examples: str
    declare: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace], int]


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", command: Command
) -> None:
    """Adds a subcommand to the program's parser."""
    parser = commands.add_parser(
        command.name,
        help=command.summary,
        description=command.description,
        epilog=command.examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.declare(parser)
    parser.set_defaults(execute=command.execute)


def add_paths(parser: argparse.ArgumentParser) -> None:
    """Adds PATH..., the scenario files."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        type=Path,
        help="scenario files, or folders of them (default: those that pyproject.toml "
        "names, else ./scenarios if it exists, else those that come with cors-harness)",
    )


def add_browser(parser: argparse.ArgumentParser) -> None:
    """Adds --browser, which may be repeated."""
    parser.add_argument(
        "--browser",
        metavar="NAME",
        action="append",
        default=[],
        help=f"only this browser, repeatable: {', '.join(ENGINE_NAMES)}, or the NAME of a --remote "
        "(default: those that pyproject.toml names, else all)",
    )


def add_executable(parser: argparse.ArgumentParser) -> None:
    """Adds --browser-executable, which may be repeated, and --driver."""
    parser.add_argument(
        "--browser-executable",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="the program file to use for a browser, repeatable: chromium=/opt/chrome/chrome",
    )
    parser.add_argument(
        "--driver",
        metavar="NAME",
        help=f"{DRIVER_HELP} (default: {BIDI}, unless pyproject.toml says otherwise)",
    )


def add_remote(parser: argparse.ArgumentParser) -> None:
    """Adds --remote and --capabilities, which may be repeated."""
    group = parser.add_argument_group(
        "browsers somewhere else",
        "Each is a column beside the browsers of this machine, or in the place of one by its name.",
    )
    group.add_argument(
        "--remote",
        metavar="NAME=URL",
        action="append",
        default=[],
        help="a browser at a WebDriver endpoint (Selenium Grid, chromedriver, safaridriver, a "
        "provider), repeatable: safari=http://mac.local:4444; NAME begins with the browser, as in "
        f"edge-windows: {', '.join(ENGINE_OF_BROWSER)}",
    )
    group.add_argument(
        "--capabilities",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="what its sessions must have, as JSON or TOML, repeatable: safari=safari.toml",
    )
    group.add_argument(
        "--sessions",
        metavar="N",
        help="spread the pages of each over so many sessions, fewer where its endpoint (Selenium "
        "Grid) gives fewer (default: 1)",
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Adds PATH... and every option that picks cells out of them."""
    add_paths(parser)
    add_origins(parser)
    add_browser(parser)
    parser.add_argument(
        "--server",
        metavar="NAME",
        action="append",
        default=[],
        help="only this server, repeatable; patterns too: flask-cors, 'flask-cors@*'",
    )
    parser.add_argument(
        "-k",
        metavar="EXPR",
        dest="keyword",
        help="only cells with these words in name or title, as in pytest: 'put and not webkit'",
    )
    parser.add_argument(
        "--cell",
        metavar="ID",
        action="append",
        default=[],
        help="only this cell, repeatable: 'put-json-allowed[flask-cors-webkit]'",
    )
    parser.add_argument(
        "--shard",
        metavar="INDEX/COUNT",
        help="only this part of all that, as one of several machines: 2/5 is the second of five "
        "parts that cost about the same; the same cells every time",
    )


def add_origins(parser: argparse.ArgumentParser) -> None:
    """Adds --app, --command or --url with their options, --page-origin and --server-origin."""
    group = parser.add_argument_group(
        "your server, and real origins",
        "Without these options the values of [tool.cors-harness] in pyproject.toml are used.",
    )
    add_subject(
        group, "your own app of WSGI, ASGI, aiohttp or Tornado instead of the reference servers"
    )
    add_state(group)
    group.add_argument(
        "--page-origin",
        metavar="ORIGIN",
        help="the origin of the page, as browsers see it: https://app.example.com",
    )
    group.add_argument(
        "--server-origin",
        metavar="ORIGIN",
        help="the origin of the server, as browsers see it: https://api.example.org (default: "
        f"{SERVER_HOST}, under the scheme of --page-origin)",
    )
    group.add_argument(
        "--no-forwarded",
        action="store_true",
        help="do not tell your server that browsers call it by https: as behind a proxy that "
        "sends no X-Forwarded-Proto, -Host and -For",
    )
    group.add_argument(
        "--plain-urls",
        action="store_true",
        help="call your server by the scenarios' URLs as they are, without the parameter cell=...; "
        "its cells then run one at a time (a route that minds the parameter is noticed anyway)",
    )


def add_state(options: "argparse._ActionsContainer") -> None:
    """Adds --reset and --server-per-engine, for servers in which a request leaves something."""
    options.add_argument(
        "--reset",
        metavar="COMMAND-OR-PATH",
        help="have the browsers take turns, and bring your server back to where it began before "
        "each: by a command ('./manage.py flush --no-input'), or by POST to a path of it "
        "(/testing/reset; 'PUT /testing/reset')",
    )
    options.add_argument(
        "--server-per-engine",
        action="store_true",
        help="with --app or --command: start a server for each browser; {engine} in the command "
        "and CORS_HARNESS_ENGINE say which one, as for a database of its own",
    )


def add_subject(options: "argparse._ActionsContainer", app: str) -> None:
    """Adds --app, whose help is `app`, --command or --url, with what belongs to them."""
    options.add_argument(
        "--app", metavar="MODULE:APP", help=f"{app}: shop:app, 'shop.web:create_app()'"
    )
    options.add_argument(
        "--command",
        metavar="COMMAND",
        help="or the command that starts your server; {port} becomes a free port: "
        "'gunicorn shop:app -b 127.0.0.1:{port}'",
    )
    options.add_argument(
        "--ready",
        metavar="PATH",
        help="with --command: wait until GET PATH returns a status below 500: /healthz "
        "(default: wait for any response)",
    )
    options.add_argument(
        "--start-timeout",
        metavar="SECONDS",
        help="how long your server (--app, --command) may take to start, or a --reset to be over "
        f"(default: {START_TIMEOUT_S})",
    )
    options.add_argument(
        "--url",
        metavar="URL",
        help="or the URL of your server, already running: http://127.0.0.1:8000",
    )
    options.add_argument(
        "--yes-remote",
        action="store_true",
        help="allow a --url that is not on this machine: its server will be called",
    )


def invocation_of(args: argparse.Namespace) -> Invocation:
    """All that a command line asks for; reads `pyproject.toml`. Raises UsageError."""
    return make_invocation(
        given_options(args),
        project_settings(Path.cwd()),
        Path.cwd(),
        lambda name: f"--{name}",
    )


def given_options(args: argparse.Namespace) -> GivenOptions:
    """What was typed; what a command has no option for is as if it was not given."""
    values = vars(args)
    same = ("keyword", "headed", "isolated", "allow_missing", "fail_on", "journal", "timeout")
    more = ("shard", "sessions", "driver", "advertise", "baseline", "keep_secrets")
    installs = ("install_browsers", "install_servers")
    return GivenOptions(
        argv=tuple(values.get("argv", ())),
        paths=tuple(values.get("paths", ())),
        target=TargetOptions(**{name: values[name] for name in TARGET if name in values}),
        servers=tuple(values.get("server", ())),
        browsers=tuple(values.get("browser", ())),
        cells=tuple(values.get("cell", ())),
        recorded=tuple(values.get("recorded", ())),
        executables=tuple(values.get("browser_executable", ())),
        remotes=tuple(values.get("remote", ())),
        capabilities=tuple(values.get("capabilities", ())),
        **{name: values[name] for name in (*same, *more, *installs) if name in values},
    )


def plan_of(invocation: Invocation) -> "Plan":
    """The cells that are asked for; raises NothingSelected where there are none."""
    from cors_harness.loading.scenarios import load_scenarios
    from cors_harness.planning.plan import make_plan
    from cors_harness.planning.real_origins import (
        assumed_servers,
        assumption,
        local_calls,
        not_public,
        relocated,
    )
    from cors_harness.serving.all_servers import all_servers

    target = invocation.target
    scenarios = load_scenarios(invocation.scenario_paths)
    moved = relocated(scenarios, target.page, target.server)
    plan = make_plan(moved, all_servers(subject=target.subject), invocation.selection)
    if target.subject is None:
        _check_app(plan)
    ran = {cell.scenario.id for cell in plan.cells}
    stated = [scenario for scenario in scenarios if scenario.id in ran]
    running = [scenario for scenario in moved if scenario.id in ran]
    assumed = assumed_servers(stated, running, target.server)
    notes = (
        *(assumption(origin, "--server-origin") for origin in assumed),
        *(not_public(page, server) for page, server in local_calls(running)),
    )
    return _part_of(replace(plan, notes=notes), invocation)


def _part_of(plan: "Plan", invocation: Invocation) -> "Plan":
    """The shard of a plan that is asked for, or all of it; and what there is to say of it."""
    from cors_harness.planning.shards import cells_in, sharded
    from cors_harness.planning.whole_plan import whole_plan

    target = invocation.target
    cells = tuple(cells_in((*plan.cells, *plan.skips)))
    whole = whole_plan(cells, target.subject, plain_urls=target.plain_urls)
    part = sharded(plan, invocation.shard, whole)
    if invocation.shard is None:
        return part
    return replace(part, notes=(*part.notes, _what_is_in(part, invocation.shard, len(cells))))


def _what_is_in(part: "Plan", shard: Shard, whole: int) -> str:
    if not part.cells:
        return f"nothing to run in shard {shard}"
    count = len(part.cells) + len(part.skips)
    return (
        f"shard {shard}: {count} of {whole} cells, and advice by these alone; `run --from` gives "
        "that of all shards"
    )


def _check_app(plan: "Plan") -> None:
    """Raises NothingSelected where all that there is to run is for an app, and none is given."""
    if not plan.cells and all(skip.cell.server in APPS for skip in plan.skips):
        name = plan.skips[0].cell.scenario.id
        why = "neither policy nor response says how a server answers"
        raise NothingSelected(f"nothing to run: {name} is for your own app ({why}): {NO_APP}")
