"""install_servers(): brings the programs of the deployments onto this machine."""

import sys
from collections.abc import Iterator, Sequence

from cors_harness.installing.install import PACKAGES_LIMIT_S, Announce, reason, run_command
from cors_harness.installing.machine import Machine, this_machine
from cors_harness.installing.packages import apt_get, apt_install, apt_prefix
from cors_harness.model.deployment import Deployment, Program
from cors_harness.serving.all_servers import all_servers
from cors_harness.serving.deployments.programs import forget, missing
from cors_harness.serving.deployments.registry import load_deployments


def install_servers(say: Announce) -> None:
    """Installs what is missing, telling every command; says what is still missing after that."""
    machine = this_machine()
    for command in install_commands(machine, [deployment.program for deployment in _lacking()]):
        failure = run_command(machine, command, PACKAGES_LIMIT_S, say)
        if failure is not None:
            say(f"  failed: {reason(failure)}")
    forget()
    all_servers.cache_clear()
    for why in dict.fromkeys(missing(deployment) for deployment in _lacking()):
        say(f"  {why}")


def install_commands(machine: Machine, programs: Sequence[Program]) -> Iterator[tuple[str, ...]]:
    """The commands that bring these programs; no apt-get where it cannot be used unasked."""
    for distributions in dict.fromkeys(program.pip for program in programs if program.pip):
        yield (sys.executable, "-m", "pip", "install", *distributions)
    packages = tuple(dict.fromkeys(name for program in programs for name in program.apt))
    prefix = apt_prefix(machine) if packages else None
    if prefix is not None:
        yield (*prefix, *apt_get("update"))
        yield (*prefix, *apt_install(packages))


def _lacking() -> list[Deployment]:
    return [deployment for deployment in load_deployments() if missing(deployment)]
