"""Which browser is taken for an engine, tried on folders built like the real ones."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.engine_kinds.webkit import WEBKIT
from cors_harness.engines.found import Driver
from cors_harness.engines.playwright_builds import (
    MARKER,
    browsers_folder,
    find_build,
    playwright_package,
    wanted_builds,
)
from cors_harness.engines.provision import find_engine, starts_a_snap
from cors_harness.engines.registry import system_driver
from cors_harness.errors import EngineMissing, EngineUndrivable, UsageError
from cors_harness.installing.machine import Machine

FILES = {
    "chromium": "chrome-linux64/chrome",
    "chromium-headless-shell": "chrome-headless-shell-linux64/chrome-headless-shell",
    "firefox": "firefox/firefox",
    "webkit": "pw_run.sh",
}
UBUNTU_FIREFOX = """#!/bin/sh
if ! [ -x /snap/bin/firefox ]; then
    echo "Command '$0' requires the firefox snap to be installed." >&2
    exit 1
fi
exec /snap/bin/firefox "$@"
"""
DEBIAN_FIREFOX = '#!/bin/sh\nexec firefox-esr "$@"\n'


@pytest.fixture(autouse=True)
def playwright_that_drives_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever Playwright is installed: what it can drive is the subject of a few tests only."""
    monkeypatch.setattr("cors_harness.engines.registry.playwright_version", lambda: "1.64.1")


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def saying(path: Path, words: str) -> Path:
    return program(path, f"#!/bin/sh\necho '{words}'\n")


def machine_of(folder: Path, platform: str = "linux", **environment: str) -> Machine:
    """A machine whose every file lies below `folder`."""
    given = {"PATH": str(folder / "bin"), "HOME": str(folder / "home"), **environment}
    return Machine(platform=platform, environment=given, root=folder)


def package() -> Path:
    found = playwright_package()
    assert found is not None
    return found


def revision(name: str) -> str:
    return str(wanted_builds(package())[name]["revision"])


def put_build(folder: Path, name: str, *, number: str = "", marked: bool = True) -> Path:
    """Lays a build down as `playwright install` does."""
    build = folder / f"{name.replace('-', '_')}-{number or revision(name)}"
    executable = program(build / FILES[name])
    if marked:
        (build / MARKER).touch()
    return executable


@pytest.mark.browser
@pytest.mark.parametrize("name", ENGINE_NAMES)
def test_find_engine_knows_the_installed_engines(name: str) -> None:
    found = find_engine(name)
    assert found.name == name
    assert found.build.startswith(("Playwright ", "system "))
    assert found.version is not None
    assert found.version[0].isdigit()


def test_find_engine_refuses_an_unknown_name() -> None:
    with pytest.raises(UsageError, match="'opera' is not an engine; expected chromium, firefox"):
        find_engine("opera")


BUILD_ROWS = {
    "shell alone": (("chromium-headless-shell",), "chromium", False, "chromium-headless-shell"),
    "shell before full": (tuple(FILES), "chromium", False, "chromium-headless-shell"),
    "headed needs full": (tuple(FILES), "chromium", True, "chromium"),
    "full alone": (("chromium",), "chromium", False, "chromium"),
    "firefox": (("firefox",), "firefox", False, "firefox"),
    "webkit": (("webkit",), "webkit", True, "webkit"),
}


@pytest.mark.parametrize(
    ("there", "name", "headed", "expected"), BUILD_ROWS.values(), ids=BUILD_ROWS
)
def test_find_engine_takes_playwright_builds(
    tmp_path: Path, there: tuple[str, ...], name: str, headed: bool, expected: str
) -> None:
    for each in there:
        put_build(tmp_path / "builds", each)
    machine = machine_of(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path / "builds"))
    found = find_engine(name, headed=headed, machine=machine)
    assert found.build == f"Playwright {expected}-{revision(expected)}"
    assert found.driver is Driver.PLAYWRIGHT
    assert found.version == wanted_builds(package())[expected]["browserVersion"]


def test_find_engine_names_the_file_that_playwright_would_not_start_by_itself(
    tmp_path: Path,
) -> None:
    executable = put_build(tmp_path, "chromium")
    machine = machine_of(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    assert find_engine("chromium", machine=machine).executable == executable
    put_build(tmp_path, "chromium-headless-shell")
    assert find_engine("chromium", machine=machine).executable is None


def test_find_engine_prefers_playwright_to_the_system(tmp_path: Path) -> None:
    saying(tmp_path / "bin" / "firefox-esr", "Mozilla Firefox 153.7.0esr")
    machine = machine_of(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    assert find_engine("firefox", machine=machine).driver is Driver.BIDI
    put_build(tmp_path, "firefox")
    assert find_engine("firefox", machine=machine).driver is Driver.PLAYWRIGHT


def test_find_build_passes_over_a_download_that_did_not_end(tmp_path: Path) -> None:
    put_build(tmp_path, "webkit", marked=False)
    machine = machine_of(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    assert find_build(machine, WEBKIT) is None


def test_find_build_passes_over_other_revisions(tmp_path: Path) -> None:
    put_build(tmp_path, "webkit", number="1")
    machine = machine_of(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    assert find_build(machine, WEBKIT) is None


def test_find_build_knows_revisions_for_one_operating_system(tmp_path: Path) -> None:
    descriptor = {"name": "webkit", "revision": "2", "revisionOverrides": {"mac14-arm64": "1"}}
    listed = tmp_path / "playwright" / "driver" / "package" / "browsers.json"
    listed.parent.mkdir(parents=True)
    listed.write_text(json.dumps({"browsers": [descriptor]}))
    folder = tmp_path / "webkit_mac14_arm64_special-1"
    program(folder / "pw_run.sh")
    (folder / MARKER).touch()
    machine = machine_of(tmp_path, "darwin", PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    found = find_build(machine, WEBKIT, package=tmp_path / "playwright")
    assert found is not None
    assert (found.revision, found.version) == ("1", None)


def test_find_build_without_playwrights_list_finds_nothing(tmp_path: Path) -> None:
    assert find_build(machine_of(tmp_path), WEBKIT, package=tmp_path / "no-such-package") is None


FOLDER_ROWS: Mapping[str, tuple[str, Mapping[str, str], str]] = {
    "linux": ("linux", {}, "home/.cache/ms-playwright"),
    "linux with XDG_CACHE_HOME": ("linux", {"XDG_CACHE_HOME": "@/xdg"}, "xdg/ms-playwright"),
    "macOS": ("darwin", {}, "home/Library/Caches/ms-playwright"),
    "Windows": ("win32", {"LOCALAPPDATA": "@/local"}, "local/ms-playwright"),
    "named": ("linux", {"PLAYWRIGHT_BROWSERS_PATH": "@/mine"}, "mine"),
    "beside the package": (
        "linux",
        {"PLAYWRIGHT_BROWSERS_PATH": "0"},
        "playwright/driver/package/.local-browsers",
    ),
}


@pytest.mark.parametrize(("platform", "given", "expected"), FOLDER_ROWS.values(), ids=FOLDER_ROWS)
def test_browsers_folder_is_playwrights(
    tmp_path: Path, platform: str, given: Mapping[str, str], expected: str
) -> None:
    environment = {name: value.replace("@", str(tmp_path)) for name, value in given.items()}
    machine = machine_of(tmp_path, platform, **environment)
    assert browsers_folder(machine, tmp_path / "playwright") == tmp_path / expected


def test_browsers_folder_agrees_with_playwright_itself(tmp_path: Path) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "--dry-run", "webkit"],
        env={"PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path / f"webkit-{revision('webkit')}") in listed.stdout


SYSTEM_ROWS = {
    "Debian chromium": ("chromium", "bin/chromium", "Chromium 156.0.8078.79 on Debian 12"),
    "Chrome": ("chromium", "opt/google/chrome/chrome", "Google Chrome 156.0.8078.80"),
    "Edge": ("chromium", "bin/microsoft-edge", "Microsoft Edge 156.0.8078.81"),
    "Firefox ESR": ("firefox", "bin/firefox-esr", "Mozilla Firefox 153.7.0esr"),
    "Firefox off PATH": ("firefox", "opt/firefox/firefox", "Mozilla Firefox 157.0"),
}


@pytest.mark.parametrize(("name", "place", "says"), SYSTEM_ROWS.values(), ids=SYSTEM_ROWS)
def test_find_engine_takes_a_system_build(tmp_path: Path, name: str, place: str, says: str) -> None:
    executable = saying(tmp_path / place, says)
    found = find_engine(name, machine=machine_of(tmp_path))
    assert (found.executable, found.build) == (executable, f"system {executable}")
    assert found.version is not None
    assert found.version in says.split()


def test_find_engine_takes_programs_of_macos_and_windows(tmp_path: Path) -> None:
    mac = saying(
        tmp_path / "Applications/Firefox.app/Contents/MacOS/firefox", "Mozilla Firefox 157.0"
    )
    assert find_engine("firefox", machine=machine_of(tmp_path, "darwin")).executable == mac
    windows = program(tmp_path / "Programs/Microsoft/Edge/Application/msedge.exe")
    machine = machine_of(tmp_path, "win32", PROGRAMFILES=str(tmp_path / "Programs"))
    found = find_engine("chromium", machine=machine)
    assert (found.executable, found.version) == (windows, None)


def test_find_engine_keeps_a_build_that_cannot_say_its_version(tmp_path: Path) -> None:
    executable = program(tmp_path / "bin" / "chromium", "#!/bin/sh\nexit 127\n")
    found = find_engine("chromium", machine=machine_of(tmp_path))
    assert (found.executable, found.version) == (executable, None)


MINIBROWSER_PLACES = (
    "usr/lib/x86_64-linux-gnu/webkit2gtk-4.1",
    "usr/lib/aarch64-linux-gnu/webkitgtk-6.0",
    "usr/libexec/webkit2gtk-4.0",
    "usr/lib/webkit2gtk-4.1",
)


@pytest.mark.parametrize("place", MINIBROWSER_PLACES)
def test_find_engine_takes_minibrowser_with_a_virtual_display(tmp_path: Path, place: str) -> None:
    executable = program(tmp_path / place / "MiniBrowser")
    program(tmp_path / "bin" / "Xvfb")
    found = find_engine("webkit", machine=machine_of(tmp_path))
    assert (found.executable, found.driver) == (executable, Driver.MINIBROWSER)


def test_find_engine_names_a_missing_virtual_display(tmp_path: Path) -> None:
    program(tmp_path / "usr/lib/webkit2gtk-4.1/MiniBrowser")
    with pytest.raises(EngineMissing, match="MiniBrowser is here, but Xvfb"):
        find_engine("webkit", machine=machine_of(tmp_path))


def test_find_engine_headed_takes_the_users_display(tmp_path: Path) -> None:
    executable = program(tmp_path / "usr/lib/webkit2gtk-4.1/MiniBrowser")
    machine = machine_of(tmp_path, DISPLAY=":0")
    assert find_engine("webkit", headed=True, machine=machine).executable == executable


SNAP_ROWS = {
    "Ubuntu's script": (UBUNTU_FIREFOX, True),
    "Debian's script": (DEBIAN_FIREFOX, False),
    "a program": ("\x7fELF /snap/bin/", False),
}


@pytest.mark.parametrize(("text", "expected"), SNAP_ROWS.values(), ids=SNAP_ROWS)
def test_starts_a_snap_looks_at_the_content(tmp_path: Path, text: str, expected: bool) -> None:
    assert starts_a_snap(program(tmp_path / "firefox", text)) is expected


def test_starts_a_snap_follows_links(tmp_path: Path) -> None:
    program(tmp_path / "usr" / "snap")
    (tmp_path / "firefox").symlink_to(tmp_path / "usr" / "snap")
    assert starts_a_snap(tmp_path / "firefox")


def test_find_engine_passes_over_a_snap_aloud(tmp_path: Path) -> None:
    stub = program(tmp_path / "bin" / "firefox", UBUNTU_FIREFOX)
    with pytest.raises(EngineMissing, match=f"{stub} only starts a snap"):
        find_engine("firefox", machine=machine_of(tmp_path))
    real = saying(tmp_path / "opt/firefox/firefox", "Mozilla Firefox 157.0")
    assert find_engine("firefox", machine=machine_of(tmp_path)).executable == real


MISSING_ROWS = {
    "chromium on Linux": (
        "chromium",
        "linux",
        "Chromium, Chrome or Edge",
        "apt-get install chromium",
    ),
    "firefox on Linux": ("firefox", "linux", "no Firefox on PATH", "apt-get install firefox-esr"),
    "webkit on Linux": ("webkit", "linux", "MiniBrowser of WebKitGTK", "libwebkit2gtk-4.1-0 xvfb"),
    "webkit on macOS": ("webkit", "darwin", "Library/Caches", "playwright install webkit"),
}


@pytest.mark.parametrize(
    ("name", "platform", "why", "command"), MISSING_ROWS.values(), ids=MISSING_ROWS
)
def test_find_engine_says_what_is_missing_and_what_to_type(
    tmp_path: Path, name: str, platform: str, why: str, command: str
) -> None:
    with pytest.raises(EngineMissing, match=why) as missing:
        find_engine(name, machine=machine_of(tmp_path, platform))
    assert missing.value.engine == name
    assert missing.value.install_command.startswith(f"cors-harness browsers install {name}  # ")
    assert command in missing.value.install_command
    assert ("apt-get" in missing.value.install_command) is (platform == "linux")


def test_find_engine_takes_the_file_that_the_user_names(tmp_path: Path) -> None:
    put_build(tmp_path, "firefox")
    mine = saying(tmp_path / "my-firefox", "Mozilla Firefox 158.0a1")
    machine = machine_of(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    found = find_engine("firefox", mine, machine=machine)
    assert (found.executable, found.driver, found.version) == (mine, Driver.BIDI, "158.0a1")


def test_find_engine_knows_playwrights_builds_by_their_folder(tmp_path: Path) -> None:
    found = find_engine("webkit", put_build(tmp_path, "webkit"), machine=machine_of(tmp_path))
    assert found.driver is Driver.PLAYWRIGHT


def test_find_engine_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"firefox: .*nowhere: found no such file; expected"):
        find_engine("firefox", tmp_path / "nowhere")


def test_find_engine_refuses_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="found a folder; expected the browser's program file"):
        find_engine("firefox", tmp_path)


def test_find_engine_refuses_a_file_without_permission(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("text")
    with pytest.raises(UsageError, match="found a file that may not be executed"):
        find_engine("firefox", tmp_path / "plain")


def test_finding_imports_no_playwright() -> None:
    code = """
import sys
from cors_harness.engine_kinds.table import engine_kinds
from cors_harness.engines import provision
from cors_harness.installing.machine import this_machine
from cors_harness.engines.playwright_builds import find_build
find_build(this_machine(), engine_kinds()["chromium"])
sys.exit("playwright" in sys.modules)
"""
    assert importlib.util.find_spec("playwright") is not None
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - this interpreter


def test_find_engine_says_that_the_installed_playwright_cannot_drive_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cors_harness.engines.registry.playwright_version", lambda: "1.65.2")
    firefox = saying(tmp_path / "bin" / "firefox-esr", "Mozilla Firefox 153.8.0esr")
    machine = machine_of(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    with pytest.raises(EngineUndrivable, match=r"gives Firefox 153\.8\.0esr a command"):
        find_engine("firefox", by_playwright=True, machine=machine)
    with pytest.raises(EngineUndrivable):
        find_engine("firefox", firefox, by_playwright=True, machine=machine)
    assert find_engine("firefox", machine=machine).driver is Driver.BIDI
    put_build(tmp_path, "firefox")
    assert find_engine("firefox", by_playwright=True, machine=machine).driver is Driver.PLAYWRIGHT


def test_playwright_is_chosen_only_where_it_drives_what_is_there(tmp_path: Path) -> None:
    machine = machine_of(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path))
    saying(tmp_path / "bin" / "firefox-esr", "Mozilla Firefox 153.8.0esr")
    found = find_engine("firefox", by_playwright=True, machine=machine)
    assert found.driver is Driver.PLAYWRIGHT_BIDI
    assert system_driver("webkit", by_playwright=True) is Driver.MINIBROWSER
    assert system_driver("chromium", by_playwright=True) is Driver.PLAYWRIGHT
