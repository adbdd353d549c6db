"""ChildProcess: what is kept of its output is closed, however its end comes."""

import asyncio
import os
import signal
import sys

import pytest

from cors_harness.processes.child_process import ChildProcess, OutputFile


class Sleeper(ChildProcess):
    async def start(self) -> None:
        await self._spawn(sys.executable, "-c", "import signal; signal.pause()")


def test_stop_that_is_cancelled_closes_the_output() -> None:
    async def test() -> None:
        output, sleeper = OutputFile(), Sleeper("the sleeper", patience_s=60)
        sleeper.give_output(output)
        await sleeper.start()
        try:
            stopping = asyncio.create_task(sleeper.stop())
            await asyncio.wait({stopping}, timeout=0.1)
            stopping.cancel()
            with pytest.raises(asyncio.CancelledError):
                await stopping
            assert output.file.closed
        finally:
            os.kill(sleeper.pid, signal.SIGKILL)
            await sleeper.ended()

    asyncio.run(test())


def test_start_that_fails_closes_the_output() -> None:
    class Nobody(ChildProcess):
        async def start(self) -> None:
            await self._spawn("/nobody/is/here")

    async def test() -> None:
        output, nobody = OutputFile(), Nobody("nobody", patience_s=1)
        nobody.give_output(output)
        with pytest.raises(FileNotFoundError):
            await nobody.start()
        assert output.file.closed

    asyncio.run(test())
