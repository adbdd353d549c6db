"""Debian packages: which one owns a file, which ones bring an engine, how they are installed."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_harness.engine_kinds.table import engine_kinds
from cors_harness.installing.machine import Machine, ask

CANDIDATE = re.compile(r"^  Candidate: (?!\(none\))(\S+)$", re.MULTILINE)
LOCK_LIMIT_S = 300  # another apt-get on the machine may be at work


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An installed package.

    Attributes:
        distribution: `Debian`, `Ubuntu`, ...
        name: without its architecture.
        version: the package's, such as `2.50.6-1~deb12u2`.
    """

    distribution: str
    name: str
    version: str

    @property
    def upstream(self) -> str:
        """The version of the software itself, such as `2.50.6`."""
        return re.sub(r"^\d+:|-[^-]*$", "", self.version)


def owning_package(file: Path) -> Package | None:
    """The package that brought `file`; None where dpkg is absent or does not know it."""
    for path in dict.fromkeys((file, file.resolve())):
        for line in ask(("dpkg-query", "--search", path)).splitlines():
            names, separator, owned = line.partition(": ")
            if separator and owned == str(path) and " " not in names:
                return _installed(names)
    return None


def choose_packages(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The packages to install for these engines, and the engines that no package here brings."""
    chosen: list[str] = []
    without: list[str] = []
    for name in names:
        offered = [_first_offered(alternatives) for alternatives in engine_kinds()[name].packages]
        packages = [package for package in offered if package is not None]
        if len(packages) == len(offered):
            chosen += packages
        else:
            without.append(name)
    return tuple(dict.fromkeys(chosen)), tuple(without)


def likely_packages(name: str) -> tuple[str, ...]:
    """What Debian calls the packages that bring the engine."""
    return tuple(alternatives[0] for alternatives in engine_kinds()[name].packages)


def apt_prefix(machine: Machine) -> tuple[str, ...] | None:
    """What to put before apt-get so that it asks nothing; None where it cannot be used so."""
    if machine.on_path("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ()
    sudo = machine.on_path("sudo")
    return ("sudo", "-n") if sudo and ask((sudo, "-n", "echo", "yes")) else None


def apt_get(*arguments: str) -> tuple[str, ...]:
    """An apt-get command that asks nothing and waits for another one to finish."""
    lock = f"-oDPkg::Lock::Timeout={LOCK_LIMIT_S}"
    return ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", lock, *arguments)


def apt_install(packages: Sequence[str]) -> tuple[str, ...]:
    """Installs `packages`; those that are there keep their version."""
    return apt_get("install", "--yes", "--no-install-recommends", "--no-upgrade", *packages)


def _installed(names: str) -> Package:
    name, *_ = re.split("[,:]", names)
    version, *_ = ask(("dpkg-query", "--show", "--showformat=${Version}\n", name)).split("\n")
    return Package(distribution=_distribution(), name=name, version=version)


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["ID"].title()
    except OSError:
        return "Linux"


def _first_offered(alternatives: Sequence[str]) -> str | None:
    """A package that only hands over to a snap (Ubuntu's firefox) is none."""
    for package in alternatives:
        candidate = CANDIDATE.search(ask(("apt-cache", "policy", package)))
        if candidate and "snap" not in candidate[1]:
            return package
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program of the system's.

    Attributes:
        program: as PATH knows it.
        what_for: reads on after the engine's name.
        packages: what brings it on Debian.
        formula: what brings it with Homebrew; empty: nothing does.
    """

    program: str
    what_for: str
    packages: tuple[str, ...]
    formula: str = ""

    def install_command(self, platform: str) -> str:
        """What to type; `platform` as `sys.platform` says it."""
        if platform == "darwin" and self.formula:
            return f"brew install {self.formula}"
        return f"sudo apt-get install {' '.join(self.packages)}"
