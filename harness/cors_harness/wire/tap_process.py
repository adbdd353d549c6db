"""The tap's own process: told what to record, and asked for it, in the protocol of JsonWorker.

    {"id": 1, "do": "listen", "to": {"port": 80, ...}, "role": "server"}   {"id": 1, "port": 4123}
    {"id": 2, "do": "take", "tokens": ["p.1"]}           {"id": 2, "exchanges": {"p.1": [...]}}
    {"id": 3, "do": "seen", "tokens": ["p.1", "p.2"]}    {"id": 3, "tokens": ["p.1"]}
    {"id": 4, "do": "strays"}                            {"id": 4, "exchanges": [...], "dropped": 0}
    {"id": 5, "do": "open_gate", "client": "firefox"}    {"id": 5, "port": 35011}
    {"id": 6, "do": "map", "routes": [...], "loopback_ports": [8000]}          {"id": 6}
    {"id": 7, "do": "refusals"}                          {"id": 7, "refusals": [...]}

A command that the system refuses is answered by {"id": 1, "error": "why", ...}. The process ends
when its stdin does, so it never outlives its parent. Of its own: a slow test runner cannot slow the
wire down, nor the other way round.
"""

import gc
from time import monotonic

from cors_harness.errors import ServerFailed
from cors_harness.processes.json_worker import JsonFields, serve_commands
from cors_harness.processes.loop import run_fast
from cors_harness.wire.codec import (
    address_from_json,
    refusal_to_json,
    route_from_json,
    to_json,
)
from cors_harness.wire.http1_exchanges import OpenExchange
from cors_harness.wire.socks_gate import Gate
from cors_harness.wire.tap import Tap


class TapCommands:
    """Answers the commands; a method for each."""

    def __init__(self) -> None:
        self._tap, self._start = Tap(), monotonic()
        self._gate = Gate(self._tap)

    async def answer(self, command: JsonFields) -> JsonFields:
        """The answer to one command; raises ServerFailed where the system refuses it."""
        try:
            return await self._do(command)
        except OSError as error:
            raise ServerFailed(f"wire recorder: {command['do']} failed: {error}") from error

    async def _do(self, command: JsonFields) -> JsonFields:
        answer: JsonFields
        match command["do"]:
            case "take":
                answer = {"exchanges": self._take(command["tokens"])}
            case "seen":
                answer = {"tokens": self._tap.log.tokens_seen(command["tokens"])}
            case "strays":
                strays = [self._to_json(exchange) for exchange in self._tap.log.strays()]
                answer = {"exchanges": strays, "dropped": self._tap.log.dropped}
            case "listen":
                backend = address_from_json(command["to"])
                answer = {"port": await self._tap.listen(backend, command["role"])}
            case "open_gate":
                answer = {"port": await self._gate.open(command["client"])}
            case "map":
                answer = self._map(command)
            case "refusals":
                answer = {"refusals": list(map(refusal_to_json, self._gate.routes.refusals()))}
            case other:
                raise ValueError(f"unknown command {other!r}")
        return answer

    def _take(self, tokens: list[str]) -> dict[str, list[JsonFields]]:
        taken = self._tap.log.take(tokens).items()
        return {token: [self._to_json(exchange) for exchange in some] for token, some in taken}

    def _to_json(self, exchange: OpenExchange) -> JsonFields:
        return to_json(exchange, self._start)

    def _map(self, command: JsonFields) -> JsonFields:
        routes = [route_from_json(fields) for fields in command["routes"]]
        try:
            self._gate.routes.replace(routes, command["loopback_ports"])
        except ValueError as error:  # a certificate
            raise ServerFailed(f"wire recorder: map failed: {error}") from error
        return {}


def _allow_many_sockets() -> None:
    """Raises the limit of open files: each stream of HTTP/2 may have a connection of its own."""
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve() -> None:
    await serve_commands(TapCommands().answer)


def main() -> None:
    """Serve until stdin ends."""
    _allow_many_sockets()
    gc.freeze()  # the modules stay: not to be walked through again and again
    run_fast(_serve())


if __name__ == "__main__":
    main()
