"""LAUNCHERS: how each program is started, on its own configuration file and our sockets."""

import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cors_harness.serving.deployments import apache, nginx
from cors_harness.serving.deployments.dispatch import search_path, write_apps
from cors_harness.serving.deployments.programs import executable, uwsgi_arguments
from cors_harness.serving.deployments.site import DeploymentJob, Launch
from cors_harness.serving.sockets import bind_loopback, reserve_loopback

APPS = "cors_harness.serving.deployments.dispatch"
HOST = "cors_harness.serving.deployments.host"
# -P: a module of the current folder must not take the place of one of ours.
PYTHON_MODULE = (sys.executable, "-P", "-m")


def gunicorn(job: DeploymentJob) -> Launch:
    """`gunicorn --config FILE.py`."""
    argv = ("gunicorn", "--config", str(job.example), *_option_for_sites("--bind", job), _app(job))
    return Launch(argv=(*PYTHON_MODULE, *argv), env=write_apps(job))


def hypercorn(job: DeploymentJob) -> Launch:
    """`hypercorn --config FILE.toml`."""
    argv = ("hypercorn", "--config", str(job.example), *_option_for_sites("--bind", job), _app(job))
    return Launch(argv=(*PYTHON_MODULE, *argv), env=write_apps(job))


def uwsgi(job: DeploymentJob) -> Launch:
    """`uwsgi --ini FILE.ini`; its Python may be another one than ours."""
    program = str(executable(job.deployment.program))
    ini = (
        "--ini",
        str(job.example),
        *_option_for_sites("--http-socket", job),
        "--module",
        _app(job),
    )
    env = {**write_apps(job), "PYTHONPATH": search_path(job.servers)}
    return Launch(argv=(program, *uwsgi_arguments(program), *ini), env=env)


def in_python(job: DeploymentJob) -> Launch:
    """`python FILE.py`, for a server that is started by a call of its own."""
    fds = (str(site.socket.fileno()) for site in job.sites)
    argv = (HOST, job.deployment.interface, str(job.example), *fds)
    return Launch(argv=(*PYTHON_MODULE, *argv), env=write_apps(job))


def _option_for_sites(option: str, job: DeploymentJob) -> Sequence[str]:
    fds = (site.socket.fileno() for site in job.sites)
    return [word for fd in fds for word in (option, f"fd://{fd}")]


def _app(job: DeploymentJob) -> str:
    return f"{APPS}:{job.deployment.interface}()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """How a program is started: on sockets that it inherits, or on ports that it binds itself."""

    launch: Callable[[DeploymentJob], Launch]
    bind: Callable[[], socket.socket] = bind_loopback


LAUNCHERS: Mapping[str, Launcher] = {
    "apache": Launcher(launch=apache.launch, bind=reserve_loopback),
    "granian": Launcher(launch=in_python, bind=reserve_loopback),
    "gunicorn": Launcher(launch=gunicorn),
    "gunicorn-uvicorn": Launcher(launch=gunicorn),
    "hypercorn": Launcher(launch=hypercorn),
    "nginx": Launcher(launch=nginx.launch),
    "uvicorn": Launcher(launch=in_python),
    "uwsgi": Launcher(launch=uwsgi),
    "waitress": Launcher(launch=in_python),
}
