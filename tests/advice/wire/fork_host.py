"""Serves WSGI apps, each in a process of its own, until its stdin ends: Django has one site in one.

`python fork_host.py MODULE...` in the folder of the modules; a line of JSON has their ports.
"""

import importlib
import json
import os
import signal
import socket
import sys

import corsheaders.middleware  # noqa: F401 - once for all children
import django.core.wsgi  # noqa: F401
import waitress


def serve(name: str, listener: socket.socket) -> None:
    waitress.serve(importlib.import_module(name).app, sockets=[listener], threads=1)


def main(names: list[str]) -> None:
    listeners = {name: socket.create_server(("127.0.0.1", 0)) for name in names}
    children = []
    for name, listener in listeners.items():
        child = os.fork()
        if not child:
            serve(name, listener)
        children.append(child)
    ports = {name: listener.getsockname()[1] for name, listener in listeners.items()}
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    for child in children:
        os.kill(child, signal.SIGKILL)


if __name__ == "__main__":
    sys.path.insert(0, "")
    main(sys.argv[1:])
