"""System builds: browsers that the user or the distribution installed, by name and usual place."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from cors_harness.installing.machine import Machine, ask
from cors_harness.installing.packages import owning_package

# Firefox ESR first: on Debian `firefox` is a script that starts it.
NAMES: Mapping[str, tuple[str, ...]] = {
    "chromium": (
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "microsoft-edge",
        "microsoft-edge-stable",
    ),
    "firefox": ("firefox-esr", "firefox"),
    "webkit": ("MiniBrowser",),
}
PLACES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("linux", "chromium"): (
        "/usr/lib/chromium/chromium",
        "/usr/lib64/chromium-browser/chromium-browser",
        "/opt/google/chrome/chrome",
        "/opt/microsoft/msedge/msedge",
    ),
    ("linux", "firefox"): (
        "/usr/lib/firefox-esr/firefox-esr",
        "/usr/lib/firefox/firefox",
        "/usr/lib64/firefox/firefox",
        "/opt/firefox/firefox",
    ),
    ("linux", "webkit"): tuple(
        f"{folder}/{library}/MiniBrowser"
        for library in ("webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0")
        for folder in ("/usr/lib/*", "/usr/libexec", "/usr/lib", "/usr/lib64")
    ),
    ("darwin", "chromium"): (
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ),
    ("darwin", "firefox"): ("/Applications/Firefox.app/Contents/MacOS/firefox",),
}
WINDOWS_PLACES: Mapping[str, tuple[str, ...]] = {
    "chromium": (
        "Google/Chrome/Application/chrome.exe",
        "Chromium/Application/chrome.exe",
        "Microsoft/Edge/Application/msedge.exe",
    ),
    "firefox": ("Mozilla Firefox/firefox.exe",),
}
WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
SCRIPT_BYTES = 8192
VERSION = re.compile(r"\b\d+(?:\.\d+)+\w*")


def candidates(machine: Machine, name: str) -> Iterator[Path]:
    """Files that may be the browser, PATH first, then the usual places; snaps among them."""
    on_path = (machine.on_path(each) for each in NAMES[name])
    yield from (path for path in on_path if path is not None)
    for pattern in PLACES.get((machine.platform, name), ()):
        yield from machine.matching(pattern)
    if machine.platform == "win32":
        yield from _windows_places(machine, name)


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


def describe(executable: Path) -> tuple[str, str | None]:
    """The build in words and the version as the file or its package says; the version may lack."""
    package = owning_package(executable)
    of_package = f" ({package.distribution} {package.name} {package.version})" if package else ""
    version = package.upstream if package and _cannot_say(executable) else _said(executable)
    return f"system {executable}{of_package}", version


def _said(executable: Path) -> str | None:
    # On Windows a browser opens a window when it is asked for its version.
    said = "" if executable.suffix == ".exe" else ask((executable, "--version"))
    found = VERSION.search(said)
    return found[0] if found else None


def _cannot_say(executable: Path) -> bool:
    return executable.name == "MiniBrowser"  # wants a display even for --version


def _windows_places(machine: Machine, name: str) -> Iterator[Path]:
    folders = [machine.environment.get(variable) for variable in WINDOWS_FOLDERS]
    for folder in filter(None, folders):
        paths = (Path(folder) / place for place in WINDOWS_PLACES.get(name, ()))
        yield from (path for path in paths if path.is_file())
