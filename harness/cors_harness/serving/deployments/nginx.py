"""launch() for nginx: one with the sockets of all sites, a `server {}` for each."""

import os
import shutil

from cors_harness.serving.deployments.example import filled, in_double_quotes, policy_values
from cors_harness.serving.deployments.programs import executable
from cors_harness.serving.deployments.site import DeployedSite, DeploymentJob, Launch

MAIN, SITES = "nginx.main.conf", "sites"
OWN_FOLDERS = ("temporary", "cache")  # folders below which nginx makes its own
KEYS = ("ORIGIN", "ORIGIN_REGEX")  # what a `map` compares with: no variables there


def launch(job: DeploymentJob) -> Launch:
    """How nginx is started on the job's sites."""
    (job.folder / SITES).mkdir()
    for name in OWN_FOLDERS:
        (job.folder / name).mkdir()
    for name in job.deployment.files[1:]:
        shutil.copy(job.config / name, job.folder)
    example = job.example.read_text("utf-8")
    for number, site in enumerate(job.sites):
        (job.folder / SITES / f"{number}.conf").write_text(_site(example, job, number, site))
    fds = "".join(f"{site.socket.fileno()};" for site in job.sites)
    program = str(executable(job.deployment.program))
    folder = f"{job.folder}/"
    argv = (program, "-p", folder, "-c", MAIN, "-e", "stderr", "-g", _directives())
    return Launch(argv=argv, env={"NGINX": fds})  # how nginx hands its sockets to a newer nginx


def _site(example: str, job: DeploymentJob, number: int, site: DeployedSite) -> str:
    policy = policy_values(site.policy)
    values = {name: policy[name] if name in KEYS else _constant(policy[name]) for name in policy}
    values |= {
        "SITE": (str(number),),
        "PORT": (str(site.port),),
        "UPSTREAM": (str(site.upstream),),
        "SCHEME": (job.scheme,),
    }
    return filled(example, values, in_double_quotes)


def _constant(values: tuple[str, ...]) -> tuple[str, ...]:
    """Header values in which `$` begins no variable."""
    return tuple(value.replace("$", "${dollar}") for value in values)


def _directives() -> str:
    """Root's nginx would have workers of another user, who may not enter our private folder."""
    return "daemon off; user root root;" if os.geteuid() == 0 else "daemon off;"
