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


def reserve_loopback() -> socket.socket:
    """A TCP socket that holds a free port of 127.0.0.1 for a program that must bind by itself.

    Nobody can take the port but a socket with SO_REUSEPORT of the same user. This one does not
    listen, so no connection ends here.
    """
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


def port_of(listener: socket.socket) -> int:
    """The port that a socket is bound to."""
    return int(listener.getsockname()[1])
