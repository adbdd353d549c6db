"""missing(): whether the programs of a deployment are installed; where, and of which version."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cors_harness.model.deployment import Deployment, Program
from cors_harness.serving.reference.registry import installed_version, is_installed

SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # not on every user's PATH
VERSION_ARGUMENT = {"nginx": "-v", "apache": "-v", "uwsgi": "--version"}
TIMEOUT_S = 30

_VERSION = re.compile(r"\d+(?:\.\d+)+[\w.+-]*")


def missing(deployment: Deployment) -> str | None:
    """Why the deployment cannot run here, with the command that helps; None: it can."""
    reasons = (_missing(program) for program in _programs(deployment))
    return next((reason for reason in reasons if reason), None)


def deployment_versions(deployment: Deployment) -> tuple[tuple[str, str], ...]:
    """(name, version) of each program and distribution of the deployment that is installed."""
    pairs = (pair for program in _programs(deployment) for pair in _versions(program))
    return tuple((name, version) for name, version in pairs if version)


def forget() -> None:
    """Forgets what programs and versions were found, after an installation."""
    output.cache_clear()
    installed_version.cache_clear()
    is_installed.cache_clear()


def executable(program: Program) -> Path | None:
    """The program's executable: the first of its names that is installed."""
    folders = (
        os.environ.get("PATH", os.defpath),
        *SYSTEM_FOLDERS,
        str(Path(sys.executable).parent),
    )
    files = (shutil.which(name, path=os.pathsep.join(folders)) for name in program.commands)
    return next((Path(file) for file in files if file), None)


@cache
def output(*argv: str) -> str:
    """All that a program prints; empty where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - found above
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=True,
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace").strip()


def _programs(deployment: Deployment) -> tuple[Program, ...]:
    behind = deployment.behind
    return (deployment.program, behind.program) if behind else (deployment.program,)


def _missing(program: Program) -> str | None:
    for name in program.pip:
        if not is_installed(name):
            return _not_installed(name, program)
    if program.commands and executable(program) is None:
        return _not_installed(program.name, program)
    return _wrong_python(program) if program.name == "uwsgi" else None


def _versions(program: Program) -> Iterator[tuple[str, str | None]]:
    for name in program.pip:
        yield name, installed_version(name)
    if program.commands:
        yield program.name, _printed_version(program)


def _not_installed(name: str, program: Program) -> str:
    return f"{name} is not installed; {program.install_command}"


def _printed_version(program: Program) -> str | None:
    file = executable(program)
    printed = output(str(file), VERSION_ARGUMENT[program.name]) if file else ""
    match = _VERSION.search(printed)
    return match[0] if match else None


def _wrong_python(program: Program) -> str | None:
    our_version = f"{sys.version_info.major}.{sys.version_info.minor}"
    uwsgi_version = uwsgi_python(str(executable(program)))
    if uwsgi_version is None:
        return f"uwsgi has no Python plugin; {program.install_command}"
    if not f"{uwsgi_version}.".startswith(f"{our_version}."):
        return (
            f"uwsgi runs Python {uwsgi_version}, cors-harness {our_version}: "
            "its apps could not be imported; "
            f"python{our_version} -m pip install uwsgi"
        )
    return None


def uwsgi_python(command: str) -> str | None:
    """The version of the Python inside uWSGI; None where there is none."""
    arguments = uwsgi_arguments(command)
    match = _VERSION.search(output(command, *arguments, "--python-version"))
    return match[0] if match else None


def uwsgi_arguments(command: str) -> tuple[str, ...]:
    """What makes uWSGI run Python: Debian's has it in a plugin, pip's inside."""
    return () if output(command, "--python-version") else ("--plugin", "python3")
