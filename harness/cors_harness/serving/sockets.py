"""Loopback sockets: bound to a free port, listening and kept, so that nobody else can take it."""

import socket

BACKLOG = 1024


def bind_loopback() -> socket.socket:
    """A TCP socket that listens on a free port of 127.0.0.1 and on nothing else.

    Connections that come before a server takes the socket over wait in its queue.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)
    listener.settimeout(0)
    return listener


def port_of(listener: socket.socket) -> int:
    """The port that `bind_loopback` got."""
    return int(listener.getsockname()[1])
