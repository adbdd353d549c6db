"""Invocation: all that one command line asks for, completed by the settings of the project.

Both doors, the command line and the pytest plugin, put what was typed into `GivenOptions` and make
one `Invocation` of it and of the project's settings; nobody reads either of them a second time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.errors import UsageError
from cors_harness.model.change import ChangeClass, UnknownClass, classes_named
from cors_harness.model.remote import Remote
from cors_harness.model.server import APPS
from cors_harness.model.shard import Shard
from cors_harness.planning.plan import Selection
from cors_harness.planning.shards import parse_shard
from cors_harness.settings.advertise import AdvertiseError, advertised_host
from cors_harness.settings.driver import DRIVER_NAMES, PLAYWRIGHT
from cors_harness.settings.pyproject import ProjectSettings
from cors_harness.settings.remotes import remotes_of
from cors_harness.settings.server_values import SESSIONS, sessions_of
from cors_harness.settings.target import OptionName, Target, TargetOptions, target_of
from cors_harness.shipped_folders import scenarios_folder
from cors_harness.text.problems import did_you_mean

DEFAULT_TIMEOUT = "10000"
DEFAULT_FAIL_ON = ChangeClass.WIDENED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenOptions:
    """Options as they were typed; None, empty or False: not given.

    A door that lacks an option leaves it so.

    Attributes:
        argv: the whole command line, without the program's name.
        paths: scenario files and folders of them.
        target: the user's server and the real origins.
        servers, browsers, cells, keyword: as in `Selection`.
        shard: `2/5`, a part of what these select.
        recorded: journals, and folders of them, to be taken instead of a run.
        executables: `NAME=FILE` each.
        remotes: `NAME=URL` each.
        capabilities: `NAME=FILE` each, of remote browsers.
        sessions: how many of each remote browser share its pages, at most.
        channel: a browser by Playwright's name for it.
        driver: what drives a stock Firefox, `bidi` or `playwright`.
        timeout: milliseconds that a request may take.
        baseline: the file that `check` reads or `record` writes.
        fail_on: classes of changes, with commas between them.
        journal: the file that keeps the run.
        advertise: the host by which browsers on other machines call this one.
        keep_secrets: whether secrets of the user's server are recorded as they are.
    """

    argv: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    target: TargetOptions = field(default_factory=TargetOptions)
    servers: tuple[str, ...] = ()
    browsers: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    keyword: str | None = None
    shard: str | None = None
    recorded: tuple[Path, ...] = ()
    executables: tuple[str, ...] = ()
    remotes: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    sessions: str | None = None
    channel: str | None = None
    driver: str | None = None
    headed: bool = False
    isolated: bool = False
    allow_missing: bool = False
    install_browsers: bool = False
    install_servers: bool = False
    timeout: str = DEFAULT_TIMEOUT
    baseline: Path | None = None
    fail_on: str | None = None
    journal: Path | None = None
    advertise: str | None = None
    keep_secrets: bool = False

    def rerun_argv(self) -> tuple[str, ...]:
        """What `cors-harness run` has to be told so that a cell is the same again."""
        repeated = {"--remote": self.remotes, "--capabilities": self.capabilities}
        pairs = ((name, value) for name, values in repeated.items() for value in values)
        advertised = ("--advertise", self.advertise) if self.advertise else ()
        return (*self.target.argv(), *(word for pair in pairs for word in pair), *advertised)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What is asked for.

    Attributes:
        options: what was typed, for commands that are shown to the user.
        project: the settings of `pyproject.toml`.
        target: the user's server and the real origins.
        selection: which cells of the scenarios are meant.
        shard: which part of those; None: all of them.
        scenario_paths: the files and folders to load.
        baseline: the file that was named; None: the one beside the scenarios.
        executables: engine name to the program file to use for it.
        remotes: browsers somewhere else, by the names of their columns.
        sessions: of each of these how many share its pages, at most.
        by_playwright: whether Playwright drives a stock browser wherever it can.
        timeout_ms: milliseconds that a request may take.
        fail_on: the classes of changes that fail a comparison.
        advertise: the host by which browsers on other machines call this one, as a URL has it;
            empty: everything stays on loopback.
    """

    options: GivenOptions
    project: ProjectSettings
    target: Target
    selection: Selection
    shard: Shard | None
    scenario_paths: tuple[Path, ...]
    baseline: Path | None
    executables: Mapping[str, Path]
    remotes: Mapping[str, Remote]
    sessions: Mapping[str, int]
    by_playwright: bool
    timeout_ms: int
    fail_on: frozenset[ChangeClass]
    advertise: str = ""


def make_invocation(
    options: GivenOptions, project: ProjectSettings, here: Path, option_name: OptionName
) -> Invocation:
    """What `options` ask for, and `project` where they say nothing.

    Args:
        options: the command line.
        project: the project's settings.
        here: the folder that the command line counts from.
        option_name: how the front door calls an option of the target: `url` as `--cors-url`.

    Raises:
        UsageError: the options contradict each other, or a value makes no sense.
    """
    target = target_of(options.target, project, here, option_name)
    remotes = remotes_of(options.remotes, options.capabilities, project.remote, here)
    executables = dict(_executable(text, remotes) for text in options.executables)
    return Invocation(
        options=options,
        project=project,
        target=target,
        selection=Selection(
            servers=options.servers or (APPS if target.subject else ()),
            engines=_columns(options, project, remotes),
            cells=options.cells,
            keyword=options.keyword,
        ),
        shard=_shard(options, option_name("shard")),
        scenario_paths=_scenario_paths(options, project),
        baseline=options.baseline or project.baseline,
        executables=executables,
        remotes=remotes,
        sessions=_sessions(options, project, remotes, option_name),
        by_playwright=_driver(options, project) == PLAYWRIGHT,
        timeout_ms=_milliseconds(options.timeout),
        fail_on=_failing_classes(options, project),
        advertise=_advertise(options, project, remotes, option_name),
    )


def _shard(options: GivenOptions, option: str) -> Shard | None:
    if options.shard is None:
        return None
    if options.recorded:
        raise UsageError(
            f"{option}: found it beside --from; expected one of them\n"
            f"  run a part with {option}, and take all parts together with --from"
        )
    return parse_shard(options.shard, option)


def check_engine(name: str, option: str, remotes: Iterable[str] = ()) -> None:
    """Raises UsageError, in the name of `option`, unless `name` is an engine, or of `remotes`."""
    known = tuple(dict.fromkeys((*ENGINE_NAMES, *remotes)))
    if name not in known:
        hint = did_you_mean(name, known, "\n  ")
        raise UsageError(f"{option}: found {name!r}; expected one of {', '.join(known)}{hint}")


def _columns(
    options: GivenOptions, project: ProjectSettings, remotes: Mapping[str, Remote]
) -> tuple[str, ...]:
    """The columns of a run, each once: those of --browser, else all, remote ones last.

    Where the project names browsers, a remote one of the project has to be named among them.
    """
    for name in options.browsers:
        check_engine(name, "--browser", remotes)
    if options.browsers:
        return tuple(dict.fromkeys(options.browsers))
    beside = [name for name in remotes if not project.browsers or name not in project.remote]
    return tuple(dict.fromkeys((*(project.browsers or ENGINE_NAMES), *beside)))


def _executable(text: str, remotes: Mapping[str, Remote]) -> tuple[str, Path]:
    option = "--browser-executable"
    name, equals, file = text.partition("=")
    if not equals or not file:
        raise UsageError(
            f"{option}: found {text!r}; expected NAME=FILE\n"
            f"  for example: {option} chromium=/usr/bin/chromium"
        )
    check_engine(name, option)
    if name in remotes:
        raise UsageError(f"{option}: found {name}, which --remote names too; expected one of them")
    return name, Path(file).expanduser()


def _advertise(
    options: GivenOptions,
    project: ProjectSettings,
    remotes: Mapping[str, Remote],
    option_name: OptionName,
) -> str:
    if options.advertise is None:
        return project.advertise if remotes else ""
    option = option_name("advertise")
    if not remotes:
        browser = option_name("remote")
        raise UsageError(
            f"{option}: goes with a browser on another machine, and there is none\n"
            f"  name it by {browser} NAME=URL"
        )
    try:
        return advertised_host(options.advertise)
    except AdvertiseError as error:
        raise UsageError(f"{option}: {error}") from error


def _sessions(
    options: GivenOptions,
    project: ProjectSettings,
    remotes: Mapping[str, Remote],
    option_name: OptionName,
) -> Mapping[str, int]:
    if options.sessions is None:
        return dict.fromkeys(remotes, project.sessions) if project.sessions else {}
    option = option_name("sessions")
    count = sessions_of(options.sessions)
    if count is None:
        raise UsageError(f"{option}: found {options.sessions!r}; expected {SESSIONS}")
    if not remotes:
        raise UsageError(
            f"{option}: found it without {option_name('remote')}; a browser of this machine is one"
            " process, in which several pages run side by side"
        )
    return dict.fromkeys(remotes, count)


def _driver(options: GivenOptions, project: ProjectSettings) -> str | None:
    """The driver of stock browsers, as it was named."""
    name = options.driver
    if name is not None and name not in DRIVER_NAMES:
        hint = did_you_mean(name, DRIVER_NAMES, "\n  ")
        raise UsageError(f"--driver: found {name!r}; expected {' or '.join(DRIVER_NAMES)}{hint}")
    return name or project.driver


def _scenario_paths(options: GivenOptions, project: ProjectSettings) -> tuple[Path, ...]:
    if paths := options.paths or project.scenarios:
        return paths
    folders = [Path("scenarios"), *([project.folder / "scenarios"] if project.folder else [])]
    return (next((folder for folder in folders if folder.is_dir()), scenarios_folder()),)


def _milliseconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise UsageError(f"--timeout: found {text!r}; expected milliseconds, such as 10000")
    return int(text)


def _failing_classes(options: GivenOptions, project: ProjectSettings) -> frozenset[ChangeClass]:
    if options.fail_on is None and project.fail_on is not None:
        return frozenset(project.fail_on)
    text = DEFAULT_FAIL_ON if options.fail_on is None else options.fail_on
    names = [name.strip() for name in text.split(",") if name.strip()] or [text]
    try:
        return frozenset(classes_named(names))
    except UnknownClass as wrong:
        message = f"--fail-on: found {wrong.found!r}; expected {wrong.expected}"
        raise UsageError("\n  ".join(filter(None, (message, wrong.hint)))) from wrong
