"""Application servers: how each is started, on its own configuration file and our sockets."""

import sys
from collections.abc import Sequence

from cors_harness.serving.deployments.dispatch import search_path, write_apps
from cors_harness.serving.deployments.programs import executable, uwsgi_arguments
from cors_harness.serving.deployments.site import Job, Launch

APPS = "cors_harness.serving.deployments.dispatch"
HOST = "cors_harness.serving.deployments.host"
# -P: a module of the current folder must not take the place of one of ours.
PYTHON_MODULE = (sys.executable, "-P", "-m")


def gunicorn(job: Job) -> Launch:
    """`gunicorn --config FILE.py`."""
    argv = ("gunicorn", "--config", str(job.example), *_each("--bind", job), _app(job))
    return Launch(argv=(*PYTHON_MODULE, *argv), env=write_apps(job))


def hypercorn(job: Job) -> Launch:
    """`hypercorn --config FILE.toml`."""
    argv = ("hypercorn", "--config", str(job.example), *_each("--bind", job), _app(job))
    return Launch(argv=(*PYTHON_MODULE, *argv), env=write_apps(job))


def uwsgi(job: Job) -> Launch:
    """`uwsgi --ini FILE.ini`; its Python may be another one than ours."""
    program = str(executable(job.deployment.program))
    ini = ("--ini", str(job.example), *_each("--http-socket", job), "--module", _app(job))
    env = {**write_apps(job), "PYTHONPATH": search_path(job.servers)}
    return Launch(argv=(program, *uwsgi_arguments(program), *ini), env=env)


def in_python(job: Job) -> Launch:
    """`python FILE.py`, for a server that is started by a call of its own."""
    fds = (str(site.socket.fileno()) for site in job.sites)
    argv = (HOST, job.deployment.interface, str(job.example), *fds)
    return Launch(argv=(*PYTHON_MODULE, *argv), env=write_apps(job))


def _each(option: str, job: Job) -> Sequence[str]:
    fds = (site.socket.fileno() for site in job.sites)
    return [word for fd in fds for word in (option, f"fd://{fd}")]


def _app(job: Job) -> str:
    return f"{APPS}:{job.deployment.interface}()"
