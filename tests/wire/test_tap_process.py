"""The tap's process lives as long as its parent and the recorder want; its death is explained."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from tests.wait_for_exit import ends
from tests.wire.tap_builders import run

from cors_harness.errors import ServerFailed
from cors_harness.wire.recorder import Recorder

PARENT = """
import asyncio
from cors_harness.wire.recorder import Recorder

async def main():
    recorder = Recorder()
    await recorder.start()
    print(recorder._worker.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def started() -> tuple[Recorder, int]:
    recorder = Recorder()
    await recorder.start()
    return recorder, recorder._worker.pid


def test_dies_with_its_killed_parent() -> None:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    assert ends(pid)


def test_calls_fail_once_it_is_dead() -> None:
    async def test() -> None:
        recorder, pid = await started()
        os.kill(pid, signal.SIGKILL)
        for _ in range(2):
            with pytest.raises(
                ServerFailed, match="wire recorder: its process ended with status -9"
            ):
                await recorder.take(["p.1"])
        await recorder.stop()

    run(test())


def test_calls_that_wait_fail_with_the_end_of_its_output() -> None:
    async def test() -> None:
        recorder, _ = await started()
        crash, *others = (
            asyncio.ensure_future(recorder._worker.ask({"do": name}))
            for name in ("dance", "strays")
        )
        failures = await asyncio.gather(crash, *others, return_exceptions=True)
        assert all(isinstance(failure, ServerFailed) for failure in failures)
        assert "unknown command 'dance'" in str(failures[0])
        await recorder.stop()

    run(test())


def test_does_not_start_where_python_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")

    async def test() -> None:
        recorder = Recorder()
        with pytest.raises(ServerFailed, match="/nowhere"):
            await recorder.start()
        await recorder.stop()

    run(test())


def test_stop_twice_and_before_start() -> None:
    async def test() -> None:
        await Recorder().stop()
        recorder, _ = await started()
        await recorder.stop()
        await recorder.stop()
        with pytest.raises(ServerFailed, match="not running"):
            await recorder.strays()

    run(test())


def test_is_out_of_reach_of_the_terminal() -> None:
    async def test() -> None:
        recorder, pid = await started()
        assert os.getsid(pid) != os.getsid(0)
        await recorder.stop()

    run(test())
