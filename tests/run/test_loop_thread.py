"""Work in a thread of its own: what comes back from it, and what Ctrl-C does to it."""

import asyncio
import signal
import subprocess
import sys

import pytest
from tests.wait_for_exit import HANG_S

from cors_harness.errors import EngineFailed
from cors_harness.run.loop_thread import LoopThread, run_in_thread

# Ends in peace only when the loop goes on after Ctrl-C: the child's last words come through it.
INTERRUPTED = """
import asyncio, sys
from asyncio.subprocess import PIPE
from cors_harness.run.loop_thread import run_in_thread

CHILD = "import sys; print('up', flush=True); sys.stdin.read(); print('down')"

async def work():
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, stdin=PIPE, stdout=PIPE, start_new_session=True
    )
    try:
        print((await child.stdout.readline()).decode(), end="", flush=True)
        while True:
            await asyncio.sleep(0)
    finally:
        child.stdin.close()
        print((await child.stdout.readline()).decode(), end="", flush=True)
        await child.wait()

try:
    run_in_thread(work())
except KeyboardInterrupt:
    print("interrupted")
"""


async def three() -> int:
    return 3


async def nothing() -> None:
    raise LookupError("nothing")


def test_result_comes_back() -> None:
    assert run_in_thread(three()) == 3


def test_what_it_raises_comes_back() -> None:
    with pytest.raises(LookupError, match="nothing"):
        run_in_thread(nothing())


async def lost_engine() -> None:
    raise EngineFailed("chromium was lost 3 times in a row")


async def engines_side_by_side() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(HANG_S))
        group.create_task(lost_engine())


def test_call_raises_what_one_of_its_tasks_raised() -> None:
    stopped = asyncio.Event()

    async def until_stopped() -> None:
        await stopped.wait()

    thread = LoopThread(until_stopped, stopped.set, lambda _error: None)
    thread.start()
    try:
        with pytest.raises(EngineFailed, match="chromium was lost"):
            thread.call(engines_side_by_side())
    finally:
        thread.end()


def test_interrupt_comes_through_when_all_has_ended() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=HANG_S)[0] == "down\ninterrupted\n"
