"""A WebDriver BiDi connection: answers, errors, and what is no message of the protocol."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection, serve

from cors_harness.engines.bidi_connection import BidiConnection, BidiError
from cors_harness.errors import EngineFailed


def connected(answer: str | bytes, use: Callable[[BidiConnection], Awaitable[None]]) -> None:
    """Runs `use` with a connection to an endpoint that gives every command that answer."""

    async def endpoint(socket: ServerConnection) -> None:
        async for _ in socket:
            await socket.send(answer)

    async def main() -> None:
        async with serve(endpoint, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            connection = await BidiConnection.open(f"ws://127.0.0.1:{port}")
            try:
                async with asyncio.timeout(60):
                    await use(connection)
            finally:
                await connection.close()

    asyncio.run(main())


def test_a_result_is_given() -> None:
    async def use(connection: BidiConnection) -> None:
        assert await connection.call("session.status") == {"ready": True}

    connected(json.dumps({"type": "success", "id": 1, "result": {"ready": True}}), use)


def test_a_command_that_is_refused_says_why() -> None:
    async def use(connection: BidiConnection) -> None:
        with pytest.raises(BidiError, match=r"session\.status: unknown command: no"):
            await connection.call("session.status")

    answer = {"type": "error", "id": 1, "error": "unknown command", "message": "no"}
    connected(json.dumps(answer), use)


NO_MESSAGES: dict[str, tuple[str | bytes, str]] = {
    "no JSON": ("<html>", "line 1, column 1: found '<html>'; expected a value"),
    "a list": ("[]", "found a list of 0; expected an object"),
    "no type": ('{"id": 1}', "type: found nothing; expected text"),
    "another id": ('{"type": "success", "id": "1"}', "id: found '1'; expected a whole number or"),
    "a result that is none": (
        '{"type": "success", "id": 1, "result": [1]}',
        "result: found a list of 1; expected an object",
    ),
    "no UTF-8": (b'{"type": "\xff"}', "line 1, column 11: found the byte 0xFF; expected UTF-8"),
    "depth": ('{"type":' * 5000, "found lists and objects more than 100 deep"),
}


@pytest.mark.parametrize(("answer", "words"), NO_MESSAGES.values(), ids=NO_MESSAGES)
def test_what_is_no_message_ends_the_connection(answer: str | bytes, words: str) -> None:
    async def use(connection: BidiConnection) -> None:
        with pytest.raises(EngineFailed, match="what is no message of WebDriver BiDi") as raised:
            await connection.call("session.status")
        assert words in str(raised.value)
        assert words in await connection.lost

    connected(answer, use)


# an event of which the handler takes `a["b"].c` -> what is told
NO_EVENTS = {"{}": "found no 'a'; expected", '{"a": [1]}': "found ", '{"a": null}': "found "}


@pytest.mark.parametrize(("params", "words"), NO_EVENTS.items())
def test_event_that_is_none_ends_the_connection(params: str, words: str) -> None:
    async def use(connection: BidiConnection) -> None:
        connection.on("log.entryAdded", lambda params: params["a"]["b"].lower())
        with pytest.raises(EngineFailed, match=r"what is no message of WebDriver BiDi: log\."):
            await connection.call("session.status")
        assert words in await connection.lost

    connected(f'{{"type": "event", "method": "log.entryAdded", "params": {params}}}', use)


def test_result_without_what_is_needed_is_told() -> None:
    async def use(connection: BidiConnection) -> None:
        result = await connection.call("browser.createUserContext")
        with pytest.raises(BidiError, match="its result has no userContext"):
            result["userContext"]

    connected('{"type": "success", "id": 1, "result": {}}', use)


NO_URLS = ("ws://[", "ws://127.0.0.1:99999999/", "ws://a\0b/", f"ws://{'a' * 100}.example/")


@pytest.mark.parametrize("url", NO_URLS)
def test_url_of_no_websocket_is_told(url: str) -> None:
    with pytest.raises(EngineFailed, match="no WebDriver BiDi at"):
        asyncio.run(BidiConnection.open(url))
