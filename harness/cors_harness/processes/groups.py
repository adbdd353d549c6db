"""Program groups: a program started in a process group of its own, and the end of the group."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

KILL_AFTER_S = 3
LINE_LIMIT = 1 << 20


def ending_with_parent() -> tuple[str, ...]:
    """What to put before a command line so that it ends when its parent is killed.

    Nothing where there is no such program: off Linux.
    """
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv and sys.platform == "linux" else ()


async def spawn(*argv: str, **options: Any) -> Process:
    """Starts a program as the leader of a new session; raises OSError when that cannot be.

    Ctrl-C does not reach it. Where the waiting is cancelled, all that it has started by then ends:
    asyncio itself would kill the leader alone.

    Args:
        argv: the program and its arguments.
        options: as `asyncio.create_subprocess_exec` takes them.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(*argv, start_new_session=True, **options)
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting})
        if starting.exception() is None:
            await end_group(starting.result())
        raise


async def start_group(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    pass_fds: Sequence[int] = (),
    cwd: Path | None = None,
) -> Process:
    """Starts a program whose output is read; raises OSError when it cannot be started.

    On Linux it also ends when we are killed and have no chance to end it.
    """
    if shutil.which(argv[0]) is None:
        raise FileNotFoundError(f"{argv[0]}: no such program")
    return await spawn(
        *ending_with_parent(),
        *argv,
        env=env,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        limit=LINE_LIMIT,
        pass_fds=pass_fds,
        cwd=cwd,
    )


async def run_through(
    argv: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> tuple[int, str]:
    """Runs a program to its end; its exit status and what it printed.

    `env`, `cwd`: None: as ours. Raises OSError when it cannot be started; a cancelled wait ends it.
    """
    process = await start_group(argv, env=os.environ if env is None else env, cwd=cwd)
    try:
        printed, complained = await process.communicate()
    finally:
        await end_group(process)
    return process.returncode or 0, (printed + complained).decode("utf-8", "replace").strip()


async def end_group(process: Process) -> None:
    """Ends the program and everything it started, politely first; idempotent."""
    signal_group(process.pid, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), KILL_AFTER_S)
    signal_group(process.pid, signal.SIGKILL)
    await process.wait()


def signal_group(leader: int, number: signal.Signals) -> None:
    """Sends a signal to all of a group, which is still its own while any of them is there."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)


async def read_lines(stream: asyncio.StreamReader | None, take: Callable[[str], None]) -> None:
    """Gives every line of a program's output to `take` until it ends."""
    if stream is None:
        return
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # over the limit, dropped; a program that nobody reads would stand still
            continue
        if not line:
            return
        take(line.decode("utf-8", "replace").rstrip("\n"))
