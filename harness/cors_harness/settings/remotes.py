"""Remotes: the browsers somewhere else that options and settings name, and their capabilities."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cors_harness.errors import UsageError
from cors_harness.loading.files import reader_name
from cors_harness.model.remote import OPTION, Remote, RemoteError, remote_of
from cors_harness.terms.secrets import redacted
from cors_harness.text.json_values import BOM, MIB, JsonError, JsonLimits, json_value
from cors_harness.text.problems import did_you_mean
from cors_harness.text.toml_values import toml_table

LIMITS = JsonLimits(most_bytes=MIB)


def remotes_of(
    typed: Iterable[str], files: Iterable[str], project: Mapping[str, Remote], here: Path
) -> Mapping[str, Remote]:
    """The remote browsers by name: the project's, then those that were typed.

    Args:
        typed: `NAME=URL` each; one of the project's name stands in its place.
        files: `NAME=FILE` each, of capabilities.
        project: those of the project's settings.
        here: the folder that files count from.

    Raises:
        UsageError: one names no remote browser, or no capabilities that can be read.
    """
    remotes = dict(project)
    for text in typed:
        name, url = _pair(text, "--remote", "NAME=URL", OPTION)
        before = remotes.get(name)
        try:
            remotes[name] = remote_of(name, url, before.capabilities if before else None)
        except RemoteError as error:
            raise UsageError(f"--remote: {error}") from error
    for text in files:
        name, file = _pair(text, "--capabilities", "NAME=FILE", "safari=safari.toml")
        if name not in remotes:
            hint = did_you_mean(name, remotes, "\n  ")
            known = f"one of {', '.join(remotes)}" if remotes else "the NAME of a --remote"
            raise UsageError(f"--capabilities: found {name!r}; expected {known}{hint}")
        capabilities = read_capabilities(here / Path(file).expanduser())
        remote = remotes[name]
        both = {**remote.capabilities, **capabilities}
        remotes[name] = replace(remote, capabilities=both)
    return remotes


def read_capabilities(file: Path) -> Mapping[str, Any]:
    """The capabilities in a file of JSON or TOML; raises UsageError where it has none."""
    where = f"--capabilities: {reader_name(file)}"
    try:
        with file.open("rb") as opened:
            data = opened.read(LIMITS.most_bytes + 1)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise UsageError(f"{where}: {why}; expected a file of JSON or TOML") from error
    is_json = data.removeprefix(BOM).lstrip().startswith(b"{")
    try:
        table = json_value(data, LIMITS) if is_json else toml_table(data, LIMITS)
    except JsonError as error:
        name = "JSON" if is_json else "TOML"
        problem = error.flaws[0].problem(f"--capabilities: {reader_name(file)}")
        raise UsageError(f"{problem}\n  it is read as {name}, and is to be JSON or TOML") from error
    if problem := capabilities_problem(table):
        raise UsageError(f"{where}: found {problem}; expected a table of capabilities by name")
    return dict(table)


def capabilities_problem(table: object) -> str:
    """What is wrong with a table of capabilities; empty: nothing, as far as can be told."""
    if not isinstance(table, Mapping):
        return f"{type(table).__name__}"
    if nested := {"capabilities", "alwaysMatch", "firstMatch", "desiredCapabilities"} & {*table}:
        return f"{min(nested)!r}, which the harness itself writes around them"
    try:
        json.dumps(table, allow_nan=False)
    except (TypeError, ValueError) as error:  # a date of TOML; NaN
        return f"a value that JSON has not ({error})"
    return ""


def _pair(text: str, option: str, shape: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        shown = redacted(text)
        raise UsageError(
            f"{option}: found {shown!r}; expected {shape}\n  for example: {option} {example}"
        )
    return name.strip(), value.strip()
