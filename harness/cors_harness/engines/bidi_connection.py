"""BidiConnection: commands and events of one WebDriver BiDi session, over one WebSocket.

https://w3c.github.io/webdriver-bidi/#protocol
"""

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any, Self

from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from cors_harness.engines.base import settle
from cors_harness.errors import EngineFailed
from cors_harness.text.json_values import MIB, JsonError, JsonFlaw, JsonLimits
from cors_harness.text.problems import shown
from cors_harness.text.typed_json import JsonDecoder

OPEN_S = 30
CLOSE_S = 2
BidiObject = Mapping[str, Any]
EventHandler = Callable[[BidiObject], None]  # takes the params of an event


class _BidiMessage(Struct):
    """https://w3c.github.io/webdriver-bidi/#protocol-definition, remote to local end."""

    type: str
    id: int | None = None
    method: str = ""
    params: dict[str, Any] = {}
    result: dict[str, Any] = {}
    error: str = ""
    message: str = ""


# A page's body may stand in one.
_MESSAGE = JsonDecoder(_BidiMessage, JsonLimits(most_bytes=256 * MIB))


class BidiError(Exception):
    """The browser refused a command.

    Attributes:
        code: https://w3c.github.io/webdriver-bidi/#errors, such as `unknown command`.
        message: in the browser's own words.
    """

    def __init__(self, method: str, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{method}: {code}: {message}")


class _Result(dict[str, Any]):
    """A result, in which what should be there is, or the command has failed."""

    def __init__(self, method: str, values: BidiObject) -> None:
        super().__init__(values)
        self._method = method

    def __missing__(self, key: str) -> Any:
        raise BidiError(self._method, "unlike WebDriver BiDi", f"its result has no {key}")


def _give(handler: EventHandler, message: _BidiMessage) -> None:
    """Gives an event to its handler; raises JsonError where it is not as the standard has it."""
    try:
        handler(message.params)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        found = f"no {error}" if isinstance(error, KeyError) else shown(str(error))
        flaw = JsonFlaw(path=message.method, found=found, expected="what the standard has")
        raise JsonError([flaw]) from error


class BidiConnection:
    """A WebSocket to a browser, or to what stands in front of one.

    Attributes:
        lost: done, with a sentence, as soon as the connection is closed, whoever closed it.
    """

    def __init__(self, socket: ClientConnection) -> None:
        """Takes an open socket, and begins to read; `open` makes one."""
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int | None, asyncio.Future[_BidiMessage]] = {}
        self._handlers: dict[str, EventHandler] = {}
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connects to `url`; raises EngineFailed where nobody answers, or no WebSocket."""
        try:
            socket = await connect(
                url,
                open_timeout=OPEN_S,
                close_timeout=CLOSE_S,
                ping_interval=None,  # a browser that hangs is told by its pages
                max_size=None,
                compression=None,
                proxy=None,
            )
        except (OSError, TimeoutError, ValueError, WebSocketException) as error:  # no URL, too
            raise EngineFailed(f"no WebDriver BiDi at {url}: {error}") from error
        return cls(socket)

    def on(self, event: str, handler: EventHandler) -> None:
        """Gives every event of that name to `handler`; subscribing to it is another matter."""
        self._handlers[event] = handler

    async def call(self, method: str, /, **params: Any) -> BidiObject:
        """The result of a command.

        Raises:
            BidiError: the browser refuses it.
            EngineFailed: the connection is closed, now or before the answer came.
        """
        number = next(self._ids)
        answer: asyncio.Future[_BidiMessage] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            if self.lost.done():
                raise EngineFailed(self.lost.result())
            await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
            message = await answer
        except WebSocketException as error:
            raise EngineFailed(f"the browser closed its connection: {error}") from error
        finally:
            del self._waiting[number]
            if answer.done() and not answer.cancelled():
                answer.exception()  # it may have come while nobody waited for it yet
        if message.type == "error":
            raise BidiError(method, message.error, message.message)
        return _Result(method, message.result)

    async def close(self) -> None:
        """Closes the connection; idempotent, never raises for a dead browser."""
        await self._socket.close()
        await asyncio.wait({self._reading})

    async def _read(self) -> None:
        try:
            async for text in self._socket:
                self._take(_MESSAGE.decode(text))
        except WebSocketException as error:
            why = f"the browser's connection broke: {error}"
        except JsonError as error:
            why = f"the browser sends what is no message of WebDriver BiDi: {error.flaws[0]}"
        else:
            why = "the browser closed its connection"
        settle(self.lost, why)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(EngineFailed(why))

    def _take(self, message: _BidiMessage) -> None:
        if message.type == "event":
            handler = self._handlers.get(message.method)
            if handler is not None:
                _give(handler, message)
        elif (answer := self._waiting.get(message.id)) and not answer.done():
            answer.set_result(message)
