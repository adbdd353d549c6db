"""What subcommands share: how one is declared, the options that select cells, and their checks."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.errors import NothingSelected, UsageError
from cors_harness.settings.pyproject import ProjectSettings, project_settings
from cors_harness.settings.target import Target, TargetOptions, target_of
from cors_harness.shipped_folders import scenarios_folder
from cors_harness.text.nearest import nearest

if TYPE_CHECKING:
    from cors_harness.model.subject import Subject
    from cors_harness.planning.plan import Plan


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
    """PATH..., the scenario files."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        type=Path,
        help="scenario files, or folders of them (default: those that pyproject.toml "
        "names, else ./scenarios if there is one, else those that come with cors-harness)",
    )


def add_browser(parser: argparse.ArgumentParser) -> None:
    """--browser, as often as wanted."""
    parser.add_argument(
        "--browser",
        metavar="NAME",
        action="append",
        default=[],
        help=f"only this browser, repeatable: {', '.join(ENGINE_NAMES)} "
        "(default: those that pyproject.toml names, else all)",
    )


def add_executable(parser: argparse.ArgumentParser) -> None:
    """--browser-executable, as often as wanted."""
    parser.add_argument(
        "--browser-executable",
        metavar="NAME=FILE",
        action="append",
        default=[],
        help="the program file to use for a browser, repeatable: chromium=/opt/chrome/chrome",
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """PATH... and every option that picks cells out of them."""
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
        help="only cells whose name fits, as in pytest: 'put and not webkit'",
    )
    parser.add_argument(
        "--cell",
        metavar="ID",
        action="append",
        default=[],
        help="only this cell, repeatable: 'put-json-allowed[flask-cors-webkit]'",
    )


def add_origins(parser: argparse.ArgumentParser) -> None:
    """--app, --command or --url with what belongs to them, --page-origin and --server-origin."""
    group = parser.add_argument_group(
        "your server, and real origins",
        "What [tool.cors-harness] in pyproject.toml says of them holds where nothing is given.",
    )
    add_subject(group, "your own WSGI or ASGI app instead of the reference servers")
    group.add_argument(
        "--page-origin",
        metavar="ORIGIN",
        help="where the page really is, for the browser: https://app.example.com",
    )
    group.add_argument(
        "--server-origin",
        metavar="ORIGIN",
        help="where the server really is, for the browser: https://api.example.org",
    )


def add_subject(options: "argparse._ActionsContainer", app: str) -> None:
    """--app, which is told as `app`, --command or --url, with what belongs to them."""
    options.add_argument(
        "--app", metavar="MODULE:APP", help=f"{app}: shop:app, 'shop.web:create_app()'"
    )
    options.add_argument(
        "--command",
        metavar="COMMAND",
        help="or what starts your server on the port that stands for {port}: "
        "'gunicorn shop:app -b 127.0.0.1:{port}'",
    )
    options.add_argument(
        "--ready",
        metavar="PATH",
        help="with --command: wait until GET PATH has a status below 500: /healthz "
        "(default: any answer will do)",
    )
    options.add_argument(
        "--url",
        metavar="URL",
        help="or where your server runs already: http://127.0.0.1:8000",
    )
    options.add_argument(
        "--yes-remote",
        action="store_true",
        help="the server of --url is not on this machine, and may be called",
    )


def scenario_paths(args: argparse.Namespace) -> tuple[Path, ...]:
    """The files and folders to load, as given, as the project has it, or by default."""
    if args.paths:
        return tuple(args.paths)
    settings = settings_here()
    if settings.scenarios:
        return settings.scenarios
    folders = [Path("scenarios"), *([settings.folder / "scenarios"] if settings.folder else [])]
    return (next((each for each in folders if each.is_dir()), scenarios_folder()),)


def settings_here() -> ProjectSettings:
    """The settings of the project that the current folder is in; raises UsageError."""
    return project_settings(Path.cwd())


def engine_names(args: argparse.Namespace) -> tuple[str, ...]:
    """The browsers asked for, each once; raises UsageError for one that nobody knows."""
    for name in args.browser:
        check_engine(name, "--browser")
    return tuple(dict.fromkeys(args.browser)) or settings_here().browsers or ENGINE_NAMES


def executables(args: argparse.Namespace) -> dict[str, Path]:
    """Browser name to its file; raises UsageError where NAME=FILE is malformed."""
    return dict(_executable(text) for text in args.browser_executable)


def _executable(text: str) -> tuple[str, Path]:
    option = "--browser-executable"
    name, equals, file = text.partition("=")
    if not equals or not file:
        raise UsageError(
            f"{option}: found {text!r}; expected NAME=FILE\n"
            f"  for example: {option} chromium=/usr/bin/chromium"
        )
    check_engine(name, option)
    return name, Path(file).expanduser()


def check_engine(name: str, option: str) -> None:
    """Raises UsageError, in the name of `option`, unless `name` is an engine."""
    if name not in ENGINE_NAMES:
        near = nearest(name, ENGINE_NAMES)
        hint = f"\n  did you mean {near!r}?" if near else ""
        raise UsageError(
            f"{option}: found {name!r}; expected one of {', '.join(ENGINE_NAMES)}{hint}"
        )


def make_plan_of(args: argparse.Namespace) -> "Plan":
    """The cells that the options of `add_selection` leave."""
    from cors_harness.loading.scenarios import load_scenarios
    from cors_harness.model.server import APPS
    from cors_harness.planning.plan import Selection, make_plan
    from cors_harness.planning.real_origins import relocated
    from cors_harness.serving.all_servers import all_servers

    target = target_here(args)
    selection = Selection(
        servers=tuple(args.server) or (APPS if target.subject else ()),
        engines=engine_names(args),
        cells=tuple(args.cell),
        keyword=args.keyword,
    )
    scenarios = relocated(load_scenarios(scenario_paths(args)), target.page, target.server)
    plan = make_plan(scenarios, all_servers(subject=target.subject), selection)
    _check_app(plan)
    return plan


def place_options(args: argparse.Namespace) -> tuple[str, ...]:
    """The options that a cell cannot be run again without: whose server, on which origins."""
    return given(args).words()


def target_here(args: argparse.Namespace) -> Target:
    """The user's server and the real origins, by the options of `add_origins` and the settings."""
    return target_of(given(args), settings_here(), Path.cwd(), lambda name: f"--{name}")


def subject_of(args: argparse.Namespace) -> "Subject | None":
    """The user's server; raises UsageError where it may not be called without --yes-remote."""
    return target_here(args).confirmed()


def given(args: argparse.Namespace) -> TargetOptions:
    """What the options of `add_origins` say of the user's server and the real origins."""
    return TargetOptions(
        app=args.app,
        command=args.command,
        ready=args.ready,
        url=args.url,
        page_origin=args.page_origin,
        server_origin=args.server_origin,
        yes_remote=args.yes_remote,
    )


def _check_app(plan: "Plan") -> None:
    """Raises NothingSelected where all that is there to run is for an app that is not given."""
    from cors_harness.model.subject import NO_APP

    if not plan.cells and all(skip.reason == NO_APP for skip in plan.skips):
        name = plan.skips[0].cell.scenario.id
        why = "neither policy nor response says how a server answers"
        raise NothingSelected(f"nothing to run: {name} is for your own app ({why}): {NO_APP}")
