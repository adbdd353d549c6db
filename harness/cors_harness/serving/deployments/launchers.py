"""Launcher: how a program is started, and on what sockets."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cors_harness.serving.deployments import apache, app_servers, nginx
from cors_harness.serving.deployments.site import Job, Launch
from cors_harness.serving.sockets import bind_loopback, reserve_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class Launcher:
    """How a program is started: on sockets that it inherits, or on ports that it binds itself."""

    launch: Callable[[Job], Launch]
    bind: Callable[[], socket.socket] = bind_loopback


LAUNCHERS: Mapping[str, Launcher] = {
    "apache": Launcher(launch=apache.launch, bind=reserve_loopback),
    "granian": Launcher(launch=app_servers.in_python, bind=reserve_loopback),
    "gunicorn": Launcher(launch=app_servers.gunicorn),
    "gunicorn-uvicorn": Launcher(launch=app_servers.gunicorn),
    "hypercorn": Launcher(launch=app_servers.hypercorn),
    "nginx": Launcher(launch=nginx.launch),
    "uvicorn": Launcher(launch=app_servers.in_python),
    "uwsgi": Launcher(launch=app_servers.uwsgi),
    "waitress": Launcher(launch=app_servers.in_python),
}
