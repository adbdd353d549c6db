"""AdvertisedPorts: what browsers on other machines reach, and who gets an answer there.

A machine whose browser has shown a ticket of the run at the entry is let in, by its address, until
the run ends. Any other connection is closed without a byte. The servers behind stay on loopback.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from typing import cast

from cors_harness.wire.tap import BACKLOG
from cors_harness.wire.ticket import nonce_of

EVERYWHERE = "*"  # instead of an address: on all that this machine has
HEAD_S = 10.0  # that a stranger may take for the head of a request
HEAD_LIMIT = 16 * 1024
PENDING_LIMIT = 64  # strangers that may be at the entry at the same time
TRIES = 20  # for a port that is free on several addresses
HEAD_END = b"\r\n\r\n"
METHOD = b"GET "
_PAGE = b'<!doctype html><title>cors-harness</title><link rel="icon" href="data:,">'
WELCOME = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nCache-Control: no-store\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(_PAGE), _PAGE)
)
_ENTERING = re.compile(rb"GET /(?P<ticket>[\w.-]+) HTTP/1\.1\r\n")
_HOST = re.compile(rb"\r\nhost:[ \t]*([^\r\n]*?)[ \t]*\r\n", re.IGNORECASE)

ProtocolMaker = Callable[[], asyncio.Protocol]


class AdvertisedPorts:
    """The advertised sockets of a run.

    Attributes:
        addresses: that they listen on, or EVERYWHERE alone; empty before `open`.
    """

    def __init__(self) -> None:
        self.addresses: tuple[str, ...] = ()
        self._host, self._token = "", ""
        self._let_in: set[str] = set()
        self._machines: dict[str, str] = {}  # that have shown a ticket, by its nonce
        self._pending: set[_Entering] = set()
        self._of_servers: list[asyncio.Server] = []

    async def open(self, host: str, token: str) -> int:
        """Opens the entry: the one port that answers a stranger, where a ticket is shown.

        `GET /TICKET` lets the machine in. Who has overheard a ticket cannot use it: it is good for
        one machine.

        Args:
            host: by which browsers call this machine, as a URL has it.
            token: of the run; tickets are made of it.

        Returns:
            The port.

        Raises:
            OSError: no socket could be had.
        """
        self._host, self._token = host, token
        self.addresses = await _own_addresses(host.strip("[]"))
        _, port = await self._listen(lambda: _Entering(self))
        return port

    async def guard(self, protocol: ProtocolMaker) -> tuple[tuple[asyncio.Server, ...], int]:
        """Opens a port where connections of machines that are let in go to what `protocol` makes.

        Raises:
            OSError: no socket could be had.
        """
        return await self._listen(lambda: _Guarded(self, protocol))

    async def guard_http(self, protocol: ProtocolMaker, *, is_of_server: bool = False) -> int:
        """Opens a port as `guard` does, for HTTP/1.1 of browsers that call it by the host alone.

        A page of anybody's that has a name of its own for this machine gets no answer.

        Args:
            protocol: as in `guard`.
            is_of_server: whether `close_of_servers` closes it.

        Raises:
            OSError: no socket could be had.
        """
        servers, port = await self._listen(lambda: _ByHost(self, protocol))
        self._of_servers += servers if is_of_server else ()
        return port

    def close_of_servers(self) -> None:
        """Closes the ports of servers that have ended: others may have theirs behind them soon."""
        for server in self._of_servers:
            server.close()
        self._of_servers.clear()

    async def _listen(self, protocol: ProtocolMaker) -> tuple[tuple[asyncio.Server, ...], int]:
        loop = asyncio.get_running_loop()
        sockets = _listening(self.addresses)
        servers = [
            await loop.create_server(protocol, sock=each, backlog=BACKLOG) for each in sockets
        ]
        return tuple(servers), cast("int", sockets[0].getsockname()[1])

    def lets_in(self, transport: asyncio.Transport) -> bool:
        """Whether the machine at the other end has shown a ticket."""
        return _machine(transport) in self._let_in

    def is_called(self, head: bytes, transport: asyncio.Transport) -> bool:
        """Whether a request names the host, and the port that it came to."""
        port = transport.get_extra_info("sockname")[1]
        hosts = _HOST.findall(head)
        return [host.lower() for host in hosts] == [f"{self._host}:{port}".encode()]

    def may_wait(self, stranger: "_Entering") -> bool:
        """Whether one more stranger may say what it has to say; it is kept until `forget`."""
        if len(self._pending) >= PENDING_LIMIT:
            return False
        self._pending.add(stranger)
        return True

    def forget(self, stranger: "_Entering") -> None:
        """The connection of a stranger is over."""
        self._pending.discard(stranger)

    def enter(self, head: bytes, transport: asyncio.Transport) -> bool:
        """Whether a request shows a ticket; its machine is let in then."""
        request = _ENTERING.match(head)
        nonce = nonce_of(request["ticket"].decode(), self._token) if request else None
        machine = _machine(transport)
        if nonce is None or self._machines.setdefault(nonce, machine) != machine:
            return False
        self._let_in.add(machine)
        return True


class _Guarded(asyncio.Protocol):
    """A connection to an advertised socket until it is known whose it is."""

    def __init__(self, advertised: AdvertisedPorts, protocol: ProtocolMaker) -> None:
        self._advertised, self._protocol = advertised, protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._advertised.lets_in(self._transport):
            self._welcome()
        else:
            self._transport.abort()

    def _welcome(self) -> None:
        self._pass_on()

    def _pass_on(self, data: bytes = b"") -> None:
        protocol = self._protocol()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        if data:
            protocol.data_received(data)


class _ByHost(_Guarded):
    """One that is passed on only where its first request names the host.

    Browsers keep a connection to the name that they have opened it for.
    """

    _head = b""

    def _welcome(self) -> None:
        """Wait for the head: a browser may open connections that it needs later."""

    def data_received(self, data: bytes) -> None:
        self._head += data
        if HEAD_END in self._head and self._advertised.is_called(self._head, self._transport):
            self._pass_on(self._head)
        elif HEAD_END in self._head or len(self._head) > HEAD_LIMIT:
            self._transport.abort()


class _Entering(asyncio.Protocol):
    """A connection to the entry."""

    def __init__(self, advertised: AdvertisedPorts) -> None:
        self._advertised, self._head = advertised, b""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self._advertised.may_wait(self):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(HEAD_S, self._transport.abort)
        else:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._head += data
        may_enter = self._head[: len(METHOD)] == METHOD[: len(self._head)]
        if may_enter and HEAD_END not in self._head and len(self._head) <= HEAD_LIMIT:
            return
        if self._advertised.enter(self._head, self._transport):
            self._transport.write(WELCOME)
            self._transport.close()
        else:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - either way
        self._advertised.forget(self)
        if self._timer:
            self._timer.cancel()


def _machine(transport: asyncio.Transport) -> str:
    """The address of the other end; of IPv4 in the same form, whatever socket it came to."""
    text = cast("str", transport.get_extra_info("peername")[0])
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


async def _own_addresses(host: str) -> tuple[str, ...]:
    """The addresses of this machine that `host` stands for; EVERYWHERE where it has none of them.

    Behind a router that passes connections on, say. A name that stands for loopback here is
    another machine's way to itself.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return (EVERYWHERE,)
    addresses = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
    is_named = host not in addresses
    if is_named and any(ipaddress.ip_address(each).is_loopback for each in addresses):
        return (EVERYWHERE,)
    own = tuple(filter(_is_own, addresses))
    return own or (EVERYWHERE,)


def _is_own(address: str) -> bool:
    try:
        _listener(address, 0).close()
    except OSError:
        return False
    return True


def _listener(address: str, port: int) -> socket.socket:
    if address == EVERYWHERE:
        both = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if both else socket.AF_INET
        return socket.create_server(("", port), family=family, dualstack_ipv6=both)
    return socket.create_server(
        (address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET
    )


def _listening(addresses: Sequence[str]) -> tuple[socket.socket, ...]:
    """A socket on each address, all with one port; raises OSError where there is none."""
    for attempt in range(TRIES):
        sockets = [_listener(addresses[0], 0)]
        port = sockets[0].getsockname()[1]
        try:
            sockets.extend(_listener(address, port) for address in addresses[1:])
        except OSError:  # somebody has the port there
            for each in sockets:
                each.close()
            if attempt == TRIES - 1:
                raise
        else:
            return tuple(sockets)
    raise AssertionError("unreachable")
