"""UserServer: the user's own server, started by their command or running already at its URL."""

import asyncio
from typing import Protocol

from cors_harness.errors import ServerFailed
from cors_harness.model.route import Address
from cors_harness.model.subject import CommandSubject, UrlSubject
from cors_harness.serving.user.app_output import AppOutput
from cors_harness.serving.user.command import UserCommand
from cors_harness.serving.user.probe import (
    LOOPBACK,
    Answered,
    Silence,
    Silent,
    UpServer,
    probe,
    refuses,
    stated_versions,
)
from cors_harness.terms.origin import Origin

LOOK_S = 0.5  # between two looks whether it is still there


class ServerGroup(Protocol):
    """Servers that are watched and ended together, whatever it takes to start them."""

    async def watch(self) -> None:
        """Waits until one of them has died and raises ServerFailed, with its last words."""

    async def look(self) -> None:
        """Raises ServerFailed where one has gone that `watch` has not missed yet."""

    async def stop(self) -> None:
        """Ends them; idempotent."""


class UserServer(ServerGroup, Protocol):
    """A server that takes requests from `start` to `stop`; nothing of ours is in it."""

    async def start(self) -> UpServer:
        """Waits until it answers; raises UsageError or ServerFailed, with the reason."""


def user_server(
    subject: CommandSubject | UrlSubject, output: AppOutput | None = None, engine: str = ""
) -> UserServer:
    """The server of the user; raises UsageError where their command makes no sense.

    Args:
        subject: what names it.
        output: takes what it writes, where it is started; None: only the end of it is kept.
        engine: the only one that calls it; empty: all do.
    """
    match subject:
        case CommandSubject():
            return UserCommand(subject, output, engine)
        case UrlSubject(origin=origin):
            return UserUrl(origin)


class UserUrl:
    """The user's server that runs already at its URL; nothing of ours starts or ends it."""

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._address: Address | None = None

    async def start(self) -> UpServer:
        """Finds the server; raises as `reached`."""
        server = await reached(self._origin)
        self._address = server.address
        return server

    async def watch(self) -> None:
        """Raises ServerFailed as soon as it is not there any more; never returns."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Raises ServerFailed where nobody listens any more."""
        if self._address and await refuses(self._address):
            gone = f"your server {self._origin} is not there any more: nobody listens on that port"
            raise ServerFailed(gone)

    async def stop(self) -> None:
        """Ends nothing: somebody else has started it."""


async def reached(origin: Origin) -> UpServer:
    """The server at `origin`, which must answer now.

    Raises:
        ServerFailed: there is none, or it does not speak HTTP, or its certificate is not trusted.
    """
    silent = Silent(cause=Silence.NOT_THERE)
    for address in _addresses(origin):
        probed = await probe(address)
        if isinstance(probed, Answered):
            return UpServer(address=address, versions=stated_versions(probed.server))
        silent = probed
        if silent.listens:
            break
    raise ServerFailed(f"your server {origin} {silent.why}{_hint(origin, silent.cause)}")


def _hint(origin: Origin, cause: Silence) -> str:
    match cause:
        case Silence.NOT_THERE:
            return "\n  start it first, or let cors-harness start it: --command '… {port}'"
        case Silence.UNTRUSTED:
            return "\n  SSL_CERT_FILE=FILE names a PEM file with the authority that has signed it"
        case Silence.NO_TLS | Silence.ONLY_TLS:
            return f"\n  does it speak {'http' if origin.is_secure else 'https'}?"
        case Silence.SLOW | Silence.CLOSED | Silence.NO_HTTP:
            return ""


def _addresses(origin: Origin) -> tuple[Address, ...]:
    """The addresses that it may listen on; `localhost` is 127.0.0.1 or ::1, as for browsers.

    https://www.rfc-editor.org/rfc/rfc6761#section-6.3
    """
    host = origin.host.strip("[]")
    is_name = host == "localhost" or host.endswith(".localhost")
    tls_name = host if origin.is_secure else None
    return tuple(
        Address(host=address, port=origin.port, tls_name=tls_name)
        for address in (LOOPBACK if is_name else (host,))
    )
