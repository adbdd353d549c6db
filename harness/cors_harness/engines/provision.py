"""Provision: which browser on this machine is an engine, and how a missing one is installed.

The order is always: the file that the user names, Playwright's own build, a system build. An
engine is never replaced by another one.
"""

import os
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from cors_harness.engine_kinds.kind import EngineKind
from cors_harness.engine_kinds.table import ENGINE_NAMES, engine_kinds
from cors_harness.engines.found import Driver, EngineFound
from cors_harness.engines.playwright_builds import (
    PlaywrightBuild,
    browsers_folder,
    find_build,
    is_playwright_build,
    playwright_package,
)
from cors_harness.engines.registry import (
    DRIVERS,
    check_driver_fits,
    missing_tools,
    system_driver,
)
from cors_harness.errors import EngineMissing, EngineUndrivable, UsageError
from cors_harness.installing.install import (
    download,
    install_packages,
    install_tools,
    playwright_install,
)
from cors_harness.installing.machine import Machine, ask, this_machine
from cors_harness.installing.packages import apt_install, likely_packages, owning_package

WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
SCRIPT_BYTES = 8192
VERSION = re.compile(r"\b\d+(?:\.\d+)+\w*")


def candidates(machine: Machine, kind: EngineKind) -> Iterator[Path]:
    """Files that may be the browser, PATH first, then the usual places; snaps among them."""
    on_path = (machine.on_path(program) for program in kind.system.programs)
    yield from (path for path in on_path if path is not None)
    places = kind.system.places.get(machine.platform, ())
    if machine.platform == "win32":
        yield from _in_program_folders(machine, places)
        return
    for pattern in places:
        yield from machine.matching(pattern)


def starts_a_snap(executable: Path) -> bool:
    """Whether the file only hands over to a snap, as Ubuntu's `firefox` script does.

    A snap has a `/tmp` of its own, so it never sees the profile folder that it is given.
    """
    real = executable.resolve()
    if real.name == "snap" or "/snap/" in f"{executable} {real}":
        return True
    try:
        with real.open("rb") as file:
            start = file.read(SCRIPT_BYTES)
    except OSError:
        return False
    return start.startswith(b"#!") and b"/snap/bin/" in start


def describe(executable: Path, speechless: Collection[str]) -> tuple[str, str | None]:
    """The build in words and the version as the file or its package says; the version may lack.

    Args:
        executable: the browser's file.
        speechless: names of programs that cannot be asked for their version.
    """
    is_speechless = executable.name in speechless
    with ThreadPoolExecutor(max_workers=1) as side_by_side:  # each takes as long as the other
        owning = side_by_side.submit(owning_package, executable)
        version = None if is_speechless else _printed_version(executable)
        package = owning.result()
    if is_speechless:
        version = package.upstream if package else _printed_version(executable)
    of_package = f" ({package.distribution} {package.name} {package.version})" if package else ""
    return f"system {executable}{of_package}", version


def _printed_version(executable: Path) -> str | None:
    # On Windows a browser opens a window when it is asked for its version.
    printed = "" if executable.suffix == ".exe" else ask((executable, "--version"))
    version = VERSION.search(printed)
    return version[0] if version else None


def _in_program_folders(machine: Machine, places: Collection[str]) -> Iterator[Path]:
    folders = (machine.environment.get(variable) for variable in WINDOWS_FOLDERS)
    for folder in filter(None, folders):
        paths = (Path(folder) / place for place in places)
        yield from (path for path in paths if path.is_file())


def find_engine(
    name: str,
    executable: Path | None = None,
    *,
    headed: bool = False,
    by_playwright: bool = False,
    machine: Machine | None = None,
) -> EngineFound:
    """The browser to use for `name`, without starting a window.

    Args:
        name: `chromium`, `firefox` or `webkit`.
        executable: the browser's file as the user names it; nothing else is then looked at.
        headed: whether it must be able to show its window.
        by_playwright: whether Playwright drives a system build wherever it can.
        machine: where to look; this machine by default.

    Raises:
        EngineMissing: there is none, or the installed driver cannot drive it; says what was looked
            at and what to type.
        UsageError: `name` is no engine, or `executable` cannot be started.
    """
    if name not in ENGINE_NAMES:
        raise UsageError(f"{name!r} is not an engine; expected {', '.join(ENGINE_NAMES)}")
    machine, kind = machine or this_machine(), engine_kinds()[name]
    if executable is not None:
        return _named_by_user(machine, kind, executable, by_playwright=by_playwright)
    build = find_build(machine, kind, headed=headed)
    if build is not None:
        return _playwright_build(kind, build)
    driver = system_driver(name, by_playwright=by_playwright)
    return _system_build(machine, kind, driver, headed=headed)


def install_engines(
    names: Sequence[str],
    say: Callable[[str], None],
    *,
    by_playwright: bool = False,
    machine: Machine | None = None,
) -> None:
    """Installs those of `names` that are missing: Playwright's builds, else the distribution's.

    What an engine needs beside it for real origins comes along; where that cannot be had, the
    engine still counts as installed.

    Args:
        names: engines.
        say: takes one line at a time: every command before it runs, and what came of it.
        by_playwright: as in `find_engine`.
        machine: where to look; this machine by default.

    Raises:
        EngineMissing: one cannot be had here; says what to type.
    """
    machine = machine or this_machine()
    find = partial(find_engine, by_playwright=by_playwright, machine=machine)
    missing = _missing(find, names)
    if missing:
        download(machine, tuple(missing), say)
        missing = _missing(find, tuple(missing))
    # A browser that is here and cannot be driven would not change by being installed again.
    absent = [name for name, why in missing.items() if not isinstance(why, EngineUndrivable)]
    failures = install_packages(machine, absent, say) if absent else {}
    failed = {
        name: EngineMissing(name, why, _by_hand(machine, name)) for name, why in failures.items()
    }
    browsers = [_installed(find, name, failed) for name in names]
    tools = missing_tools(machine, browsers)
    if tools:
        install_tools(machine, tools, say)
    for browser in browsers:
        say(f"{browser.name}: {browser.build}")


def install_hint(machine: Machine, name: str) -> str:
    """A line to type that installs the engine; its comment says what it does."""
    does = f"playwright install {name}"
    if machine.platform == "linux":
        does += f"; where that fails: apt-get install {' '.join(likely_packages(name))}"
    return f"cors-harness browsers install {name}  # {does}"


def _installed(
    find: Callable[[str], EngineFound], name: str, failed: Mapping[str, EngineMissing]
) -> EngineFound:
    try:
        return find(name)
    except EngineMissing as error:
        if name not in failed:
            raise
        raise failed[name] from error


def _missing(
    find: Callable[[str], EngineFound], names: Sequence[str]
) -> Mapping[str, EngineMissing]:
    """Why an engine cannot be used, by name; those that can be are left out."""
    missing = {}
    for name in names:
        try:
            find(name)
        except EngineMissing as why:
            missing[name] = why
    return missing


def _by_hand(machine: Machine, name: str) -> str:
    """The command to type when we could not install: as root where apt-get is there."""
    by_apt = machine.on_path("apt-get") is not None
    command = apt_install(likely_packages(name)) if by_apt else playwright_install(name)
    return f"{'sudo ' if by_apt else ''}{shlex.join(command)}"


def _named_by_user(
    machine: Machine, kind: EngineKind, executable: Path, *, by_playwright: bool
) -> EngineFound:
    option = f"{kind.name}: {executable}"
    if not executable.is_file():
        found = "a folder" if executable.is_dir() else "no such file"
        raise UsageError(f"{option}: found {found}; expected the browser's program file")
    if not os.access(executable, os.X_OK):
        raise UsageError(f"{option}: found a file that may not be executed")
    driver = system_driver(kind.name, by_playwright=by_playwright)
    is_drivers_own = executable.name in DRIVERS[driver].programs
    if not is_drivers_own and is_playwright_build(executable):
        driver = Driver.PLAYWRIGHT
    _check_display(machine, kind, driver, headed=False)
    return _described(kind, executable.absolute(), driver)


def _playwright_build(kind: EngineKind, build: PlaywrightBuild) -> EngineFound:
    is_named = build.name in kind.playwright.named_by_file
    return EngineFound(
        name=kind.name,
        executable=build.executable if is_named else None,
        driver=Driver.PLAYWRIGHT,
        build=f"Playwright {build.name}-{build.revision}",
        version=build.version,
    )


def _system_build(
    machine: Machine, kind: EngineKind, driver: Driver, *, headed: bool
) -> EngineFound:
    snaps = []
    for path in candidates(machine, kind):
        if not starts_a_snap(path):
            _check_display(machine, kind, driver, headed=headed)
            return _described(kind, path, driver)
        snaps.append(path)
    why = _why_missing(machine, kind, snaps)
    raise EngineMissing(kind.name, why, install_hint(machine, kind.name))


def _described(kind: EngineKind, path: Path, driver: Driver) -> EngineFound:
    build, version = describe(path, DRIVERS[driver].programs)
    found = EngineFound(
        name=kind.name, executable=path, driver=driver, build=build, version=version
    )
    check_driver_fits(found)
    return found


def _check_display(machine: Machine, kind: EngineKind, driver: Driver, *, headed: bool) -> None:
    """Raises EngineMissing where the browser needs a display, and there is neither kind of one.

    That is Xvfb, or the user's own display when headed.
    """
    row = DRIVERS[driver]
    is_shown = headed and machine.environment.get("DISPLAY")
    if row.needs_display and not is_shown and machine.on_path("Xvfb") is None:
        why = f"{row.title} is here, but Xvfb, the virtual display that it runs on, is not on PATH"
        raise EngineMissing(kind.name, why, install_hint(machine, kind.name))


def _why_missing(machine: Machine, kind: EngineKind, snaps: Sequence[Path]) -> str:
    package = playwright_package()
    folder = f" in {browsers_folder(machine, package)}" if package else ""
    products = kind.system.products
    why = f"no build of Playwright{folder}, no {products} on PATH or in usual places"
    passed_over = "".join(
        f"\n  {path} only starts a snap, which cannot see our profile folder" for path in snaps
    )
    return why + passed_over
