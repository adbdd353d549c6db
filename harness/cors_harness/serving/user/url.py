"""UserUrl: the user's server that runs already, found at its URL and missed when it goes."""

import asyncio

from cors_harness.errors import ServerFailed
from cors_harness.model.route import Address
from cors_harness.serving.user.probe import (
    LOOPBACK,
    Answered,
    UpServer,
    probe,
    refuses,
    said_versions,
)
from cors_harness.terms.origin import Origin

LOOK_S = 0.5  # between two looks whether it is still there


class UserUrl:
    """One such server; nothing of ours starts or ends it."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._address: Address | None = None

    async def start(self) -> UpServer:
        """Finds it; raises as `reached`."""
        served = await reached(self._origin)
        self._address = served.address
        return served

    async def watch(self) -> None:
        """Comes back only by raising ServerFailed: it is not there any more."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.check()

    async def check(self) -> None:
        """Raises ServerFailed where nobody listens any more."""
        if self._address and await refuses(self._address):
            gone = f"your server {self._origin} is not there any more: nobody listens on that port"
            raise ServerFailed(gone)


async def reached(origin: Origin) -> UpServer:
    """The server at `origin`, which must answer now.

    Raises:
        ServerFailed: there is none, or it does not speak HTTP, or its certificate is not trusted.
    """
    last = "is not there"
    for address in _addresses(origin):
        found = await probe(address)
        if isinstance(found, Answered):
            return UpServer(address=address, versions=said_versions(found.server))
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


def _addresses(origin: Origin) -> tuple[Address, ...]:
    """Where it may listen; `localhost` is 127.0.0.1 or ::1, as for browsers.

    https://www.rfc-editor.org/rfc/rfc6761#section-6.3
    """
    host = origin.host.strip("[]")
    is_name = host == "localhost" or host.endswith(".localhost")
    tls_name = host if origin.is_secure else None
    return tuple(
        Address(host=each, port=origin.port, tls_name=tls_name)
        for each in (LOOPBACK if is_name else (host,))
    )
