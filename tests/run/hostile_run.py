"""Scenarios that try to get out, run in a network that leads nowhere, and what came of it.

Run as a program, `python -m tests.run.hostile_run BROWSER`, it prints that as JSON. REMOTE is one
behind a WebDriver endpoint; CONTROL in the place of a browser reaches all of it itself. Beside the
run servers listen that it has no business with: on an address of this machine that is not loopback,
and on loopback.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from tests.sealed_network import ADDRESS, Wire, lay_wire, run_sealed
from tests.wait_for_exit import HANG_S
from tests.webdriver_programs import HEADLESS, chromedriver

SCENARIOS = Path(__file__).with_name("hostile") / "scenarios.yaml"
OTHERS = ((ADDRESS, 18080), ("127.0.0.1", 18081), ("::1", 18081))
CONTROL, REMOTE = "control", "chrome"
ENDED_S = 2
LISTEN = "0A"  # TCP_LISTEN of the kernel
LINE_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What the scenarios of one run reached, and what was said of it.

    Attributes:
        packets: in words, all that would have left the machine.
        listening: addresses at which anything listened while cells ran.
        commands: command lines, while cells ran, that name a page of the run.
        heard: what the other servers of this machine got, as `ADDRESS:PORT BYTES`.
        document: of `run --json`.
        left: files that were left behind, in the working directory, the temporary one and home.
        said: on stderr.
    """

    packets: tuple[str, ...]
    listening: frozenset[str]
    commands: tuple[str, ...]
    heard: tuple[str, ...]
    document: Mapping[str, Any]
    left: tuple[str, ...]
    said: str


def reached(browser: str) -> Reached:
    """Runs this program in a namespace of its own."""
    fields = json.loads(run_sealed("tests.run.hostile_run", browser))
    tuples = {name: tuple(fields[name]) for name in ("packets", "heard", "commands", "left")}
    return Reached(**{**fields, **tuples, "listening": frozenset(fields["listening"])})


async def run(browser: str) -> Mapping[str, Any]:
    wire, heard = Wire(), list[str]()
    async with contextlib.AsyncExitStack() as stack:
        for address, port in OTHERS:
            await stack.enter_async_context(await serving(address, port, heard))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        if browser == CONTROL:
            came = await reach_everything()
        elif browser == REMOTE:
            driver = stack.enter_context(chromedriver())
            stated = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "stated.json"
            stated.write_text(json.dumps(HEADLESS))
            options = (f"--remote={REMOTE}={driver.url}", f"--capabilities={REMOTE}={stated}")
            came = await run_scenarios(browser, Path(folder), *options)
        else:
            came = await run_scenarios(browser, Path(folder))
        packets = await wire.watch(ENDED_S)
    return {"packets": packets, "heard": heard, **came}


async def reach_everything() -> Mapping[str, Any]:
    await asyncio.gather(*(call(*other) for other in OTHERS))
    await asyncio.gather(call("192.0.2.2", 18080), call("name.example", 18080))
    return {"document": {}, "commands": [], "left": [], "said": "", "listening": [*listening()]}


async def run_scenarios(browser: str, folder: Path, *options: str) -> Mapping[str, Any]:
    argv = ("-m", "cors_harness", "run", str(SCENARIOS), "--json", "--browser", browser)
    pipe, (cwd, tmp, home) = asyncio.subprocess.PIPE, made_in(folder)
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, *argv, *options),
        cwd=cwd,
        env={**os.environ, "TMPDIR": str(tmp), "HOME": str(home)},
        stdout=pipe,
        stderr=pipe,
        limit=LINE_LIMIT,
    )
    said, addresses, commands = "", set[str](), set[str]()
    assert program.stdout is not None
    assert program.stderr is not None
    async with asyncio.timeout(HANG_S / 2):
        printed = asyncio.create_task(program.stdout.read())
        async for line in program.stderr:  # it says how far it is while cells run
            said += line.decode()
            addresses |= listening()
            commands |= naming_a_page()
        document = json.loads(await printed or "{}")
    seen = {"listening": [*addresses], "commands": [*commands], "left": files_in(folder)}
    return {"document": document, "said": said, **seen}


def made_in(folder: Path) -> tuple[Path, Path, Path]:
    """A working directory, a temporary one and a home."""
    for name in ("cwd", "tmp", "home"):
        (folder / name).mkdir()
    return folder / "cwd", folder / "tmp", folder / "home"


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def naming_a_page() -> set[str]:
    """The command lines in this network that everybody can read, and that name a page of a run."""
    found, here = set[str](), Path("/proc/self/ns/net").readlink()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            command = (process / "cmdline").read_bytes().decode("utf-8", "replace")
            if "/harness/" in command and (process / "ns" / "net").readlink() == here:
                found.add(command.replace("\0", " "))
    return found


def listening() -> set[str]:
    """The addresses at which anything listens in this network."""
    found = set[str]()
    for table in ("tcp", "tcp6"):
        lines = Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]
        for _, local, _, state, *_ in map(str.split, lines):
            if state == LISTEN:
                found.add(address_of(local.partition(":")[0]))
    return found


def address_of(packed: str) -> str:
    """An address as the kernel prints it: words of 32 bits, each in the order of the machine."""
    words = (bytes.fromhex(packed[at : at + 8])[::-1] for at in range(0, len(packed), 8))
    return str(ip_address(b"".join(words)))


async def call(host: str, port: int) -> None:
    """Says something to a server, if it can be reached, and waits until it was heard."""
    with contextlib.suppress(OSError):
        async with asyncio.timeout(ENDED_S):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"hello")
            await reader.read()
            writer.close()


async def serving(address: str, port: int, heard: list[str]) -> asyncio.Server:
    async def accept(reader: StreamReader, writer: StreamWriter) -> None:
        heard.append(f"{address}:{port} {await reader.read(2048)!r}")
        writer.close()

    return await asyncio.start_server(accept, address, port)


def main(browser: str) -> None:
    lay_wire()
    print(json.dumps(asyncio.run(run(browser))))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1])
