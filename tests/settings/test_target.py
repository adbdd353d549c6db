"""Whose server is tested and where it is: the command line, the project's settings, and both."""

import sys
from pathlib import Path

import pytest

from cors_harness.errors import UsageError
from cors_harness.model.subject import (
    AppSubject,
    CommandSubject,
    Reset,
    ResetCommand,
    ResetRequest,
    Subject,
    UrlSubject,
)
from cors_harness.settings.pyproject import ProjectSettings
from cors_harness.settings.target import Target, TargetOptions, target_of
from cors_harness.terms.origin import parse_origin

HERE, PROJECT = Path("/here"), Path("/project")
RUN = "run {port}"
LOCAL = "http://localhost:1"


def target(given: TargetOptions, settings: ProjectSettings | None = None) -> Target:
    return target_of(given, settings or ProjectSettings(), HERE, lambda name: f"--{name}")


def settings_of(**values: object) -> ProjectSettings:
    return ProjectSettings(file=PROJECT / "pyproject.toml", **values)  # type: ignore[arg-type]


def local(port: int) -> UrlSubject:
    return UrlSubject(origin=parse_origin(f"http://localhost:{port}"))


APP = settings_of(app="own:app")
COMMAND = settings_of(command="own {port}", ready="/up")
URL = settings_of(url=parse_origin("http://localhost:2"))
SUBJECTS: dict[str, tuple[TargetOptions, ProjectSettings, Subject | None]] = {
    "nothing": (TargetOptions(), ProjectSettings(), None),
    "app": (TargetOptions(app="a:b"), ProjectSettings(), AppSubject(spec="a:b", folder=HERE)),
    "command": (
        TargetOptions(command=RUN, ready="/x"),
        ProjectSettings(),
        CommandSubject(text=RUN, folder=HERE, ready="/x"),
    ),
    "URL": (TargetOptions(url="http://LOCALHOST:1/"), ProjectSettings(), local(1)),
    "app of the settings": (TargetOptions(), APP, AppSubject(spec="own:app", folder=PROJECT)),
    "command of the settings": (
        TargetOptions(),
        COMMAND,
        CommandSubject(text="own {port}", folder=PROJECT, ready="/up"),
    ),
    "command of the settings, ready otherwise": (
        TargetOptions(ready="/x"),
        COMMAND,
        CommandSubject(text="own {port}", folder=PROJECT, ready="/x"),
    ),
    "URL of the settings": (TargetOptions(), URL, local(2)),
    "app instead of a URL": (TargetOptions(app="a:b"), URL, AppSubject(spec="a:b", folder=HERE)),
    "URL instead of a command": (TargetOptions(url="http://localhost:1"), COMMAND, local(1)),
    "command instead of an app": (
        TargetOptions(command=RUN),
        APP,
        CommandSubject(text=RUN, folder=HERE),
    ),
}


@pytest.mark.parametrize(("given", "settings", "subject"), SUBJECTS.values(), ids=SUBJECTS)
def test_command_line_wins_over_settings(
    given: TargetOptions, settings: ProjectSettings, subject: Subject | None
) -> None:
    assert target(given, settings).subject == subject


def test_origins_are_those_of_the_command_line_else_of_the_settings() -> None:
    settings = settings_of(
        page_origin=parse_origin("https://a.example"),
        server_origin=parse_origin("https://b.example"),
    )
    chosen = target(TargetOptions(server_origin="https://c.example"), settings)
    assert (str(chosen.page), str(chosen.server)) == ("https://a.example", "https://c.example")


OWN_ORIGINS = {
    "local": ("http://localhost:8000", None),
    "local in TLS": ("https://localhost:8443", "https://localhost:8443"),
    "remote": ("http://shop.example.com", "http://shop.example.com"),
    "remote in TLS": ("https://shop.example.com", "https://shop.example.com"),
}


@pytest.mark.parametrize(("url", "origin"), OWN_ORIGINS.values(), ids=OWN_ORIGINS)
def test_server_elsewhere_is_called_by_its_own_name(url: str, origin: str | None) -> None:
    chosen = target(TargetOptions(url=url, yes_remote=True))
    assert chosen.server == (parse_origin(origin) if origin else None)
    other = target(TargetOptions(url=url, server_origin="https://b.example"))
    assert str(other.server) == "https://b.example"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "shop.localhost"])
def test_server_on_this_machine_needs_no_yes(host: str) -> None:
    assert target(TargetOptions(url=f"http://{host}:8000")).confirmed()


@pytest.mark.parametrize("host", ["shop.example.com", "192.168.0.7", "localhost.example.com"])
def test_server_elsewhere_needs_a_yes(host: str) -> None:
    chosen = target(TargetOptions(url=f"http://{host}"))
    with pytest.raises(
        UsageError, match=f"http://{host} is not on this(?s:.*)called: --yes-remote"
    ):
        chosen.confirmed()
    assert target(TargetOptions(url=f"http://{host}", yes_remote=True)).confirmed()


TOLD: dict[str, tuple[TargetOptions, ProjectSettings, bool]] = {
    "as usual": (TargetOptions(url="http://localhost:1"), ProjectSettings(), True),
    "option, URL": (
        TargetOptions(url="http://localhost:1", no_forwarded=True),
        ProjectSettings(),
        False,
    ),
    "option, command": (TargetOptions(command=RUN, no_forwarded=True), ProjectSettings(), False),
    "option, app": (TargetOptions(app="a:b", no_forwarded=True), ProjectSettings(), False),
    "option, and the project's server": (TargetOptions(no_forwarded=True), URL, False),
    "settings": (TargetOptions(command=RUN), settings_of(forwarded=False), False),
    "settings say what is usual": (TargetOptions(), settings_of(app="a:b", forwarded=True), True),
}


@pytest.mark.parametrize(("given", "settings", "told"), TOLD.values(), ids=TOLD)
def test_server_is_told_of_https_unless_that_is_switched_off(
    given: TargetOptions, settings: ProjectSettings, told: bool
) -> None:
    subject = target(given, settings).subject
    assert subject is not None
    assert subject.forwarded is told


RESETS: dict[str, tuple[str, Reset]] = {
    "a path": ("/testing/reset?all=1", ResetRequest(method="POST", path="/testing/reset?all=1")),
    "a method and a path": (
        "put /testing/reset",
        ResetRequest(method="PUT", path="/testing/reset"),
    ),
    "a command": ("./reset.sh --all", ResetCommand(text="./reset.sh --all", folder=HERE)),
    "a command by its whole path": (
        f"{sys.executable}",
        ResetCommand(text=f"{sys.executable}", folder=HERE),
    ),
    "such a command with arguments": (
        "/bin/nothing all",
        ResetCommand(text="/bin/nothing all", folder=HERE),
    ),
}


@pytest.mark.parametrize(("text", "reset"), RESETS.values(), ids=RESETS)
def test_reset_is_a_path_or_a_command(text: str, reset: Reset) -> None:
    for server in (TargetOptions(app="a:b", reset=text), TargetOptions(url=LOCAL, reset=text)):
        chosen = target(server, settings_of(reset=ResetRequest(method="POST", path="/other")))
        assert chosen.subject
        assert (chosen.subject.reset, chosen.takes_turns) == (reset, True)


def test_what_is_asked_of_a_server_comes_from_the_settings_where_it_is_not_typed() -> None:
    reset = ResetCommand(text="./reset.sh", folder=PROJECT)
    settings = settings_of(command=RUN, reset=reset, server_per_engine=True, start_timeout=120)
    subject = target(TargetOptions(), settings).subject
    assert subject
    assert (subject.reset, subject.per_engine, subject.start_timeout_s) == (reset, True, 120)
    typed = target(TargetOptions(start_timeout="7"), settings).subject
    assert typed
    assert typed.start_timeout_s == 7
    usual = target(TargetOptions(app="a:b"))
    assert usual.subject == AppSubject(spec="a:b", folder=HERE, start_timeout_s=60)
    assert not usual.takes_turns


def test_a_reset_of_a_server_that_runs_already_may_take_its_time() -> None:
    subject = target(TargetOptions(url=LOCAL, reset="/x", start_timeout="300")).subject
    assert subject
    assert subject.start_timeout_s == 300


def test_a_url_of_the_command_line_is_not_started_for_each_engine_either() -> None:
    settings = settings_of(app="a:b", server_per_engine=True)
    with pytest.raises(UsageError, match=r"^tool.cors-harness.server-per-engine: goes with --app"):
        target(TargetOptions(url=LOCAL), settings)
    waiting = target(TargetOptions(url=LOCAL), settings_of(app="a:b", start_timeout=7))
    assert waiting.subject, "what starts another server is no matter here"


def test_settings_cannot_say_yes_but_can_be_listed() -> None:
    chosen = target(TargetOptions(), settings_of(url=parse_origin("https://shop.example.com")))
    assert chosen.subject
    with pytest.raises(UsageError, match="yes-remote"):
        chosen.confirmed()


WRONG = {
    "two servers": (
        TargetOptions(app="a:b", url="http://localhost:1"),
        "--app and --url: found 2 servers",
    ),
    "three": (
        TargetOptions(app="a", command="b", url="c"),
        "--app and --command and --url: found 3",
    ),
    "untold, and nobody to tell": (
        TargetOptions(no_forwarded=True),
        "--no-forwarded: goes with a server of yours: --app, --command, --url",
    ),
    "plain URLs of nothing": (
        TargetOptions(plain_urls=True),
        "--plain-urls: goes with a server of yours: --app, --command, --url",
    ),
    "a reset of nothing": (TargetOptions(reset="/x"), "--reset: goes with a server of yours"),
    "a server of nothing for each engine": (
        TargetOptions(server_per_engine=True),
        "--server-per-engine: goes with a server of yours: --app, --command, --url",
    ),
    "time for nothing": (TargetOptions(start_timeout="7"), "--start-timeout: goes with a server"),
    "an empty reset": (
        TargetOptions(app="a:b", reset=" "),
        "--reset: found ' '; expected a path such as /testing/reset, or a command",
    ),
    "a server that runs already, for each engine": (
        TargetOptions(url=LOCAL, server_per_engine=True),
        "--server-per-engine: goes with --app or --command, whose server can be started once for "
        "each engine; the one of --url runs already, one for all\n  --reset brings it back",
    ),
    "time for a server that runs already": (
        TargetOptions(url=LOCAL, start_timeout="7"),
        "--start-timeout: goes with --app or --command, or with --reset; the server of --url runs",
    ),
    "no time": (
        TargetOptions(app="a:b", start_timeout="0"),
        "--start-timeout: found '0'; expected whole seconds from 1 to 86400, such as 120",
    ),
    "minutes": (TargetOptions(app="a:b", start_timeout="2m"), "--start-timeout: found '2m'"),
    "ready alone": (TargetOptions(ready="/"), "--ready: goes with --command"),
    "ready with a URL": (TargetOptions(ready="/", url="http://localhost:1"), "--ready: goes with"),
    "ready that is no path": (
        TargetOptions(command=RUN, ready="up"),
        "--ready: found 'up'; expected a path",
    ),
    "ready with a line end": (TargetOptions(command=RUN, ready="/\r\nX: y"), "expected a path"),
    "URL that is none": (
        TargetOptions(url="localhost:8000"),
        "--url: found 'localhost:8000'; expected http",
    ),
    "empty URL": (TargetOptions(url=""), "--url: found ''; expected http"),
    "origin that is none": (
        TargetOptions(page_origin="a"),
        "--page-origin: found 'a'; expected http",
    ),
}


@pytest.mark.parametrize(("given", "words"), WRONG.values(), ids=WRONG)
def test_options_that_make_no_sense_are_a_usage_error(given: TargetOptions, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        target(given)
    assert words in str(refused.value)


def test_argv_is_what_runs_a_cell_again() -> None:
    given = TargetOptions(command=RUN, ready="/up", page_origin="https://a.example")
    options = ("--command", RUN, "--ready", "/up", "--page-origin", "https://a.example")
    assert given.argv() == options
    state = TargetOptions(app="a:b", reset="/x", start_timeout="7", server_per_engine=True)
    typed = ("--reset", "/x", "--start-timeout", "7", "--server-per-engine")
    assert state.argv() == ("--app", "a:b", *typed)
    remote = TargetOptions(url="https://shop.example.com", yes_remote=True, no_forwarded=True)
    switches = ("--no-forwarded", "--yes-remote")
    assert remote.argv() == ("--url", "https://shop.example.com", *switches)
