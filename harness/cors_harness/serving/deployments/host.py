"""Runs Python servers on our sockets.

`python -m cors_harness.serving.deployments.host wsgi|asgi FILE FD…`, where FILE
defines `serve(app, sockets)`, which serves the app on listening sockets and does not return.
"""

import runpy
import socket
import sys

from cors_harness.serving.deployments import dispatch


def main(interface: str, file: str, *fds: str) -> None:
    """Serves all the apps with the server that `file` configures."""
    sockets = [socket.socket(fileno=int(fd)) for fd in fds]
    app = dispatch.wsgi() if interface == "wsgi" else dispatch.asgi()
    runpy.run_path(file)["serve"](app, sockets)


if __name__ == "__main__":
    main(*sys.argv[1:])
