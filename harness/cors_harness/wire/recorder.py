"""Recorder: the asyncio client of the tap process."""

import asyncio
import contextlib
import itertools
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import IO

from cors_harness.errors import ServerFailed
from cors_harness.model.exchange import Exchange
from cors_harness.model.route import Address, Refusal, Route
from cors_harness.wire.codec import (
    LINE_LIMIT,
    Json,
    address_to_json,
    from_json,
    refusal_from_json,
    route_to_json,
)

# -P: a json.py or queue.py in the reader's own folder must not replace the standard library's.
_COMMAND = (sys.executable, "-P", "-m", "cors_harness.wire.tap_process")
_STOP_S = 5.0
_STDERR_TAIL = 2000


class Recorder:
    """Records what passes the ports that `listen` opens; every call may run beside others.

    Calls raise ServerFailed when the tap process is gone, with the end of what it said.

    Attributes:
        strays_dropped: how many exchanges without a token were counted and not kept, up to the
            last call of `strays`.
    """

    def __init__(self) -> None:
        self.strays_dropped = 0
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._stderr: IO[bytes] | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}

    async def start(self) -> None:
        """Start the tap process and wait until it answers.

        Raises:
            ServerFailed: it does not start.
        """
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
        self._process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._stderr,
            start_new_session=True,
            limit=LINE_LIMIT,
        )
        self._listening = asyncio.create_task(self._listen_to(self._process))
        await self.seen(())

    async def listen(self, backend: Address, role: str) -> int:
        """Open a port on 127.0.0.1 that passes on to `backend`; `at` is its origin role.

        Raises:
            ServerFailed: no socket could be had, or the process is gone.
        """
        answer = await self._call({"do": "listen", "to": address_to_json(backend), "role": role})
        return int(answer["port"])

    async def take(self, tokens: Sequence[str]) -> Mapping[str, tuple[Exchange, ...]]:
        """Remove and return what each token has so far, in wire order; () where it has nothing.

        Exchanges that are still open come with `complete=False`; the rest of them is lost.
        """
        answer = await self._call({"do": "take", "tokens": list(tokens)})
        taken: dict[str, list[Json]] = answer["exchanges"]
        return {token: tuple(map(from_json, fields)) for token, fields in taken.items()}

    async def seen(self, tokens: Sequence[str]) -> frozenset[str]:
        """Those of `tokens` that have exchanges which nobody took yet; removes nothing."""
        answer = await self._call({"do": "seen", "tokens": list(tokens)})
        return frozenset(answer["tokens"])

    async def strays(self) -> tuple[Exchange, ...]:
        """Remove and return what nobody took: without a token, or later than the last take.

        Of those without a token the first 100 are kept; `strays_dropped` counts the others.
        """
        answer = await self._call({"do": "strays"})
        self.strays_dropped = int(answer["dropped"])
        return tuple(map(from_json, answer["exchanges"]))

    async def open_gate(self, who: str) -> int:
        """Open the SOCKS5 proxy on 127.0.0.1 for `who`, and give its port; the same one each time.

        Raises:
            ServerFailed: no socket could be had, or the process is gone.
        """
        return int((await self._call({"do": "open_gate", "who": who}))["port"])

    async def map_origins(
        self, routes: Sequence[Route], *, loopback_ports: Sequence[int] = ()
    ) -> None:
        """Lead the gate's visitors by `routes` and by no other map from before.

        Connections that are open stay open, and their next requests go by the new map.

        Args:
            routes: the origins that there are.
            loopback_ports: ports of this machine that may be reached by names such as `localhost`
                as well; those that `listen` opened and those of backends always may.

        Raises:
            ServerFailed: a certificate or key cannot be used, or the process is gone.
        """
        mapped = [route_to_json(route) for route in routes]
        await self._call({"do": "map", "routes": mapped, "loopback_ports": list(loopback_ports)})

    async def refusals(self) -> tuple[Refusal, ...]:
        """What the gate refused, and what failed in TLS, since the last call."""
        answer = await self._call({"do": "refusals"})
        return tuple(map(refusal_from_json, answer["refusals"]))

    async def watch(self) -> None:
        """Wait until the process ends by itself and raise ServerFailed; return after `stop`."""
        if self._listening:
            await asyncio.shield(self._listening)
        if self._process:
            raise self._gone()

    async def stop(self) -> None:
        """End the process; may be called at any time and more than once."""
        process, self._process = self._process, None
        if process and process.stdin:
            process.stdin.close()
            await self._ended(process)
        if self._listening:
            await self._listening
        if self._stderr:
            self._stderr.close()

    async def _ended(self, process: asyncio.subprocess.Process) -> None:
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _call(self, command: Json) -> Json:
        if self._process is None or self._listening is None or self._listening.done():
            raise self._gone()
        number = next(self._ids)
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._send(self._process, {"id": number, **command})
            answer: Json = await future
        finally:
            del self._waiting[number]
        if "error" in answer:
            raise ServerFailed(f"wire recorder: {command['do']} failed: {answer['error']}")
        return answer

    @staticmethod
    def _send(process: asyncio.subprocess.Process, command: Json) -> None:
        if process.stdin:
            process.stdin.write(json.dumps(command).encode() + b"\n")

    async def _listen_to(self, process: asyncio.subprocess.Process) -> None:
        while process.stdout and (line := await process.stdout.readline()).endswith(b"\n"):
            answer = json.loads(line)
            future = self._waiting.get(answer["id"])
            if future and not future.done():
                future.set_result(answer)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._gone())

    def _gone(self) -> ServerFailed:
        if self._process is None:
            return ServerFailed("wire recorder: it is not running")
        return ServerFailed(f"wire recorder: its process ended by itself; it said:\n{self._said()}")

    def _said(self) -> str:
        if self._stderr is None or self._stderr.closed:
            return "(nothing)"
        size = self._stderr.seek(0, 2)
        self._stderr.seek(max(0, size - _STDERR_TAIL))
        return self._stderr.read().decode(errors="replace").strip() or "(nothing)"
