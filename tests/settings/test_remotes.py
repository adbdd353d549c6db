"""Remote browsers as options and as settings, their capabilities, and the columns of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.errors import UsageError
from cors_harness.settings.invocation import GivenOptions, Invocation, make_invocation
from cors_harness.settings.pyproject import ProjectSettings, project_settings
from cors_harness.settings.remotes import read_capabilities, remotes_of

SAFARI, EDGE = "safari=http://mac.local:4444", "edge-windows=http://127.0.0.1:9515"
PROJECT = """\
[tool.cors-harness]
{keys}
remote = {{safari = "http://mac.local:4444", edge = "http://win.local:9515"}}
[tool.cors-harness.capabilities.edge]
"ms:edgeOptions" = {{args = ["--headless=new"]}}
"""
EDGE_OPTIONS = {"ms:edgeOptions": {"args": ["--headless=new"]}}


def invocation(folder: Path, options: GivenOptions, project: str | None = None) -> Invocation:
    settings = ProjectSettings()
    if project is not None:
        (folder / "pyproject.toml").write_text(project)
        settings = project_settings(folder)
    return make_invocation(options, settings, folder, lambda name: f"--{name}")


@pytest.mark.parametrize(
    ("options", "project", "columns"),
    [
        (GivenOptions(remotes=(SAFARI,)), None, (*ENGINE_NAMES, "safari")),
        (GivenOptions(remotes=(SAFARI, EDGE), browsers=("safari",)), None, ("safari",)),
        (GivenOptions(remotes=("webkit=http://mac:1",)), None, ENGINE_NAMES),
        (GivenOptions(), "", (*ENGINE_NAMES, "safari", "edge")),
        (GivenOptions(), 'browsers = ["firefox"]', ("firefox",)),
        (GivenOptions(), 'browsers = ["firefox", "safari"]', ("firefox", "safari")),
        (GivenOptions(remotes=(EDGE,)), 'browsers = ["firefox"]', ("firefox", "edge-windows")),
        (GivenOptions(browsers=("edge",)), 'browsers = ["firefox"]', ("edge",)),
    ],
    ids=[
        "beside the local ones",
        "picked by --browser",
        "in the place of a local one",
        "of the project",
        "left out by the project",
        "named by the project",
        "typed, beside those of the project",
        "of the project, picked by --browser",
    ],
)
def test_columns_of_a_run(
    tmp_path: Path, options: GivenOptions, project: str | None, columns: tuple[str, ...]
) -> None:
    text = None if project is None else PROJECT.format(keys=project)
    assert invocation(tmp_path, options, text).selection.engines == columns


def test_project_gives_capabilities_and_a_typed_url_takes_them_over(tmp_path: Path) -> None:
    options = GivenOptions(remotes=("edge=http://me:key@other:1",))
    remotes = invocation(tmp_path, options, PROJECT.format(keys="")).remotes
    assert remotes["edge"].url == "http://other:1"
    assert remotes["edge"].capabilities == EDGE_OPTIONS
    assert remotes["safari"].capabilities == {}


WRONG_PROJECTS = {
    "no table": ('remote = ["http://mac:1"]', "remote: found a list; expected a table"),
    "no string": ("remote = {safari = 4444}", "found a number for 'safari'; expected a string"),
    "no browser": ('remote = {mac = "http://mac:1"}', "found 'mac'; expected small letters"),
    "no url": ('remote = {safari = "mac"}', "found 'mac'; expected the URL of a WebDriver"),
    "key in the url": ('remote = {safari = "me:key@mac"}', "found '***'; expected the URL"),
    "browser of no remote": (
        'browsers = ["safari"]',
        "found 'safari'; expected any of chromium, firefox, webkit, or a name in remote",
    ),
    "capabilities of no remote": (
        'remote = {safari = "http://mac:1"}\ncapabilities = {safary = {}}',
        "found 'safary'; expected a name in remote",
    ),
    "capabilities are no table": ("capabilities = {safari = 1}", "found int for 'safari'"),
    "capabilities in a wrapper": (
        "capabilities = {safari = {alwaysMatch = {}}}",
        "found 'alwaysMatch', which the harness itself writes around them for 'safari'",
    ),
}


@pytest.mark.parametrize(("keys", "message"), WRONG_PROJECTS.values(), ids=WRONG_PROJECTS)
def test_setting_that_names_no_remote_browser_is_told(
    tmp_path: Path, keys: str, message: str
) -> None:
    with pytest.raises(UsageError) as refused:
        invocation(tmp_path, GivenOptions(), f"[tool.cors-harness]\n{keys}\n")
    assert message in str(refused.value)


WRONG_OPTIONS = {
    "no equals sign": (GivenOptions(remotes=("http://mac:1",)), "expected NAME=URL"),
    "no name": (GivenOptions(remotes=("=http://mac:1",)), "expected NAME=URL"),
    "no url": (GivenOptions(remotes=("safari=",)), "expected NAME=URL"),
    "no browser": (GivenOptions(remotes=("mac=http://mac:1",)), "--remote: found 'mac'"),
    "unknown column": (
        GivenOptions(remotes=(SAFARI,), browsers=("safary",)),
        "--browser: found 'safary'; expected one of chromium, firefox, webkit, safari",
    ),
    "two browsers of one name": (
        GivenOptions(remotes=("webkit=http://mac:1",), executables=("webkit=/bin/true",)),
        "found webkit, which --remote names too",
    ),
    "capabilities of no remote": (
        GivenOptions(remotes=(SAFARI,), capabilities=("safary=x.json",)),
        "--capabilities: found 'safary'; expected one of safari",
    ),
    "capabilities alone": (
        GivenOptions(capabilities=("safari=x.json",)),
        "expected the NAME of a --remote",
    ),
    "no such file": (
        GivenOptions(remotes=(SAFARI,), capabilities=("safari=gone.json",)),
        "gone.json: No such file or directory; expected a file of JSON or TOML",
    ),
}


@pytest.mark.parametrize(("options", "message"), WRONG_OPTIONS.values(), ids=WRONG_OPTIONS)
def test_option_that_names_no_remote_browser_is_told(
    tmp_path: Path, options: GivenOptions, message: str
) -> None:
    with pytest.raises(UsageError) as refused:
        invocation(tmp_path, options)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "capabilities"),
    [
        ('{"ms:edgeOptions": {"args": ["--headless=new"]}}', EDGE_OPTIONS),
        ('["ms:edgeOptions"]\nargs = ["--headless=new"]', EDGE_OPTIONS),
        ("", {}),
        ("webSocketUrl = false", {"webSocketUrl": False}),
    ],
    ids=["json", "toml that begins with a bracket", "nothing", "toml"],
)
def test_capabilities_are_read_as_json_or_toml(
    tmp_path: Path, text: str, capabilities: Mapping[str, Any]
) -> None:
    (tmp_path / "caps").write_text(text)
    remotes = remotes_of((SAFARI,), ("safari=caps",), {}, tmp_path)
    assert remotes["safari"].capabilities == capabilities


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "caps:1:2: found the end of the text; expected a key in double quotes\n"),
        (
            b"a = 1\n<html>",
            "caps:2:1: found Invalid statement; expected valid TOML\n",
        ),
        (b"a = 1\na = 2", "caps:2: found Cannot overwrite a value; expected valid TOML"),
        (b"\xff", "caps:1:1: found the byte 0xFF; expected UTF-8"),
        (b'{"a": NaN}', "caps:1:7: found 'NaN'; expected a number that a float can have"),
        (b"a = nan", "found a number without end"),
        (b"a = " + b"1" * 5000, "found a number or date that is none"),
        (b"day = 2026-11-30", "a value that JSON has not"),
        (b'{"capabilities": {}}', "found 'capabilities', which the harness itself writes"),
        (b"a = 1\n" + b"#" * 2**20, "more than 1 MiB"),
        (b"a = " + b"[" * 100_000, "found tables and lists more than 100 deep"),
        (b'{"a":' * 100_000, "found lists and objects more than 100 deep; expected at most that"),
    ],
    ids=[
        *("cut", "html", "twice", "bytes", "NaN", "nan", "digits", "date", "wrapped", "large"),
        *("deep toml", "deep json"),
    ],
)
def test_capabilities_that_are_none_are_told(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "caps").write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read_capabilities(tmp_path / "caps")
    assert message in str(refused.value)


def test_folder_has_no_capabilities(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Is a directory"):
        read_capabilities(tmp_path)
