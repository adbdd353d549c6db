"""Installing engines: Playwright's own installer against a local download host, then apt-get."""

import io
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.installing.bare_machine import bare_machine

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.engines.provision import find_engine, install_engines
from cors_harness.errors import EngineMissing, EngineUndrivable
from cors_harness.installing.machine import Machine

PROGRAMS = ("pw_run.sh", "Playwright.exe", "ffmpeg-linux", "ffmpeg-mac", "ffmpeg-win64.exe")


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


@pytest.mark.programs
def test_install_engines_downloads_playwrights_build(
    tmp_path: Path, download_host: str, printed: list[str]
) -> None:
    machine = bare_machine(tmp_path, download_host)
    install_engines(["webkit"], printed.append, machine=machine)
    found = find_engine("webkit", machine=machine)
    assert found.build.startswith("Playwright webkit-")
    assert printed[0].endswith("-m playwright install webkit")
    assert "install-deps webkit" in printed[1]
    assert printed[-1] == f"webkit: {found.build}"


@pytest.mark.programs
def test_install_engines_runs_nothing_for_what_is_there(
    tmp_path: Path, download_host: str, printed: list[str]
) -> None:
    machine = bare_machine(tmp_path, download_host)
    install_engines(["webkit"], printed.append, machine=machine)
    printed.clear()
    install_engines(["webkit"], printed.append, machine=machine)
    assert printed == [f"webkit: {find_engine('webkit', machine=machine).build}"]


@pytest.mark.browser
def test_install_engines_leaves_this_machine_alone_when_all_are_there(printed: list[str]) -> None:
    install_engines(ENGINE_NAMES, printed.append)
    assert printed == [f"{name}: {find_engine(name).build}" for name in ENGINE_NAMES]


@pytest.mark.programs
def test_install_engines_says_what_to_type_where_nothing_works(
    tmp_path: Path, refusing_host: str, printed: list[str]
) -> None:
    with pytest.raises(EngineMissing, match="neither Playwright nor apt-get") as missing:
        install_engines(["webkit"], printed.append, machine=bare_machine(tmp_path, refusing_host))
    assert missing.value.install_command.endswith("-m playwright install webkit")


def test_install_engines_says_that_only_another_playwright_would_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: list[str]
) -> None:
    monkeypatch.setattr("cors_harness.engines.registry.playwright_version", lambda: "1.65.2")
    monkeypatch.setattr(
        "cors_harness.engines.provision.download", lambda _, names, say: say(f"tries {names}")
    )
    machine = machine_with_firefox(tmp_path)
    (tmp_path / "bin" / "apt-get").write_text(APT_GET)
    (tmp_path / "bin" / "apt-get").chmod(0o755)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    (tmp_path / "bin" / "firefox").write_text("#!/bin/sh\necho Mozilla Firefox 153.8.0esr\n")
    with pytest.raises(EngineUndrivable, match=r"pip install 'playwright<1\.65'"):
        install_engines(["firefox"], printed.append, by_playwright=True, machine=machine)
    # Playwright's own build would do as well, the same from the distribution would not.
    assert printed == ["tries ('firefox',)"]


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: list[str]
) -> None:
    machine = machine_with_firefox(tmp_path)
    (tmp_path / "bin" / "apt-get").write_text(APT_GET)
    (tmp_path / "bin" / "apt-get").chmod(0o755)
    for name in ("env", "sh", "dirname"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    install_engines(["firefox"], printed.append, machine=machine)
    update, install, found = printed
    assert update.endswith(" update")
    assert install.endswith(" --no-upgrade libnss3-tools")
    assert found.startswith("firefox: system ")
    printed.clear()
    install_engines(["firefox"], printed.append, machine=machine)
    assert printed == [found]


def test_install_engines_says_how_to_get_a_tool_that_it_cannot_install(
    tmp_path: Path, printed: list[str]
) -> None:
    install_engines(["firefox"], printed.append, machine=machine_with_firefox(tmp_path))
    why, missing, found = printed
    assert why == "  failed: apt-get cannot be used"
    assert missing == "  certutil is missing: sudo apt-get install libnss3-tools"
    assert found.startswith("firefox: system ")
