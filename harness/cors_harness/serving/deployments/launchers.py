"""Launcher: how each program of a deployment is started, on its own configuration file."""

import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_harness.model.server import CorsPolicy
from cors_harness.serving.deployments.dispatch import search_path, write_apps
from cors_harness.serving.deployments.programs import executable, uwsgi_arguments
from cors_harness.serving.deployments.site import DeployedSite, DeploymentJob, Launch
from cors_harness.serving.sockets import bind_loopback, reserve_loopback

ExampleValues = Mapping[str, tuple[str, ...]]
Escape = Callable[[str], str]

_NAME = re.compile(r"\$\{([A-Z_]+)\}")


def filled(text: str, values: ExampleValues, escape: Escape) -> str:
    """`text` with its names filled in, each value escaped; names that are unknown stay."""
    return "".join(
        line for each in text.splitlines(keepends=True) for line in _lines(each, values, escape)
    )


def in_double_quotes(value: str) -> str:
    """`value` as nginx and Apache have it inside of double quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"')


def policy_values(policy: CorsPolicy) -> dict[str, tuple[str, ...]]:
    """What the names of a policy stand for: header values, written as a header would have them."""
    exact = tuple(origin for origin in policy.allow_origins if origin != "*")
    return {
        "ORIGIN": exact,
        "ANY_ORIGIN": ("*",) if "*" in policy.allow_origins else (),
        "ORIGIN_REGEX": (policy.allow_origin_regex,) if policy.allow_origin_regex else (),
        "METHODS": _joined(policy.allow_methods),
        "HEADERS": _joined(policy.allow_headers),
        "EXPOSED": _joined(policy.expose_headers),
        "CREDENTIALS": ("true",) if policy.allow_credentials else (),
        "MAX_AGE": () if policy.max_age is None else (str(policy.max_age),),
    }


def _joined(names: tuple[str, ...]) -> tuple[str, ...]:
    return (", ".join(names),) if names else ()


def _lines(line: str, values: ExampleValues, escape: Escape) -> Iterator[str]:
    used = [name for name in _NAME.findall(line) if name in values]
    several = [name for name in used if len(values[name]) != 1]
    if not several:
        yield _put(line, {name: values[name][0] for name in used}, escape)
        return
    for value in values[several[0]]:
        yield from _lines(line, {**values, several[0]: (value,)}, escape)


def _put(line: str, values: Mapping[str, str], escape: Escape) -> str:
    def put(match: re.Match[str]) -> str:
        name = match[1]
        return escape(values[name]) if name in values else match[0]

    return _NAME.sub(put, line)


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


APACHE_MAIN, APACHE_SITES = "apache.main.conf", "sites"
MODULES = (  # of Debian and Ubuntu, of Fedora, of Arch and macOS
    "/usr/lib/apache2/modules",
    "/usr/lib64/httpd/modules",
    "/usr/lib/httpd/modules",
    "/usr/libexec/apache2",
)


def launch_apache(job: DeploymentJob) -> Launch:
    """How Apache is started on the job's sites."""
    (job.folder / APACHE_SITES).mkdir()
    main = (job.config / APACHE_MAIN).read_text("utf-8")
    main = filled(main, _paths(job.folder), in_double_quotes)
    (job.folder / APACHE_MAIN).write_text(main, "utf-8")
    example = job.example.read_text("utf-8")
    for number, site in enumerate(job.sites):
        (job.folder / APACHE_SITES / f"{number}.conf").write_text(
            _apache_site(example, job, site), "utf-8"
        )
    program = str(executable(job.deployment.program))
    return Launch(argv=(program, "-D", "FOREGROUND", "-f", str(job.folder / APACHE_MAIN)))


def _paths(folder: Path) -> dict[str, tuple[str, ...]]:
    modules = next((folder for folder in MODULES if Path(folder).is_dir()), MODULES[0])
    # Root's Apache would have workers of a user who may not enter our private folder; it refuses
    # root as that user unless it was built for it, and needs nothing from the folder by then.
    user = ("nobody",) if os.geteuid() == 0 else ()
    return {"FOLDER": (str(folder),), "MODULES": (modules,), "USER": user}


def _apache_site(example: str, job: DeploymentJob, site: DeployedSite) -> str:
    values = policy_values(site.policy) | {
        "PORT": (str(site.port),),
        "UPSTREAM": (str(site.upstream),),
        "SCHEME": (job.scheme,),
    }
    return filled(example, values, in_double_quotes)


NGINX_MAIN, NGINX_SITES = "nginx.main.conf", "sites"
OWN_FOLDERS = ("temporary", "cache")  # folders below which nginx makes its own
KEYS = ("ORIGIN", "ORIGIN_REGEX")  # what a `map` compares with: no variables there


def launch_nginx(job: DeploymentJob) -> Launch:
    """How nginx is started on the job's sites."""
    (job.folder / NGINX_SITES).mkdir()
    for name in OWN_FOLDERS:
        (job.folder / name).mkdir()
    for name in job.deployment.files[1:]:
        shutil.copy(job.config / name, job.folder)
    example = job.example.read_text("utf-8")
    for number, site in enumerate(job.sites):
        (job.folder / NGINX_SITES / f"{number}.conf").write_text(
            _nginx_site(example, job, number, site)
        )
    fds = "".join(f"{site.socket.fileno()};" for site in job.sites)
    program = str(executable(job.deployment.program))
    folder = f"{job.folder}/"
    argv = (program, "-p", folder, "-c", NGINX_MAIN, "-e", "stderr", "-g", _directives())
    return Launch(argv=argv, env={"NGINX": fds})  # how nginx hands its sockets to a newer nginx


def _nginx_site(example: str, job: DeploymentJob, number: int, site: DeployedSite) -> str:
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
    """The main directives; workers run as us, as another user may not enter our private folder."""
    return "daemon off; user root root;" if os.geteuid() == 0 else "daemon off;"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """How a program is started: on sockets that it inherits, or on ports that it binds itself."""

    launch: Callable[[DeploymentJob], Launch]
    bind: Callable[[], socket.socket] = bind_loopback


LAUNCHERS: Mapping[str, Launcher] = {
    "apache": Launcher(launch=launch_apache, bind=reserve_loopback),
    "granian": Launcher(launch=in_python, bind=reserve_loopback),
    "gunicorn": Launcher(launch=gunicorn),
    "gunicorn-uvicorn": Launcher(launch=gunicorn),
    "hypercorn": Launcher(launch=hypercorn),
    "nginx": Launcher(launch=launch_nginx),
    "uvicorn": Launcher(launch=in_python),
    "uwsgi": Launcher(launch=uwsgi),
    "waitress": Launcher(launch=in_python),
}
