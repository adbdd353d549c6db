"""Installing engines: Playwright's own installer against a local download host, then apt-get."""

import io
import shutil
import socket
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cors_harness.engines.found import ENGINE_NAMES, Driver, EngineFound
from cors_harness.engines.provision import find_engine, install_engines
from cors_harness.engines.tools import CERTUTIL, tool_of
from cors_harness.errors import EngineMissing
from cors_harness.installing.install import download, install_packages
from cors_harness.installing.machine import Machine, this_machine
from cors_harness.installing.packages import Package, apt_install, apt_prefix, choose_packages

PROGRAMS = ("pw_run.sh", "Playwright.exe", "ffmpeg-linux", "ffmpeg-mac", "ffmpeg-win64.exe")
# What apt-cache prints on Debian 12 and on Ubuntu 24.04, whose firefox is a snap.
POLICIES = {
    "debian": {
        "firefox-esr": "firefox-esr:\n  Installed: (none)\n  Candidate: 153.7.0esr-1~deb12u1\n",
        "firefox": "",
        "chromium": "chromium:\n  Installed: (none)\n  Candidate: 156.0.8078.79-1~deb12u1\n",
    },
    "ubuntu": {
        "firefox-esr": "firefox-esr:\n  Installed: (none)\n  Candidate: (none)\n",
        "firefox": "firefox:\n  Installed: (none)\n  Candidate: 1:1snap1-0ubuntu5\n",
        "chromium": "",
        "chromium-browser": "chromium-browser:\n  Candidate: 2:1snap1-0ubuntu2\n",
        "libwebkit2gtk-4.1-0": "x:\n  Candidate: 2.50.6-0ubuntu0.24.04.1\n",
        "xvfb": "xvfb:\n  Candidate: 2:21.1.12-1ubuntu1\n",
        "xauth": "xauth:\n  Candidate: 1:1.1.2-1build1\n",
    },
}


class _Download(BaseHTTPRequestHandler):
    """Answers every path with the same small archive."""

    def do_GET(self) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            for name in PROGRAMS:
                packed.writestr(name, "#!/bin/sh\n")
        self.send_response(200)
        self.send_header("Content-Length", str(len(archive.getvalue())))
        self.end_headers()
        self.wfile.write(archive.getvalue())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


@pytest.fixture
def download_host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Download) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def refusing_host() -> Iterator[str]:
    """A port of ours where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def said() -> list[str]:
    return []


def bare_machine(folder: Path, host: str) -> Machine:
    """A Linux machine that has no browsers and no apt-get."""
    environment = {
        "PATH": str(folder / "bin"),
        "HOME": str(folder),
        "PLAYWRIGHT_BROWSERS_PATH": str(folder / "builds"),
        "PLAYWRIGHT_DOWNLOAD_HOST": host,
    }
    return Machine(platform="linux", environment=environment, root=folder)


@pytest.mark.programs
def test_install_engines_downloads_playwrights_build(
    tmp_path: Path, download_host: str, said: list[str]
) -> None:
    machine = bare_machine(tmp_path, download_host)
    install_engines(["webkit"], said.append, machine=machine)
    found = find_engine("webkit", machine=machine)
    assert found.build.startswith("Playwright webkit-")
    assert said[0].endswith("-m playwright install webkit")
    assert "install-deps webkit" in said[1]
    assert said[-1] == f"webkit: {found.build}"


@pytest.mark.programs
def test_install_engines_runs_nothing_for_what_is_there(
    tmp_path: Path, download_host: str, said: list[str]
) -> None:
    machine = bare_machine(tmp_path, download_host)
    install_engines(["webkit"], said.append, machine=machine)
    said.clear()
    install_engines(["webkit"], said.append, machine=machine)
    assert said == [f"webkit: {find_engine('webkit', machine=machine).build}"]


@pytest.mark.browser
def test_install_engines_leaves_this_machine_alone_when_all_are_there(said: list[str]) -> None:
    install_engines(ENGINE_NAMES, said.append)
    assert said == [f"{name}: {find_engine(name).build}" for name in ENGINE_NAMES]


@pytest.mark.programs
def test_install_engines_says_what_to_type_where_nothing_works(
    tmp_path: Path, refusing_host: str, said: list[str]
) -> None:
    with pytest.raises(EngineMissing, match="neither Playwright nor apt-get") as missing:
        install_engines(["webkit"], said.append, machine=bare_machine(tmp_path, refusing_host))
    assert missing.value.install_command.endswith("-m playwright install webkit")


APT_GET = """#!/bin/sh
[ "$2" = update ] || : > "$(dirname "$0")/certutil"
[ "$2" = update ] || /bin/chmod +x "$(dirname "$0")/certutil"
"""


def machine_with_firefox(folder: Path) -> Machine:
    """A Linux machine that has a Firefox, and nothing that it needs beside it."""
    machine = bare_machine(folder, "")
    programs = folder / "bin"
    programs.mkdir()
    (programs / "firefox").write_text("#!/bin/sh\n")
    (programs / "firefox").chmod(0o755)
    return machine


def test_install_engines_brings_tools_of_engines_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    machine = machine_with_firefox(tmp_path)
    (tmp_path / "bin" / "apt-get").write_text(APT_GET)
    (tmp_path / "bin" / "apt-get").chmod(0o755)
    for name in ("env", "sh", "dirname"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    install_engines(["firefox"], said.append, machine=machine)
    update, install, found = said
    assert update.endswith(" update")
    assert install.endswith(" --no-upgrade libnss3-tools")
    assert found.startswith("firefox: system ")
    said.clear()
    install_engines(["firefox"], said.append, machine=machine)
    assert said == [found]


def test_install_engines_says_how_to_get_a_tool_that_it_cannot_install(
    tmp_path: Path, said: list[str]
) -> None:
    install_engines(["firefox"], said.append, machine=machine_with_firefox(tmp_path))
    why, missing, found = said
    assert why == "  failed: apt-get cannot be used"
    assert missing == "  certutil is missing: sudo apt-get install libnss3-tools"
    assert found.startswith("firefox: system ")


TOOLS = {
    "chromium": ("linux", "chromium", Driver.PLAYWRIGHT, "certutil"),
    "chromium on macOS": ("darwin", "chromium", Driver.PLAYWRIGHT, None),
    "stock Firefox": ("linux", "firefox", Driver.BIDI, "certutil"),
    "Playwright's Firefox": ("darwin", "firefox", Driver.PLAYWRIGHT, "certutil"),
    "MiniBrowser": ("linux", "webkit", Driver.MINIBROWSER, "bwrap"),
    "Playwright's WebKit": ("linux", "webkit", Driver.PLAYWRIGHT, None),
}


@pytest.mark.parametrize(("platform", "name", "driver", "program"), TOOLS.values(), ids=TOOLS)
def test_tool_is_what_the_engine_needs_beside_it(
    platform: str, name: str, driver: Driver, program: str | None
) -> None:
    found = EngineFound(name=name, executable=None, driver=driver, build="")
    tool = tool_of(found, platform)
    assert (tool.program if tool else None) == program


def test_tool_on_macos_comes_from_homebrew() -> None:
    assert CERTUTIL.install_command("darwin") == "brew install nss"


@pytest.mark.programs
def test_download_says_why_it_failed_and_tries_no_further(
    tmp_path: Path, refusing_host: str, said: list[str]
) -> None:
    download(bare_machine(tmp_path, refusing_host), ENGINE_NAMES, said.append)
    command, reason = said
    assert command.endswith("-m playwright install chromium")
    assert reason.startswith("  failed: Error: connect ECONNREFUSED")


def test_install_packages_without_apt_names_every_engine(tmp_path: Path, said: list[str]) -> None:
    machine = bare_machine(tmp_path, "")
    assert set(install_packages(machine, ENGINE_NAMES, said.append)) == set(ENGINE_NAMES)
    assert said == []


def test_apt_prefix_is_none_without_apt(tmp_path: Path) -> None:
    assert apt_prefix(bare_machine(tmp_path, "")) is None


def test_apt_prefix_asks_nothing() -> None:
    assert apt_prefix(this_machine()) in (None, (), ("sudo", "-n"))


def test_apt_install_asks_nothing_and_upgrades_nothing() -> None:
    command = apt_install(["xvfb", "xauth"])
    assert {"DEBIAN_FRONTEND=noninteractive", "--yes", "--no-upgrade"} < set(command)
    assert command[-3:] == ("--no-upgrade", "xvfb", "xauth")


PACKAGE_ROWS = {
    "Debian's Firefox": ("debian", ["firefox"], ("firefox-esr",), ()),
    "both of Debian's": ("debian", ["chromium", "firefox"], ("chromium", "firefox-esr"), ()),
    "Ubuntu's are snaps": ("ubuntu", ["chromium", "firefox"], (), ("chromium", "firefox")),
    "Ubuntu's WebKit": ("ubuntu", ["webkit"], ("libwebkit2gtk-4.1-0", "xvfb", "xauth"), ()),
    "half of it is nothing": ("debian", ["webkit"], (), ("webkit",)),
}


@pytest.mark.parametrize(
    ("distribution", "names", "packages", "without"), PACKAGE_ROWS.values(), ids=PACKAGE_ROWS
)
def test_choose_packages_takes_what_the_distribution_offers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    distribution: str,
    names: list[str],
    packages: tuple[str, ...],
    without: tuple[str, ...],
) -> None:
    for package, text in POLICIES[distribution].items():
        (tmp_path / package).write_text(text)
    stand_in = tmp_path / "apt-cache"
    stand_in.write_text(f'#!/bin/sh\nexec /bin/cat "{tmp_path}/$2"\n')
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_packages(names) == (packages, without)


UPSTREAM_ROWS = {
    "2.50.6-1~deb12u2": "2.50.6",
    "2:21.1.7-3+deb12u13": "21.1.7",
    "153.7.0esr-1~deb12u1": "153.7.0esr",
    "1.0": "1.0",
}


@pytest.mark.parametrize(("version", "upstream"), UPSTREAM_ROWS.items(), ids=UPSTREAM_ROWS)
def test_upstream_is_the_version_of_the_software(version: str, upstream: str) -> None:
    assert Package(distribution="Debian", name="x", version=version).upstream == upstream
