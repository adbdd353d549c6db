"""connected(): a connection to the user's server, for the client of Python's own `http.client`."""

import socket
import ssl

from cors_harness.model.route import Address

PATIENCE_S = 10


def connected(address: Address) -> socket.socket:
    """A socket on which requests can be written, with TLS where the server speaks it.

    Raises OSError where nobody is there; so does each read that lasts for longer than 10 s.
    """
    plain = socket.create_connection((address.host, address.port), PATIENCE_S)
    if address.tls_name is None:
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=address.tls_name)
