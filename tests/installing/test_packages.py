"""Debian packages: which ones are chosen, and how they are installed."""

from pathlib import Path

import pytest
from tests.installing.bare_machine import bare_machine

from cors_harness.installing.machine import this_machine
from cors_harness.installing.packages import Package, apt_install, apt_prefix, choose_packages

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
