"""Scenarios that try to get out, run in a network that leads nowhere, and what came of it.

Run as a program, `python -m tests.run.hostile_run BROWSER`, it prints that as JSON; CONTROL in the
place of a browser reaches all of it itself. Beside the run servers listen that it has no business
with: on an address of this machine that is not loopback, and on loopback.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sealed_network import ADDRESS, Wire, lay_wire, run_sealed
from tests.wait_for_exit import HANG_S

SCENARIOS = Path(__file__).with_name("hostile") / "scenarios.yaml"
OTHERS = ((ADDRESS, 18080), ("127.0.0.1", 18081), ("::1", 18081))
CONTROL = "control"
ENDED_S = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What the scenarios of one run reached, and what was said of it.

    Attributes:
        packets: in words, all that would have left the machine.
        heard: what the other servers of this machine got, as `ADDRESS:PORT BYTES`.
        document: of `run --json`.
        said: on stderr.
    """

    packets: tuple[str, ...]
    heard: tuple[str, ...]
    document: Mapping[str, Any]
    said: str


def reached(browser: str) -> Reached:
    """Runs this program in a namespace of its own."""
    fields = json.loads(run_sealed("tests.run.hostile_run", browser))
    return Reached(**{**fields, "packets": (*fields["packets"],), "heard": (*fields["heard"],)})


async def run(browser: str) -> Mapping[str, Any]:
    wire, heard = Wire(), list[str]()
    async with contextlib.AsyncExitStack() as stack:
        for address, port in OTHERS:
            await stack.enter_async_context(await listening(address, port, heard))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        if browser == CONTROL:
            await asyncio.gather(*(call(*other) for other in OTHERS))
            await asyncio.gather(call("192.0.2.2", 18080), call("name.example", 18080))
            printed, said = b"{}", b""
        else:
            printed, said = await run_scenarios(browser, folder)
        packets = await wire.watch(ENDED_S)
    document = json.loads(printed)
    return {"packets": packets, "heard": heard, "document": document, "said": said.decode()}


async def run_scenarios(browser: str, folder: str) -> tuple[bytes, bytes]:
    argv = ("-m", "cors_harness", "run", str(SCENARIOS), "--json", "--browser", browser)
    pipe = asyncio.subprocess.PIPE
    program = await asyncio.create_subprocess_exec(
        sys.executable, *argv, cwd=folder, stdout=pipe, stderr=pipe
    )
    async with asyncio.timeout(HANG_S / 2):
        return await program.communicate()


async def call(host: str, port: int) -> None:
    """Says something to a server, if it can be reached, and waits until it was heard."""
    with contextlib.suppress(OSError):
        async with asyncio.timeout(ENDED_S):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"hello")
            await reader.read()
            writer.close()


async def listening(address: str, port: int, heard: list[str]) -> asyncio.Server:
    async def accept(reader: StreamReader, writer: StreamWriter) -> None:
        heard.append(f"{address}:{port} {await reader.read(2048)!r}")
        writer.close()

    return await asyncio.start_server(accept, address, port)


def main(browser: str) -> None:
    lay_wire()
    print(json.dumps(asyncio.run(run(browser))))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1])
