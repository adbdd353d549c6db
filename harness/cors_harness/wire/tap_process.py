"""The tap's own process: told what to record, and asked for it, in the protocol of JsonWorker.

    {"id": 1, "do": "listen", "to": {"port": 80, ...}, "role": "server"}   {"id": 1, "port": 4123}
    {"id": 2, "do": "take", "tokens": ["p.1"]}
                                         {"id": 2, "exchanges": {"p.1": [...]}, "doubtful": []}
    {"id": 3, "do": "seen", "tokens": ["p.1", "p.2"]}    {"id": 3, "tokens": ["p.1"]}
    {"id": 4, "do": "strays"}                            {"id": 4, "exchanges": [...], "dropped": 0}
    {"id": 5, "do": "open_gate", "engine": "firefox", "page": "firefox-3"}     {"id": 5, "port": 1}
        with "advertised": true outside loopback; "only_loopback": true for ports of the run alone
    {"id": 6, "do": "bind", "page": "firefox-3", "token": "p.1"}               {"id": 6}
    {"id": 7, "do": "close_gate", "page": "firefox-3"}                         {"id": 7}
    {"id": 8, "do": "open_elsewhere", "certificate": "PEM", "key": "PEM"}      {"id": 8}
    {"id": 9, "do": "map", "routes": [...], "page_ports": [8000]}          {"id": 9}
    {"id": 10, "do": "refusals"}                         {"id": 10, "refusals": [...]}
    {"id": 11, "do": "clock", "start": 81234.5}          {"id": 11, "start": 81234.5}
    {"id": 12, "do": "advertise", "host": "devbox.lan", "token": "..."}
                                              {"id": 12, "port": 1, "addresses": ["192.0.2.7"]}
    {"id": 13, "do": "advertise_port", "port": 8000, "role": "page"}     {"id": 13, "port": 1}
    {"id": 14, "do": "close_ports"}                      {"id": 14}

A command that the system refuses is answered by {"id": 1, "error": "why", ...}. The process ends
when its stdin does, so it never outlives its parent. Of its own: a slow test runner cannot slow the
wire down, nor the other way round.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import monotonic

from cors_harness.errors import HarnessError, ServerFailed
from cors_harness.processes.descriptors import SHORTAGE, allow_many_descriptors
from cors_harness.processes.json_worker import JsonFields, serve_commands
from cors_harness.processes.loop import run_fast
from cors_harness.wire.advertised import AdvertisedPorts
from cors_harness.wire.codec import (
    address_from_json,
    refusal_to_json,
    route_from_json,
    to_json,
)
from cors_harness.wire.http1_exchanges import OpenExchange
from cors_harness.wire.routes import GateClient
from cors_harness.wire.socks_gate import Gate
from cors_harness.wire.tap import Tap

TapCommand = Callable[[JsonFields], Awaitable[JsonFields]]


class TapCommands:
    """Answers the commands; a method for each."""

    def __init__(self) -> None:
        self._tap, self._start = Tap(), monotonic()
        self._advertised = AdvertisedPorts()
        self._gate = Gate(self._tap, self._advertised)
        self._commands: Mapping[str, TapCommand] = {
            "take": self._take,
            "seen": self._seen,
            "strays": self._strays,
            "listen": self._listen,
            "open_gate": self._open_gate,
            "bind": self._bind,
            "close_gate": self._close_gate,
            "open_elsewhere": self._open_elsewhere,
            "map": self._map,
            "refusals": self._refusals,
            "clock": self._clock,
            "advertise": self._advertise,
            "advertise_port": self._advertise_port,
            "close_ports": self._close_ports,
        }

    async def answer(self, command: JsonFields) -> JsonFields:
        """The answer to one command; raises ServerFailed where the system refuses it."""
        name = command["do"]
        if name not in self._commands:
            raise ValueError(f"unknown command {name!r}")
        try:
            answer = await self._commands[name](command)
            SHORTAGE.check()
        except OSError as error:
            raise ServerFailed(f"wire recorder: {name} failed: {error}") from error
        except HarnessError as error:
            raise ServerFailed(f"wire recorder: {error}") from error
        return answer

    async def _take(self, command: JsonFields) -> JsonFields:
        log, tokens = self._tap.log, command["tokens"]
        taken = {
            token: [self._to_json(exchange) for exchange in some]
            for token, some in log.take(tokens).items()
        }
        return {"exchanges": taken, "doubtful": log.take_doubtful(tokens)}

    async def _seen(self, command: JsonFields) -> JsonFields:
        return {"tokens": self._tap.log.tokens_seen(command["tokens"])}

    async def _strays(self, _command: JsonFields) -> JsonFields:
        strays = [self._to_json(exchange) for exchange in self._tap.log.strays()]
        return {"exchanges": strays, "dropped": self._tap.log.dropped}

    async def _listen(self, command: JsonFields) -> JsonFields:
        backend = address_from_json(command["to"])
        return {"port": await self._tap.listen(backend, command["role"])}

    async def _close_ports(self, _command: JsonFields) -> JsonFields:
        self._tap.close_ports()
        return {}

    async def _open_gate(self, command: JsonFields) -> JsonFields:
        only_loopback = command.get("only_loopback", False)
        client = GateClient(command["engine"], command["page"], only_loopback)
        advertised = command.get("advertised", False)
        return {"port": await self._gate.open(client, advertised=advertised)}

    async def _advertise(self, command: JsonFields) -> JsonFields:
        port = await self._advertised.open(command["host"], command["token"])
        return {"port": port, "addresses": self._advertised.addresses}

    async def _advertise_port(self, command: JsonFields) -> JsonFields:
        links = partial(self._tap.any_link, command["port"], command["role"])
        return {"port": await self._advertised.guard_http(links)}

    async def _bind(self, command: JsonFields) -> JsonFields:
        self._tap.log.bind(command["page"], command["token"])
        return {}

    async def _close_gate(self, command: JsonFields) -> JsonFields:
        self._gate.close(command["page"])
        return {}

    async def _open_elsewhere(self, command: JsonFields) -> JsonFields:
        await self._gate.elsewhere.open(command["certificate"], command["key"])
        return {}

    async def _refusals(self, _command: JsonFields) -> JsonFields:
        return {"refusals": list(map(refusal_to_json, self._gate.routes.refusals()))}

    async def _clock(self, command: JsonFields) -> JsonFields:
        self._start = command.get("start", self._start)
        return {"start": self._start}

    async def _map(self, command: JsonFields) -> JsonFields:
        routes = [route_from_json(fields) for fields in command["routes"]]
        try:
            self._gate.routes.replace(routes, command["page_ports"])
        except ValueError as error:  # a certificate
            raise ServerFailed(f"wire recorder: map failed: {error}") from error
        return {}

    def _to_json(self, exchange: OpenExchange) -> JsonFields:
        return to_json(exchange, self._start)


async def _serve() -> None:
    asyncio.get_running_loop().set_exception_handler(SHORTAGE.handle)
    await serve_commands(TapCommands().answer)


def main() -> None:
    """Serve until stdin ends."""
    allow_many_descriptors()  # each stream of HTTP/2 may have a connection of its own
    gc.freeze()  # the modules stay: not to be walked through again and again
    run_fast(_serve())


if __name__ == "__main__":
    main()
