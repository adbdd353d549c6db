"""Install commands: Playwright's installer and apt-get, run so that each is told and none asks."""

import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence

from cors_harness.installing.machine import Machine, run_program
from cors_harness.installing.packages import Tool, apt_get, apt_install, apt_prefix, choose_packages

Announce = Callable[[str], None]  # takes a line for the user: a command, or what became of it
DOWNLOAD_LIMIT_S = 900  # some 200 MB over a slow line
PACKAGES_LIMIT_S = 1800
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
NOT_FOR_THIS_SYSTEM = "does not support"


def playwright_install(name: str) -> tuple[str, ...]:
    """The command that downloads Playwright's own build."""
    return (sys.executable, "-m", "playwright", "install", name)


def download(machine: Machine, names: Sequence[str], say: Announce) -> None:
    """Tries `playwright install` for each; says why where it fails and raises nothing."""
    for name in names:
        failure = run_command(machine, playwright_install(name), DOWNLOAD_LIMIT_S, say)
        if failure is None:
            _install_libraries(machine, name, say)
            continue
        say(f"  failed: {reason(failure)}")
        if NOT_FOR_THIS_SYSTEM not in failure:
            return  # the next download would fail alike


def install_packages(machine: Machine, names: Sequence[str], say: Announce) -> Mapping[str, str]:
    """Installs the distribution's packages; says why, by name, where that was not possible."""
    prefix = apt_prefix(machine)
    if prefix is None:
        return dict.fromkeys(names, "neither Playwright nor apt-get could install it")
    failure = run_command(machine, (*prefix, *apt_get("update")), PACKAGES_LIMIT_S, say)
    if failure is not None:
        say(f"  failed: {reason(failure)}; going on with the lists that are here")
    packages, without = choose_packages(names)
    reasons = dict.fromkeys(without, "the distribution has no package for it (a snap is none)")
    if not packages:
        return reasons
    failure = run_command(machine, (*prefix, *apt_install(packages)), PACKAGES_LIMIT_S, say)
    if failure is not None:
        say(f"  failed: {reason(failure)}")
    failed = {} if failure is None else dict.fromkeys(names, f"apt-get: {reason(failure)}")
    return failed | reasons


def install_tools(machine: Machine, tools: Sequence[Tool], say: Announce) -> None:
    """Installs what engines need beside them; says what to type where that is not possible."""
    packages = [package for tool in tools for package in tool.packages]
    prefix = apt_prefix(machine)
    commands = [apt_get("update"), apt_install(packages)] if prefix is not None else []
    failures = [
        run_command(machine, (*(prefix or ()), *command), PACKAGES_LIMIT_S, say)
        for command in commands
    ]
    failure = failures[-1] if failures else "apt-get cannot be used"
    if failure is not None:
        say(f"  failed: {reason(failure)}")
        for tool in tools:
            say(f"  {tool.program} is missing: {tool.install_command(machine.platform)}")


def _install_libraries(machine: Machine, name: str, say: Announce) -> None:
    """A bare Linux lacks system libraries that Playwright's builds need; its installer knows which.

    Where we may not install them, says what to type should the engine not start.
    """
    if machine.platform != "linux":
        return
    command = (sys.executable, "-m", "playwright", "install-deps", name)
    prefix = apt_prefix(machine)
    if prefix is None:
        say(f"  should {name} not start for want of system libraries: sudo {shlex.join(command)}")
        return
    failure = run_command(machine, (*prefix, *command), PACKAGES_LIMIT_S, say)
    if failure is not None:
        say(f"  failed: {reason(failure)}; {name} may lack system libraries")


def run_command(
    machine: Machine, command: Sequence[str], limit_s: int, say: Announce
) -> str | None:
    """Runs a command and all that it starts; None when it succeeds, else what it printed."""
    say(f"$ {shlex.join(command)}")
    try:
        status, printed = run_program(command, limit_s, environment=machine.environment)
    except TimeoutError:
        return f"Error: no end after {limit_s} s"
    return None if status == 0 else COLOURS.sub("", printed)


def reason(printed: str) -> str:
    """The line that says most: the first error, else the last line."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    errors = (line for line in lines if re.match(r"(E|Error):", line))
    return next(errors, lines[-1] if lines else "no output")
