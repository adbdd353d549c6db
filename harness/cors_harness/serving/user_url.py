"""reached(): the user's server that runs already, found at its URL."""

import asyncio
import socket

from cors_harness.errors import ServerFailed
from cors_harness.model.route import Address
from cors_harness.serving.probe import Answered, probe
from cors_harness.serving.served import LOOPBACK, Served, said_versions
from cors_harness.terms.origin import Origin, is_loopback


async def reached(origin: Origin) -> Served:
    """The server at `origin`, which must answer now.

    Raises:
        ServerFailed: there is none, or it does not speak HTTP, or its certificate is not trusted.
    """
    last = "is not there"
    for address in await _addresses(origin):
        found = await probe(address)
        if isinstance(found, Answered):
            return Served(address=address, versions=said_versions(found.server))
        last = found.why
        if found.listens:
            break
    raise ServerFailed(f"your server {origin} {last}{_hint(origin, last)}")


def _hint(origin: Origin, why: str) -> str:
    if why.startswith("is not there"):
        return "\n  start it first, or let cors-harness start it: --command '… {port}'"
    if "certificate" in why:
        return "\n  SSL_CERT_FILE=FILE names a PEM file with the authority that has signed it"
    if "TLS" in why:
        scheme = "http" if origin.is_secure else "https"
        return f"\n  does it speak {scheme}?"
    return ""


async def _addresses(origin: Origin) -> tuple[Address, ...]:
    """Where it may listen; `localhost` may be 127.0.0.1 or ::1, and is looked up only once."""
    host = origin.host.strip("[]")
    hosts = await _loopback(host) if is_loopback(origin.host) else (host,)
    tls_name = host if origin.is_secure else None
    return tuple(Address(host=each, port=origin.port, tls_name=tls_name) for each in hosts)


async def _loopback(host: str) -> tuple[str, ...]:
    """The addresses of a loopback name; never others, whatever a name server says of it."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:  # NAME.localhost is a loopback name for browsers, and often for nobody else
        found = []
    hosts = dict.fromkeys(str(address[0]) for *_, address in found)
    return tuple(each for each in hosts if is_loopback(each)) or LOOPBACK
