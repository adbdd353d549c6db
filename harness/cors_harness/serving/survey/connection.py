"""connected(): a connection to the user's server, for the client of Python's own `http.client`."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from threading import Event, Timer

from cors_harness.model.route import Address

PATIENCE_S = 10
ANSWER_S = 20  # for all of an answer


@contextmanager
def answered_within(limit_s: float, connection: socket.socket) -> Iterator[None]:
    """Ends the connection when its block lasts for longer, however much still comes.

    Raises TimeoutError then.
    """
    is_late = Event()

    def end() -> None:
        is_late.set()
        shut(connection)

    timer = Timer(limit_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPException):
        if not is_late.is_set():
            raise
    finally:
        timer.cancel()
    if is_late.is_set():
        raise TimeoutError(f"no whole answer within {limit_s:g} s")


def shut(connection: socket.socket) -> None:
    """Nothing more comes on it, so that whoever reads goes on; from any thread, at any time."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def connected(address: Address) -> socket.socket:
    """A socket on which requests can be written, with TLS where the server speaks it.

    Raises OSError where nobody is there; so does each read that lasts for longer than 10 s.
    """
    plain = socket.create_connection((address.host, address.port), PATIENCE_S)
    if address.tls_name is None:
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=address.tls_name)
