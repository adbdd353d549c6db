"""connect(): a connection to a server, wherever it listens, in TLS where it speaks that."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from functools import cache

from cors_harness.model.route import Address
from cors_harness.wire.dialogue import HTTP_1


async def connect(protocol: Callable[[], asyncio.Protocol], address: Address) -> None:
    """Connects what `protocol` makes to `address`.

    Raises:
        OSError: nobody listens there, or the server's certificate does not hold.
    """
    loop = asyncio.get_running_loop()
    secure = address.tls_name is not None
    await loop.create_connection(
        protocol,
        address.host,
        address.port,
        ssl=trust() if secure else None,
        server_hostname=address.tls_name,
    )


def end(transport: asyncio.Transport) -> None:
    """Say no more, but listen. In TLS that cannot be said, so there it is the end of both."""
    if transport.is_closing():
        return
    if not transport.can_write_eof():
        transport.close()
        return
    with contextlib.suppress(OSError):
        transport.write_eof()


@cache  # loading the authorities takes some milliseconds
def trust() -> ssl.SSLContext:
    """What checks servers' certificates: the system's authorities, or those of SSL_CERT_FILE."""
    context = ssl.create_default_context()
    context.set_alpn_protocols([HTTP_1])
    return context
