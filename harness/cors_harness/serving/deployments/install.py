"""install_servers(): brings the programs of the deployments onto this machine."""

import shlex
import sys
from collections.abc import Callable, Iterator

from cors_harness.installing.install import PACKAGES_LIMIT_S, reason, run_command
from cors_harness.installing.machine import Machine, this_machine
from cors_harness.installing.packages import apt_get, apt_install, apt_prefix
from cors_harness.model.deployment import Deployment
from cors_harness.serving.all_servers import all_servers
from cors_harness.serving.deployments.programs import forget, missing
from cors_harness.serving.deployments.registry import load_deployments

Print = Callable[[str], None]
APT, PIP = "apt-get install ", "python -m pip install "


def install_servers(say: Print) -> None:
    """Installs what is missing, telling every command; says what is still missing after that."""
    machine = this_machine()
    wanted = [each.program.install for each in _lacking()]
    for command in _commands(machine, tuple(dict.fromkeys(wanted))):
        failure = run_command(machine, command, PACKAGES_LIMIT_S, say)
        if failure is not None:
            say(f"  failed: {reason(failure)}")
    forget()
    all_servers.cache_clear()
    for why in dict.fromkeys(missing(each) for each in _lacking()):
        say(f"  {why}")


def _lacking() -> list[Deployment]:
    return [each for each in load_deployments() if missing(each)]


def _commands(machine: Machine, wanted: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for command in wanted:
        if command.startswith(PIP):
            words = shlex.split(command.removeprefix(PIP))
            yield (sys.executable, "-m", "pip", "install", *words)
    packages = [word for each in wanted if each.startswith(APT) for word in each.split()[2:]]
    prefix = apt_prefix(machine)
    if packages and prefix is not None:
        yield (*prefix, *apt_get("update"))
        yield (*prefix, *apt_install(packages))
