"""Provision: which browser on this machine is an engine, and how a missing one is installed.

The order is always: the file that the user names, Playwright's own build, a system build. An
engine is never replaced by another one.
"""

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.engines.found import Driver, EngineFound
from cors_harness.engines.playwright_builds import (
    SHELL,
    PlaywrightBuild,
    browsers_folder,
    find_build,
    is_playwright_build,
    playwright_package,
)
from cors_harness.engines.system_builds import candidates, describe, starts_a_snap
from cors_harness.engines.tools import missing_tools
from cors_harness.errors import EngineMissing, UsageError
from cors_harness.installing.install import (
    download,
    install_packages,
    install_tools,
    playwright_install,
)
from cors_harness.installing.machine import Machine, this_machine
from cors_harness.installing.packages import apt_install, likely_packages

SYSTEM_DRIVERS: Mapping[str, Driver] = {
    "chromium": Driver.PLAYWRIGHT,
    "firefox": Driver.BIDI,
    "webkit": Driver.MINIBROWSER,
}
WANTED_IN_WORDS: Mapping[str, str] = {
    "chromium": "Chromium, Chrome or Edge",
    "firefox": "Firefox",
    "webkit": "MiniBrowser of WebKitGTK",
}


def find_engine(
    name: str,
    executable: Path | None = None,
    *,
    headed: bool = False,
    machine: Machine | None = None,
) -> EngineFound:
    """The browser to use for `name`, without starting a window.

    Args:
        name: `chromium`, `firefox` or `webkit`.
        executable: the browser's file as the user names it; nothing else is then looked at.
        headed: whether it must be able to show its window.
        machine: where to look; this machine by default.

    Raises:
        EngineMissing: there is none; says what was looked at and what to type.
        UsageError: `name` is no engine, or `executable` cannot be started.
    """
    if name not in ENGINE_NAMES:
        raise UsageError(f"{name!r} is not an engine; expected {', '.join(ENGINE_NAMES)}")
    machine = machine or this_machine()
    if executable is not None:
        return _named_by_user(machine, name, executable)
    build = find_build(machine, _build_names(name, headed=headed))
    if build is not None:
        return _of_playwright(name, build)
    return _of_system(machine, name, headed=headed)


def install_engines(
    names: Sequence[str], say: Callable[[str], None], *, machine: Machine | None = None
) -> None:
    """Installs those of `names` that are missing: Playwright's builds, else the distribution's.

    What an engine needs beside it for real origins comes along; where that cannot be had, the
    engine still counts as installed.

    Args:
        names: engines.
        say: takes one line at a time: every command before it runs, and what came of it.
        machine: where to look; this machine by default.

    Raises:
        EngineMissing: one cannot be had here; says what to type.
    """
    machine = machine or this_machine()
    missing = _missing(machine, names)
    if missing:
        download(machine, missing, say)
        missing = _missing(machine, missing)
    why = install_packages(machine, missing, say) if missing else {}
    found = [_installed(machine, name, why) for name in names]
    tools = missing_tools(machine, found)
    if tools:
        install_tools(machine, tools, say)
    for each in found:
        say(f"{each.name}: {each.build}")


def install_hint(machine: Machine, name: str) -> str:
    """A line to type that installs the engine; its comment says what it does."""
    does = f"playwright install {name}"
    if machine.platform == "linux":
        does += f"; where that fails: apt-get install {' '.join(likely_packages(name))}"
    return f"cors-harness browsers install {name}  # {does}"


def _installed(machine: Machine, name: str, why: Mapping[str, str]) -> EngineFound:
    try:
        return find_engine(name, machine=machine)
    except EngineMissing as error:
        if name not in why:
            raise
        raise EngineMissing(name, why[name], _by_hand(machine, name)) from error


def _missing(machine: Machine, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not _is_there(machine, name))


def _is_there(machine: Machine, name: str) -> bool:
    try:
        find_engine(name, machine=machine)
    except EngineMissing:
        return False
    return True


def _by_hand(machine: Machine, name: str) -> str:
    """What to type when we could not: as root where apt-get is there."""
    by_apt = machine.on_path("apt-get") is not None
    command = apt_install(likely_packages(name)) if by_apt else playwright_install(name)
    return f"{'sudo ' if by_apt else ''}{shlex.join(command)}"


def _build_names(name: str, *, headed: bool) -> tuple[str, ...]:
    return (name,) if headed or name != "chromium" else (SHELL, name)


def _named_by_user(machine: Machine, name: str, executable: Path) -> EngineFound:
    if not executable.is_file():
        kind = "a folder" if executable.is_dir() else "no such file"
        raise UsageError(f"{name}: {executable}: found {kind}; expected the browser's program file")
    if not os.access(executable, os.X_OK):
        raise UsageError(f"{name}: {executable}: found a file that may not be executed")
    driver = SYSTEM_DRIVERS[name]
    if executable.name != "MiniBrowser" and is_playwright_build(executable):
        driver = Driver.PLAYWRIGHT
    if driver is Driver.MINIBROWSER:
        _need_display(machine, headed=False)
    return _system_found(name, executable.absolute(), driver)


def _of_playwright(name: str, build: PlaywrightBuild) -> EngineFound:
    # Headless, Playwright starts the shell unless told otherwise; a lone full build must be named.
    known_to_playwright = build.name in {SHELL, "firefox", "webkit"}
    return EngineFound(
        name=name,
        executable=None if known_to_playwright else build.executable,
        driver=Driver.PLAYWRIGHT,
        build=f"Playwright {build.name}-{build.revision}",
        version=build.version,
    )


def _of_system(machine: Machine, name: str, *, headed: bool) -> EngineFound:
    snaps: list[Path] = []
    for path in candidates(machine, name):
        if not starts_a_snap(path):
            if SYSTEM_DRIVERS[name] is Driver.MINIBROWSER:
                _need_display(machine, headed=headed)
            return _system_found(name, path, SYSTEM_DRIVERS[name])
        snaps.append(path)
    raise EngineMissing(name, _why_missing(machine, name, snaps), install_hint(machine, name))


def _system_found(name: str, path: Path, driver: Driver) -> EngineFound:
    build, version = describe(path)
    return EngineFound(name=name, executable=path, driver=driver, build=build, version=version)


def _need_display(machine: Machine, *, headed: bool) -> None:
    """MiniBrowser has no headless mode: it needs Xvfb, or the user's display when headed."""
    shown = headed and machine.environment.get("DISPLAY")
    if not shown and machine.on_path("Xvfb") is None:
        why = "MiniBrowser is here, but Xvfb, the virtual display that it runs on, is not on PATH"
        raise EngineMissing("webkit", why, install_hint(machine, "webkit"))


def _why_missing(machine: Machine, name: str, snaps: Sequence[Path]) -> str:
    package = playwright_package()
    folder = f" in {browsers_folder(machine, package)}" if package else ""
    why = f"no build of Playwright{folder}, no {WANTED_IN_WORDS[name]} on PATH or in usual places"
    passed_over = "".join(
        f"\n  {path} only starts a snap, which cannot see our profile folder" for path in snaps
    )
    return why + passed_over
