"""Install commands: what they run, and what they say where they fail."""

from pathlib import Path

import pytest
from tests.installing.bare_machine import bare_machine

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.installing.install import download, install_packages
from cors_harness.installing.packages import Tool


def test_tool_on_macos_comes_from_homebrew() -> None:
    tool = Tool(program="certutil", what_for="", packages=("libnss3-tools",), formula="nss")
    assert tool.install_command("darwin") == "brew install nss"
    assert tool.install_command("linux") == "sudo apt-get install libnss3-tools"


@pytest.mark.programs
def test_download_says_why_it_failed_and_tries_no_further(
    tmp_path: Path, refusing_host: str, printed: list[str]
) -> None:
    download(bare_machine(tmp_path, refusing_host), ENGINE_NAMES, printed.append)
    command, reason = printed
    assert command.endswith("-m playwright install chromium")
    assert reason.startswith("  failed: Error: connect ECONNREFUSED")


def test_install_packages_without_apt_names_every_engine(
    tmp_path: Path, printed: list[str]
) -> None:
    machine = bare_machine(tmp_path, "")
    assert set(install_packages(machine, ENGINE_NAMES, printed.append)) == set(ENGINE_NAMES)
    assert printed == []
