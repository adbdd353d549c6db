"""Who gets an answer at the sockets that browsers on other machines reach: real bytes, real SOCKS.

The other machines are addresses of this one: the whole of 127.0.0.0/8 is loopback on Linux.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.wire.gate_client import connect
from tests.wire.tap_builders import DEADLINE_S, OK, Reader, Writer, always, closed, run, serving

from cors_harness.model.route import Address
from cors_harness.wire.advertised import AdvertisedPorts
from cors_harness.wire.recorder import Recorder
from cors_harness.wire.ticket import new_ticket

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 for loopback"
)

HOST = "127.0.0.2"
GUEST, STRANGER = "127.0.0.3", "127.0.0.4"
TOKEN = "only-the-browsers-of-this-run-know-it"  # noqa: S105 - of a test
GREETING = b"\x05\x01\x00"


@dataclass(slots=True, kw_only=True)
class Sockets:
    """What is advertised, by the ports.

    Attributes:
        seen: connections that came to the server behind.
    """

    recorder: Recorder
    entry: int
    server: int
    gate: int
    front: int
    addresses: tuple[str, ...]
    seen: list[int]

    @property
    def request(self) -> bytes:
        """What a browser would send to the server."""
        return f"GET /?cell=p.1 HTTP/1.1\r\nHost: {HOST}:{self.server}\r\n\r\n".encode()


@asynccontextmanager
async def advertised(host: str = HOST) -> AsyncIterator[Sockets]:
    seen: list[int] = []

    async def serve(reader: Reader, writer: Writer) -> None:
        seen.append(1)
        await always(OK)(reader, writer)

    recorder = Recorder()
    await recorder.start()
    try:
        async with serving(serve) as port:
            entry, addresses = await recorder.advertise(host, TOKEN)
            front = await recorder.listen(Address(port=port), "server")
            yield Sockets(
                recorder=recorder,
                entry=entry,
                server=await recorder.advertise_port(front),
                gate=await recorder.open_gate("chromium", advertised=True),
                front=front,
                addresses=addresses,
                seen=seen,
            )
    finally:
        await recorder.stop()


async def answer(machine: str, port: int, data: bytes, host: str = HOST) -> bytes:
    """All that a machine gets for `data`; empty also where the connection is reset."""
    with suppress(ConnectionError):
        reader, writer = await asyncio.open_connection(host, port, local_addr=(machine, 0))
        try:
            writer.write(data)
            async with asyncio.timeout(DEADLINE_S):
                return await reader.read(1)
        finally:
            await closed(writer)
    return b""


def command_lines() -> list[bytes]:
    """Of all processes of this machine."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            lines.append(file.read_bytes())
    return lines


def entering(ticket: str = "") -> bytes:
    return f"GET /{ticket or new_ticket(TOKEN)} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


async def let_in(machine: str, sockets: Sockets, data: bytes = b"") -> bytes:
    """The response of the entry to a machine that shows a ticket."""
    reader, writer = await asyncio.open_connection(HOST, sockets.entry, local_addr=(machine, 0))
    writer.write(data or entering())
    response = await reader.read()
    await closed(writer)
    return response


def test_stranger_gets_no_byte_anywhere_and_no_server_notices_it() -> None:
    async def test() -> None:
        async with advertised() as sockets:
            await let_in(GUEST, sockets)
            assert await answer(STRANGER, sockets.server, sockets.request) == b""
            assert await answer(STRANGER, sockets.gate, GREETING) == b""
            for data in (sockets.request, GREETING, b"\x16\x03\x01\x02\x00\r\n\r\n", b"\r\n\r\n"):
                assert await answer(STRANGER, sockets.entry, data) == b""
            assert sockets.seen == []

    run(test())


def test_wrong_ticket_is_answered_by_nothing_and_lets_nobody_in() -> None:
    right = new_ticket(TOKEN)
    wrong = {
        "the token itself": TOKEN,
        "another run's": new_ticket("another-token"),
        "another nonce": f"{new_ticket(TOKEN).partition('.')[0]}.{right.partition('.')[2]}",
        "a part": right[:-1],
        "the nonce alone": right.partition(".")[0],
        "more": f"{right}x",
        "in lower case": right.lower(),
        "a dot": ".",
        "not ASCII": "caf%C3%A9",
    }

    async def test() -> None:
        async with advertised() as sockets:
            for ticket in wrong.values():
                assert await answer(STRANGER, sockets.entry, entering(ticket)) == b""
            assert await answer(STRANGER, sockets.gate, GREETING) == b""

    run(test())


def test_ticket_that_somebody_has_overheard_lets_in_the_first_machine_only() -> None:
    async def test() -> None:
        async with advertised() as sockets:
            overheard = entering()
            assert await let_in(GUEST, sockets, overheard)
            assert await answer(STRANGER, sockets.entry, overheard) == b""
            assert await answer(STRANGER, sockets.gate, GREETING) == b""
            assert await let_in(GUEST, sockets, overheard)  # a browser may ask twice

    run(test())


def test_machine_that_shows_a_ticket_is_let_in_and_recorded() -> None:
    async def test() -> None:
        async with advertised() as sockets:
            assert (await let_in(GUEST, sockets)).startswith(b"HTTP/1.1 200 OK\r\n")
            assert await answer(GUEST, sockets.server, sockets.request) == b"H"
            taken = (await sockets.recorder.take(["p.1"]))["p.1"]
            assert [exchange.origin for exchange in taken] == [f"http://{HOST}:{sockets.server}"]

    run(test())


def test_machine_that_is_let_in_has_the_gate() -> None:
    async def test() -> None:
        async with advertised() as sockets:
            await let_in(GUEST, sockets)
            reader, writer = await asyncio.open_connection(
                HOST, sockets.gate, local_addr=(GUEST, 0)
            )
            assert await connect(reader, writer, "127.0.0.1", sockets.front) == 0
            writer.write(sockets.request)
            assert await reader.readexactly(len(OK)) == OK
            await closed(writer)

    run(test())


def test_port_of_a_server_that_has_ended_is_closed_and_that_of_pages_is_not() -> None:
    async def test() -> None:
        async with advertised() as sockets, serving(always(OK)) as pages:
            page = await sockets.recorder.advertise_port(pages, "page")
            await let_in(GUEST, sockets)
            await sockets.recorder.close_ports()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(HOST, sockets.server, local_addr=(GUEST, 0))
            request = f"GET / HTTP/1.1\r\nHost: {HOST}:{page}\r\n\r\n".encode()
            assert await answer(GUEST, page, request) == b"H"

    run(test())


def test_page_of_anybody_with_a_name_of_its_own_for_this_machine_gets_no_byte() -> None:
    async def test() -> None:
        async with advertised() as sockets:
            await let_in(GUEST, sockets)
            for host in (b"attacker.example", b"127.0.0.2", b"127.0.0.2:1\r\nHost: 127.0.0.2:2"):
                request = b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % host
                assert await answer(GUEST, sockets.server, request) == b""
            assert sockets.seen == []

    run(test())


def test_only_the_advertised_address_has_these_ports() -> None:
    async def test() -> None:
        advertised = AdvertisedPorts()
        advertised.addresses = (HOST,)
        servers, port = await advertised.guard(asyncio.Protocol)
        listeners = [sock for server in servers for sock in server.sockets]
        assert [sock.getsockname() for sock in listeners] == [(HOST, port)]
        for server in servers:
            server.close()

    run(test())


def test_host_that_is_no_address_of_this_machine_opens_all_of_them() -> None:
    async def test() -> None:
        async with advertised("192.0.2.77") as sockets:  # https://www.rfc-editor.org/rfc/rfc5737
            assert sockets.addresses == ("*",)
            assert await answer(STRANGER, sockets.gate, GREETING) == b""
            await let_in(GUEST, sockets)
            assert await answer(GUEST, sockets.gate, GREETING) == b"\x05"
            assert await answer(STRANGER, sockets.gate, GREETING) == b""

    run(test())


def test_host_of_ipv6() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")

    async def test() -> None:
        async with advertised("[::1]") as sockets:
            assert sockets.addresses == ("::1",)
            assert await answer("::1", sockets.gate, GREETING, "::1") == b""
            assert (await answer("::1", sockets.entry, entering(), "::1")) == b"H"
            assert await answer("::1", sockets.gate, GREETING, "::1") == b"\x05"

    run(test())


def test_token_stands_in_no_command_line() -> None:
    async def test() -> None:
        async with advertised():
            shown = await asyncio.to_thread(command_lines)
            assert any(b"tap_process" in line for line in shown)
            assert not any(TOKEN.encode() in line for line in shown)

    run(test())
