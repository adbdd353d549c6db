"""Which connections to a server are used again."""

import asyncio

import pytest
from tests.wire.tap_builders import OK, Reader, Writer, always, get, run, serving

from cors_harness.model.route import Address
from cors_harness.wire.upstream import Pool, Upstream

IDLE_S = 60


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second may pass on a busy machine while a test does nothing."""
    monkeypatch.setattr("cors_harness.wire.upstream.IDLE_S", IDLE_S)


class ReceivingSink:
    """A user of one upstream."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.ended = asyncio.Event()

    def from_server(self, _upstream: Upstream, data: bytes) -> None:
        self.received.put_nowait(data)

    def server_ended(self, _upstream: Upstream) -> None:
        self.ended.set()

    server_lost = server_refused = server_ended

    def server_holds_back(self, _upstream: Upstream, *, hold: bool) -> None:
        raise AssertionError(hold)


async def given_back(pool: Pool, port: int, *, held: bool = False) -> Upstream:
    """A connection that was used once and given back, while the server had to wait if `held`."""
    sink = ReceivingSink()
    upstream = pool.take(Address(port=port), sink)
    upstream.write(get("p.1"))
    assert await sink.received.get() == OK
    upstream.set_reading(reading=not held)
    pool.give_back(upstream)
    return upstream


def test_connection_that_was_given_back_is_given_out_to_one() -> None:
    async def test() -> None:
        async with serving(always(OK)) as port:
            pool, sink = Pool(), ReceivingSink()
            upstream = await given_back(pool, port)
            assert pool.take(Address(port=port), sink) is upstream
            other = pool.take(Address(port=port), sink)
            assert other is not upstream
            for connection in (upstream, other):
                connection.write(get("p.1"))
                assert await sink.received.get() == OK
                connection.drop()

    run(test())


def test_connection_to_another_port_is_another() -> None:
    async def test() -> None:
        async with serving(always(OK)) as one, serving(always(OK)) as other:
            pool = Pool()
            assert await given_back(pool, one) is not await given_back(pool, other)

    run(test())


def test_connection_that_was_idle_for_long_is_not_given_out() -> None:
    async def test() -> None:
        async with serving(always(OK)) as port:
            pool = Pool()
            old = await given_back(pool, port)
            old.idle_since -= IDLE_S
            assert await given_back(pool, port) is not old
            assert old.ended

    run(test())


def test_connection_that_nobody_gets_any_more_is_closed() -> None:
    async def test() -> None:
        async with serving(always(OK)) as one, serving(always(OK)) as other:
            pool = Pool()
            old, young = await given_back(pool, one), await given_back(pool, other)
            old.idle_since -= IDLE_S
            pool._sweep()
            assert (old.ended, young.ended) == (True, False)

    run(test())


@pytest.mark.parametrize("held", [False, True])
def test_idle_connection_on_which_the_server_speaks_is_closed(held: bool) -> None:
    speak, gone = asyncio.Event(), asyncio.Event()

    async def unasked(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await speak.wait()
        writer.write(OK)
        await reader.read()
        gone.set()

    async def test() -> None:
        async with serving(unasked) as port:
            upstream = await given_back(Pool(), port, held=held)
            speak.set()
            await gone.wait()
            assert upstream.ended

    run(test())
