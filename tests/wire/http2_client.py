"""An HTTP/2 client made of the h2 library, which shows every frame that matters to a test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from tests.wire.gate_client import API, Gated
from tests.wire.tap_builders import Reader, Writer

STATUS_OK = (b":status", b"200")
CANCEL = 8
LARGE = 3_000_000  # more than any window here

Pairs = list[tuple[bytes, bytes]]

_CONFIG = H2Configuration(
    client_side=True,
    header_encoding=None,
    validate_outbound_headers=False,
    normalize_outbound_headers=False,
    validate_inbound_headers=False,
    normalize_inbound_headers=False,
)


@dataclass(slots=True, kw_only=True)
class Answer:
    """What came on one stream.

    Attributes:
        reset: the code of RST_STREAM.
        over: set once the stream has ended, either way.
    """

    interim: list[Pairs] = field(default_factory=list)
    headers: Pairs = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    reset: int | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


class Client:
    """One connection."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        self.h2 = H2Connection(_CONFIG)
        self.taking = True  # whether bodies are acknowledged
        self._owed: list[tuple[int, int]] = []
        self._answers: dict[int, Answer] = {}
        self._window = asyncio.Event()
        self._windows = 0  # how many came
        self._stuck = asyncio.Event()  # set once a body had to wait for the other side
        self._pong = asyncio.Event()
        self.h2.initiate_connection()
        self.send()

    def send(self) -> None:
        self._writer.write(self.h2.data_to_send())

    def ask(
        self, path: bytes, *headers: tuple[bytes, bytes], method: bytes = b"GET", last: bool = True
    ) -> int:
        """Begin a request; gives its stream."""
        number = self.h2.get_next_available_stream_id()
        names = ((b":method", method), (b":authority", b"api.example.org"), (b":scheme", b"https"))
        self._answers[number] = Answer()
        self.h2.send_headers(number, [*names, (b":path", path), *headers], end_stream=last)
        self.send()
        return number

    async def say(self, number: int, data: bytes, *, last: bool = True) -> None:
        """Send a body, as fast as the other side takes it."""
        left = memoryview(data)
        while left:
            while not (room := min(self.h2.local_flow_control_window(number), 16384)):
                self._window.clear()
                self._stuck.set()
                await self._window.wait()
            self.h2.send_data(number, left[:room], end_stream=last and len(left) <= room)
            left = left[room:]
            self.send()

    async def held_up(self) -> None:
        """Wait until a body that is being sent stands still, and not for a moment only."""
        standing = False
        while not standing:
            await self._stuck.wait()
            self._stuck.clear()
            before = self._windows
            for _ in range(2):
                await self._ping()
            standing = self._windows == before

    async def _ping(self) -> None:
        """Wait until the other side has taken what was sent."""
        self._pong.clear()
        self.h2.ping(bytes(8))
        self.send()
        await self._pong.wait()

    def reset(self, number: int) -> None:
        self.h2.reset_stream(number, CANCEL)
        self.send()

    def began(self, number: int) -> Answer:
        return self._answers[number]

    async def answer(self, number: int) -> Answer:
        """What came until the stream ended."""
        await self._answers[number].over.wait()
        return self._answers[number]

    async def get(
        self, path: bytes, *headers: tuple[bytes, bytes], method: bytes = b"GET"
    ) -> Answer:
        return await self.answer(self.ask(path, *headers, method=method))

    def take_all(self) -> None:
        """Acknowledge what came while `taking` was off."""
        self.taking = True
        for number, size in self._owed:
            self.h2.acknowledge_received_data(size, number)
        self._owed.clear()
        self.send()

    async def listen(self) -> None:
        """Take what comes until the other side ends."""
        while data := await self._reader.read(2**16):
            for event in self.h2.receive_data(data):
                self._hear(event)
            self.send()

    def _hear(self, event: events.Event) -> None:
        match event:
            case events.InformationalResponseReceived(stream_id=number, headers=headers):
                self._answers[number].interim.append(list(headers))
            case events.ResponseReceived(stream_id=number, headers=headers):
                self._answers[number].headers = list(headers)
                self._answers[number].began.set()
            case events.DataReceived():
                self._take(event)
            case events.StreamEnded(stream_id=number):
                self._answers[number].over.set()
            case events.StreamReset(stream_id=number, error_code=code):
                self._answers[number].reset = int(code)
                self._answers[number].over.set()
            case events.WindowUpdated() | events.RemoteSettingsChanged():
                self._windows += 1
                self._window.set()
            case events.PingAckReceived():
                self._pong.set()
            case _:
                pass

    def _take(self, event: events.DataReceived) -> None:
        number, size = event.stream_id, event.flow_controlled_length
        self._answers[number].pieces.append(event.data)
        if self.taking:
            self.h2.acknowledge_received_data(size, number)
        else:
            self._owed.append((number, size))


@contextlib.asynccontextmanager
async def client(gate: Gated, origin: str = API) -> AsyncIterator[Client]:
    """An HTTP/2 client behind the gate's TLS; whatever it hears that is no HTTP/2 raises."""
    async with gate.secure(origin, "h2") as (reader, writer):
        client = Client(reader, writer)
        listening = asyncio.ensure_future(client.listen())
        try:
            yield client
        finally:
            if listening.done():
                listening.result()
            listening.cancel()
