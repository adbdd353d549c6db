"""One value with all that a command line asks for: its options, else the project's settings."""

import dataclasses
import re
from pathlib import Path

import pytest

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.errors import UsageError
from cors_harness.model.change import ChangeClass
from cors_harness.model.server import APPS
from cors_harness.settings.invocation import GivenOptions, Invocation, make_invocation
from cors_harness.settings.pyproject import ProjectSettings
from cors_harness.settings.target import TargetOptions
from cors_harness.shipped_folders import scenarios_folder

HERE, PROJECT_FOLDER = Path("/here"), Path("/project")
PROJECT = ProjectSettings(
    file=PROJECT_FOLDER / "pyproject.toml",
    app="shop:app",
    scenarios=(PROJECT_FOLDER / "cors",),
    baseline=PROJECT_FOLDER / "accepted.txt",
    browsers=("firefox",),
    fail_on=(ChangeClass.NARROWED,),
)


def invocation(
    options: GivenOptions | None = None, project: ProjectSettings | None = None
) -> Invocation:
    return make_invocation(
        options or GivenOptions(), project or ProjectSettings(), HERE, lambda name: f"--{name}"
    )


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_project_says_what_no_option_says() -> None:
    asked = invocation(project=PROJECT)
    assert asked.target.subject
    assert asked.selection.servers == APPS
    assert asked.selection.engines == ("firefox",)
    assert asked.scenario_paths == (PROJECT_FOLDER / "cors",)
    assert asked.baseline == PROJECT_FOLDER / "accepted.txt"
    assert asked.fail_on == {ChangeClass.NARROWED}


def test_options_win_over_the_project() -> None:
    options = GivenOptions(
        paths=(Path("a.yaml"),),
        target=TargetOptions(page_origin="https://a.example"),
        servers=("flask-cors",),
        browsers=("webkit", "chromium", "webkit"),
        cells=("x",),
        keyword="put",
        baseline=Path("b.txt"),
        fail_on="cheaper",
        timeout="5",
    )
    asked = invocation(options, PROJECT)
    assert str(asked.target.page) == "https://a.example"
    assert asked.selection.servers == ("flask-cors",)
    assert asked.selection.engines == ("webkit", "chromium")
    assert (asked.selection.cells, asked.selection.keyword) == (("x",), "put")
    assert asked.scenario_paths == (Path("a.yaml"),)
    assert asked.baseline == Path("b.txt")
    assert asked.fail_on == {ChangeClass.CHEAPER}
    assert asked.timeout_ms == 5
    assert asked.options == options


def test_without_either_it_is_everything_on_reference_servers() -> None:
    asked = invocation()
    assert (asked.target.subject, asked.baseline) == (None, None)
    assert (asked.selection.servers, asked.selection.engines) == ((), ENGINE_NAMES)
    assert asked.scenario_paths == (scenarios_folder(),)
    assert asked.timeout_ms == 10_000


def test_folder_scenarios_is_loaded_where_nothing_is_named() -> None:
    Path("scenarios").mkdir()
    assert invocation().scenario_paths == (Path("scenarios"),)


def test_executables_are_by_engine() -> None:
    options = GivenOptions(executables=("chromium=/opt/chrome", "webkit=~/webkit"))
    assert invocation(options).executables == {
        "chromium": Path("/opt/chrome"),
        "webkit": Path.home() / "webkit",
    }


def test_driver_of_the_project_holds_unless_another_is_chosen() -> None:
    project = dataclasses.replace(PROJECT, driver="playwright")
    assert not invocation().by_playwright
    assert invocation(project=project).by_playwright
    assert not invocation(GivenOptions(driver="bidi"), project).by_playwright
    assert invocation(GivenOptions(driver="playwright")).by_playwright


WRONG = {
    "driver": (
        GivenOptions(driver="playwrigth"),
        "--driver: found 'playwrigth'; expected bidi or playwright\n  did you mean 'playwright'?",
    ),
    "browser": (
        GivenOptions(browsers=("webkti",)),
        "--browser: found 'webkti'; expected one of chromium, firefox, webkit\n"
        "  did you mean 'webkit'?",
    ),
    "executable without a name": (
        GivenOptions(executables=("/usr/bin/chromium",)),
        "--browser-executable: found '/usr/bin/chromium'; expected NAME=FILE\n",
    ),
    "executable without a file": (
        GivenOptions(executables=("chromium=",)),
        "--browser-executable: found 'chromium='; expected NAME=FILE\n",
    ),
    "executable of no engine": (
        GivenOptions(executables=("opera=/x",)),
        "--browser-executable: found 'opera'; expected one of chromium",
    ),
    "timeout": (
        GivenOptions(timeout="1s"),
        "--timeout: found '1s'; expected milliseconds, such as 10000",
    ),
    "target": (GivenOptions(target=TargetOptions(ready="/")), "--ready: goes with --command"),
}


@pytest.mark.parametrize(("options", "message"), WRONG.values(), ids=WRONG)
def test_option_that_makes_no_sense_is_a_usage_error(options: GivenOptions, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        invocation(options)
    assert str(refused.value).startswith(message)


# --fail-on


CLASSES: dict[str, tuple[str | None, set[str]]] = {
    "not given": (None, {"widened"}),
    "one": ("narrowed", {ChangeClass.NARROWED}),
    "several": ("widened,costlier", {ChangeClass.WIDENED, ChangeClass.COSTLIER}),
    "spaces and a comma too many": (" widened , cosmetic,", {"widened", "cosmetic"}),
    "with a hyphen": ("engine-changed", {ChangeClass.ENGINE_CHANGED}),
    "none": ("none", set()),
    "any": ("any", set(ChangeClass)),
}
WRONG_CLASSES = {
    "misspelt": ("widend", "found 'widend'", "did you mean 'widened'?"),
    "other case": ("Widened", "found 'Widened'", "did you mean 'widened'?"),
    "one of two": ("widened,narow", "found 'narow'", "did you mean 'narrowed'?"),
    "nothing like it": ("zebra", "found 'zebra'", "expected some of widened, narrowed"),
    "nothing": ("", "found ''", "expected some of"),
    "any with another": ("any,widened", "found 'any'", "any stands alone"),
}


@pytest.mark.parametrize(("text", "classes"), CLASSES.values(), ids=CLASSES)
def test_failing_classes(text: str | None, classes: set[str]) -> None:
    assert invocation(GivenOptions(fail_on=text)).fail_on == classes


@pytest.mark.parametrize(("text", "problem", "hint"), WRONG_CLASSES.values(), ids=WRONG_CLASSES)
def test_unknown_class_is_refused_with_the_nearest(text: str, problem: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        invocation(GivenOptions(fail_on=text))
    assert problem in str(caught.value)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    "classes",
    [
        pytest.param((ChangeClass.NARROWED, ChangeClass.COSTLIER), id="some"),
        pytest.param((), id="none"),
        pytest.param(tuple(ChangeClass), id="any"),
    ],
)
def test_the_projects_classes_fail_unless_the_command_line_names_others(
    classes: tuple[ChangeClass, ...],
) -> None:
    project = ProjectSettings(fail_on=classes)
    assert invocation(project=project).fail_on == frozenset(classes)
    assert invocation(GivenOptions(fail_on="cheaper"), project).fail_on == {ChangeClass.CHEAPER}


AWAY = "safari-mac=http://mac.lan:4444"


def test_advertised_host_is_the_options_else_the_projects() -> None:
    project = ProjectSettings(advertise="devbox.lan")
    typed = GivenOptions(remotes=(AWAY,), advertise="FD00::2")
    assert invocation(typed, project).advertise == "[fd00::2]"
    assert invocation(GivenOptions(remotes=(AWAY,)), project).advertise == "devbox.lan"
    assert not invocation(GivenOptions(), project).advertise


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (GivenOptions(advertise="devbox.lan"), "--advertise: goes with a browser on another"),
        (GivenOptions(remotes=(AWAY,), advertise="devbox:80"), "--advertise: found 'devbox:80'"),
    ],
)
def test_host_that_nobody_could_call_is_a_usage_error(options: GivenOptions, message: str) -> None:
    with pytest.raises(UsageError) as error:
        invocation(options)
    assert message in str(error.value)


GRID = ("chrome=http://127.0.0.1:4444", "firefox-grid=http://127.0.0.1:4444")


def test_sessions_are_those_of_each_remote_browser() -> None:
    asked = invocation(GivenOptions(remotes=GRID, sessions="4"))
    assert asked.sessions == {"chrome": 4, "firefox-grid": 4}
    assert invocation(GivenOptions(remotes=GRID)).sessions == {}


def test_sessions_of_the_project_are_those_of_what_is_typed_too() -> None:
    project = ProjectSettings(sessions=3)
    assert invocation(GivenOptions(remotes=GRID[:1]), project).sessions == {"chrome": 3}
    assert invocation(project=project).sessions == {}
    options = GivenOptions(remotes=GRID[:1], sessions="1")
    assert invocation(options, project).sessions == {"chrome": 1}


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "", "1000"])
def test_sessions_must_be_a_number(text: str) -> None:
    expected = f"--sessions: found {text!r}; expected a whole number from 1 to 999, such as 4"
    with pytest.raises(UsageError, match=re.escape(expected)):
        invocation(GivenOptions(remotes=GRID, sessions=text))


def test_sessions_without_a_remote_browser_are_refused() -> None:
    with pytest.raises(UsageError, match="--sessions: found it without --remote; a browser of"):
        invocation(GivenOptions(sessions="2"))
