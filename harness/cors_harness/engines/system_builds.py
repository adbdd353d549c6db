"""System builds: browsers that the user or the distribution installed, and what they are."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from cors_harness.engine_kinds.kind import EngineKind
from cors_harness.installing.machine import Machine, ask
from cors_harness.installing.packages import owning_package

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
    package = owning_package(executable)
    of_package = f" ({package.distribution} {package.name} {package.version})" if package else ""
    is_speechless = executable.name in speechless
    version = package.upstream if package and is_speechless else _printed_version(executable)
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
