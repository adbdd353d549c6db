"""The tap's own process: JSON lines as commands on stdin, one answer line each on stdout.

    {"id": 1, "do": "listen", "to": {"port": 80, ...}, "role": "server"}   {"id": 1, "port": 4123}
    {"id": 2, "do": "take", "tokens": ["p.1"]}           {"id": 2, "exchanges": {"p.1": [...]}}
    {"id": 3, "do": "seen", "tokens": ["p.1", "p.2"]}    {"id": 3, "tokens": ["p.1"]}
    {"id": 4, "do": "strays"}                            {"id": 4, "exchanges": [...], "dropped": 0}
    {"id": 5, "do": "open_gate", "who": "firefox"}       {"id": 5, "port": 35011}
    {"id": 6, "do": "map", "routes": [...], "loopback_ports": [8000]}          {"id": 6}
    {"id": 7, "do": "refusals"}                          {"id": 7, "refusals": [...]}

A command that the system refuses is answered by {"id": 1, "error": "why"}. The process ends when
its stdin does, so it never outlives its parent. Of its own: a slow test runner cannot slow the
wire down, nor the other way round.
"""

import asyncio
import gc
import json
import sys
from collections.abc import Callable
from time import monotonic
from typing import cast

from cors_harness.wire.codec import (
    LINE_LIMIT,
    Json,
    address_from_json,
    refusal_to_json,
    route_from_json,
    to_json,
)
from cors_harness.wire.socks_gate import Gate
from cors_harness.wire.tap import Tap


class _Commands:
    def __init__(self) -> None:
        self._tap, self._start = Tap(), monotonic()
        self._gate = Gate(self._tap)

    async def answer(self, command: Json) -> Json:
        match command["do"]:
            case "listen":
                return await self._listen(command)
            case "take":
                return {"exchanges": self._take(command["tokens"])}
            case "seen":
                return {"tokens": self._tap.ledger.seen(command["tokens"])}
            case "strays":
                return self._strays()
            case "open_gate" | "map" | "refusals":
                return await self._about_the_gate(command)
            case other:
                raise ValueError(f"unknown command {other!r}")

    async def _about_the_gate(self, command: Json) -> Json:
        try:
            match command["do"]:
                case "open_gate":
                    return {"port": await self._gate.open(command["who"])}
                case "map":
                    routes = [route_from_json(fields) for fields in command["routes"]]
                    self._gate.routes.replace(routes, command["loopback_ports"])
                    return {}
                case _:
                    return {"refusals": list(map(refusal_to_json, self._gate.routes.refusals()))}
        except (OSError, ValueError) as error:
            return {"error": str(error)}

    async def _listen(self, command: Json) -> Json:
        try:
            return {
                "port": await self._tap.listen(address_from_json(command["to"]), command["role"])
            }
        except OSError as error:
            return {"error": str(error)}

    def _take(self, tokens: list[str]) -> dict[str, list[Json]]:
        taken = self._tap.ledger.take(tokens).items()
        return {token: [to_json(heard, self._start) for heard in all_] for token, all_ in taken}

    def _strays(self) -> Json:
        ledger = self._tap.ledger
        left = [to_json(heard, self._start) for heard in ledger.strays()]
        return {"exchanges": left, "dropped": ledger.dropped}


async def _serve() -> None:
    loop, commands = asyncio.get_running_loop(), _Commands()
    lines = asyncio.StreamReader(limit=LINE_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    answers, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)
    while line := await lines.readline():
        command = json.loads(line)
        answer = {"id": command["id"], **await commands.answer(command)}
        answers.write(json.dumps(answer).encode() + b"\n")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return asyncio.new_event_loop
    return cast("Callable[[], asyncio.AbstractEventLoop]", uvloop.new_event_loop)


def _allow_many_sockets() -> None:
    """Each stream of HTTP/2 may have a connection of its own, and 1024 files are soon open."""
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def main() -> None:
    """Serve until stdin ends."""
    _allow_many_sockets()
    gc.freeze()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve())


if __name__ == "__main__":
    main()
