"""Playwright's own builds: found in its folder of browsers, without importing or starting it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cors_harness.engine_kinds.kind import EngineKind
from cors_harness.engine_kinds.table import engine_kinds
from cors_harness.engines.found import EngineFound
from cors_harness.engines.registry import channel_driver
from cors_harness.errors import UsageError
from cors_harness.installing.machine import Machine

MARKER = "INSTALLATION_COMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaywrightBuild:
    """A browser that `playwright install` put on this machine.

    Attributes:
        name: Playwright's name of it, such as `chromium-headless-shell`.
        revision: Playwright's own count, such as `1248`.
        version: the browser's version, None where Playwright does not promise one.
        executable: the file that starts it.
    """

    name: str
    revision: str
    version: str | None
    executable: Path


def playwright_package() -> Path | None:
    """The folder of the installed Python package; importing it would cost a third of a second."""
    spec = find_spec("playwright")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else None


def browsers_folder(machine: Machine, package: Path) -> Path:
    """Where Playwright keeps its builds, which PLAYWRIGHT_BROWSERS_PATH can change."""
    named = machine.environment.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named == "0":
        return package / "driver" / "package" / ".local-browsers"
    return Path(named).absolute() if named else _cache_folder(machine) / "ms-playwright"


def wanted_builds(package: Path) -> Mapping[str, Mapping[str, Any]]:
    """What this version of Playwright wants, by name; empty where its list cannot be read."""
    try:
        text = (package / "driver" / "package" / "browsers.json").read_text("utf-8")
        return {entry["name"]: entry for entry in json.loads(text)["browsers"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def find_build(
    machine: Machine, kind: EngineKind, *, headed: bool = False, package: Path | None = None
) -> PlaywrightBuild | None:
    """The best build that is completely installed, in the revision that Playwright wants.

    Args:
        machine: where to look.
        kind: the engine.
        headed: whether it must be able to show its window.
        package: the folder of the Python package; the installed one's by default.
    """
    package = package or playwright_package()
    if package is None:
        return None
    folder, wanted = browsers_folder(machine, package), wanted_builds(package)
    builds = (
        build
        for name in kind.playwright.names(headed=headed)
        for build in _installed(folder, name, kind.playwright.executables[name], wanted)
    )
    return next(builds, None)


def is_playwright_build(executable: Path) -> bool:
    """Whether the file lies in a folder that `playwright install` made."""
    return any((folder / MARKER).is_file() for folder in executable.absolute().parents)


def _cache_folder(machine: Machine) -> Path:
    if machine.platform == "darwin":
        return machine.home / "Library" / "Caches"
    name = "LOCALAPPDATA" if machine.platform == "win32" else "XDG_CACHE_HOME"
    below = ("AppData", "Local") if machine.platform == "win32" else (".cache",)
    given = machine.environment.get(name)
    return Path(given) if given else machine.home.joinpath(*below)


def _installed(
    folder: Path, name: str, patterns: Sequence[str], wanted: Mapping[str, Mapping[str, Any]]
) -> Iterator[PlaywrightBuild]:
    for below, revision, version in _revisions(name, wanted.get(name, {})):
        build_folder = folder / below
        executable = _first_file(build_folder, patterns)
        if executable and (build_folder / MARKER).is_file():
            yield PlaywrightBuild(
                name=name, revision=revision, version=version, executable=executable
            )


def _revisions(name: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    """The folder, revision and version of each build; some systems have revisions of their own."""
    if entry:
        revision = str(entry["revision"])
        yield f"{name.replace('-', '_')}-{revision}", revision, _version(entry)
    for system, revision in entry.get("revisionOverrides", {}).items():
        prefix = f"{name}_{system}_special".replace("-", "_")
        yield f"{prefix}-{revision}", str(revision), None


def _version(entry: Mapping[str, Any]) -> str | None:
    version = entry.get("browserVersion")
    return str(version) if version else None


def _first_file(folder: Path, patterns: Sequence[str]) -> Path | None:
    files = (path for pattern in patterns for path in sorted(folder.glob(pattern)))
    return next((path for path in files if path.is_file()), None)


def engine_of(channel: str) -> str:
    """The engine that a channel is a build of; raises UsageError for a name nobody knows."""
    engine_by_channel = {
        name: kind.name for kind in engine_kinds().values() for name in kind.playwright.channels
    }
    for name, engine in engine_by_channel.items():
        if f"{channel}-".startswith(f"{name}-"):
            return engine
    raise UsageError(
        f"browser channel: found {channel!r}; expected one of {', '.join(engine_by_channel)}"
    )


def find_channel(name: str, channel: str | None) -> EngineFound | None:
    """The channel's browser if it is a build of engine `name`; Playwright looks for the file."""
    if channel is None or engine_of(channel) != name:
        return None
    return EngineFound(
        name=name,
        executable=None,
        driver=channel_driver(name),
        build=f"channel {channel}",
        channel=channel,
    )
