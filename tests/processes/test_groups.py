"""Programs in groups of their own: read line by line, and ended with all that they started."""

import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from asyncio.subprocess import Process
from pathlib import Path

import pytest
from tests.wait_for_exit import ends

from cors_harness.processes.groups import (
    LINE_LIMIT,
    end_group,
    read_lines,
    run_through,
    start_group,
)

DEADLINE_S = 30
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
{then}
"""
CHILD = "import signal, sys\n{before}\nprint(flush=True)\nsignal.pause()"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
WAITS = "child.wait()"


KILLED_PARENT = """
import asyncio, os, sys
from cors_harness.processes.groups import start_group

async def main():
    program = [sys.executable, "-c", "import signal; print(flush=True); signal.pause()"]
    process = await start_group(program, env=os.environ)
    await process.stdout.readline()
    print(process.pid, flush=True)
    await process.wait()

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cors_harness.processes.groups.KILL_AFTER_S", 0.5)


async def started(script: str) -> Process:
    return await start_group([sys.executable, "-c", script], env=os.environ)


async def first_line(process: Process) -> str:
    assert process.stdout
    async with asyncio.timeout(DEADLINE_S):
        return (await process.stdout.readline()).decode().strip()


async def drained(process: Process) -> None:
    """Waits until nobody is left who could write to the program's output."""
    for stream in (process.stdout, process.stderr):
        assert stream
        async with asyncio.timeout(DEADLINE_S):
            await stream.read()


FAMILIES = {
    "both obey": ("", WAITS),
    "child ignores SIGTERM": (STUBBORN, WAITS),
    "parent ignores SIGTERM": ("", f"import signal; {STUBBORN}; signal.pause()"),
    "parent has ended": (STUBBORN, ""),
}


@pytest.mark.programs
@pytest.mark.parametrize(("before", "then"), FAMILIES.values(), ids=FAMILIES)
def test_group_ends_with_all_that_it_started(before: str, then: str) -> None:
    async def test() -> None:
        process = await started(PARENT.format(child=CHILD.format(before=before), then=then))
        handle = os.pidfd_open(int(await first_line(process)))
        try:
            await end_group(process)
            await asyncio.to_thread(wait_for_end, handle)
        finally:
            os.close(handle)
        await drained(process)
        assert process.returncode is not None

    asyncio.run(test())


def wait_for_end(handle: int) -> None:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    assert poll.poll(DEADLINE_S * 1000)


@pytest.mark.programs
def test_group_of_a_start_that_is_cancelled_ends(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    tells = f"print(child.pid, file=open({str(pids)!r}, 'w'), flush=True)"
    program = PARENT.format(child=CHILD.format(before=STUBBORN), then=f"{tells}\n{WAITS}")

    async def test() -> None:
        starting = asyncio.create_task(started(program))
        for _ in range(2):  # its process is there then, and its pipes are not yet connected
            await asyncio.sleep(0)
        child = written(pids)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(DEADLINE_S):
                await starting
        assert await asyncio.to_thread(ends, child)

    asyncio.run(test())


def written(file: Path) -> int:
    """The process id in a file as soon as that is there; the loop stands still meanwhile."""
    deadline = time.monotonic() + DEADLINE_S
    while not file.exists() or not file.read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return int(file.read_text())


def test_stopped_program_is_ended() -> None:
    async def test() -> None:
        process = await started(CHILD.format(before=""))
        await first_line(process)
        process.send_signal(signal.SIGSTOP)
        await end_group(process)
        await drained(process)
        assert process.returncode in {-signal.SIGTERM, -signal.SIGKILL}

    asyncio.run(test())


def test_ending_twice_is_ending_once() -> None:
    async def test() -> None:
        process = await started("")
        await end_group(process)
        await drained(process)
        await end_group(process)
        assert process.returncode is not None

    asyncio.run(test())


def test_interrupt_of_ours_does_not_reach_it() -> None:
    async def test() -> None:
        process = await started("import os; print(os.getsid(0), os.getpgid(0))")
        assert await first_line(process) == f"{process.pid} {process.pid}"
        await drained(process)
        await process.wait()

    asyncio.run(test())


def test_missing_program_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        asyncio.run(start_group(["/nowhere/browser"], env={}))


def lines_of(script: str) -> list[str]:
    lines: list[str] = []

    async def test() -> None:
        process = await started(script)
        async with asyncio.timeout(DEADLINE_S):
            await read_lines(process.stdout, lines.append)
        await end_group(process)
        await drained(process)

    asyncio.run(test())
    return lines


OUTPUTS = {
    "lines": ("print('a'); print('b')", ["a", "b"]),
    "no end of line": ("print('a', end='')", ["a"]),
    "empty line": ("print()", [""]),
    "not UTF-8": ("import sys; sys.stdout.buffer.write(b'\\xff\\n')", ["\ufffd"]),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("script", "lines"), OUTPUTS.values(), ids=OUTPUTS)
def test_output_is_heard_line_by_line(script: str, lines: list[str]) -> None:
    assert lines_of(script) == lines


def test_line_over_the_limit_does_not_keep_the_next_ones_away() -> None:
    script = f"print('before'); print('x' * {3 * LINE_LIMIT}); print('after')"
    lines = lines_of(script)
    assert (lines[0], lines[-1]) == ("before", "after")


def test_program_ends_with_a_parent_that_is_killed() -> None:
    argv = [sys.executable, "-c", KILLED_PARENT]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own script
        assert parent.stdout
        handle = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    ended, _, _ = select.select([handle], [], [], DEADLINE_S)
    os.close(handle)
    assert ended


def test_program_that_is_run_through_gives_its_status_and_its_words() -> None:
    script = "import sys; print('printed'); sys.exit('complained')"
    assert asyncio.run(run_through([sys.executable, "-c", script])) == (1, "printed\ncomplained")


def test_program_is_ended_with_the_one_who_waits_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = f"import signal; print(open({str(pipe)!r}, 'w').fileno()); signal.pause()"

    async def test() -> None:
        running = asyncio.create_task(run_through([sys.executable, "-c", script]))
        with await asyncio.to_thread(pipe.open, "rb") as output:  # the program has it open now
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            assert await asyncio.to_thread(output.read) == b""  # and now nobody has

    asyncio.run(test())
