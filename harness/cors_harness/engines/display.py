"""Display: an X display for a browser that has no headless mode."""

import asyncio
import os
import shutil
from asyncio.subprocess import Process

from cors_harness.engines.processes import end_group, start_group
from cors_harness.errors import EngineFailed

START_S = 60


class Display:
    """The user's own display when headed, else a virtual one (Xvfb) of ours.

    Attributes:
        name: value for the DISPLAY variable, such as `:99`.
    """

    def __init__(self) -> None:
        self.name = ""
        self._process: Process | None = None

    async def start(self, *, headed: bool) -> None:
        """Raises EngineFailed when there is no display to be had."""
        own = os.environ.get("DISPLAY", "")
        if headed and own:
            self.name = own
            return
        if shutil.which("Xvfb") is None:
            raise EngineFailed("webkit needs Xvfb, a virtual display; on Debian: apt install xvfb")
        self.name = await self._start_virtual()

    async def stop(self) -> None:
        """Ends the virtual display; idempotent."""
        if self._process is not None:
            await end_group(self._process)
            self._process = None

    async def _start_virtual(self) -> str:
        reading, writing = os.pipe()
        argv = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24"]
        argv += ["-nolisten", "tcp", "-noreset"]
        try:
            self._process = await start_group(argv, env=os.environ, pass_fds=(writing,))
        except OSError as error:
            os.close(reading)
            raise EngineFailed(
                f"Xvfb, webkit's virtual display, does not start: {error}"
            ) from error
        finally:
            os.close(writing)
        try:
            async with asyncio.timeout(START_S):
                number = await asyncio.to_thread(_read_line, reading)
        except TimeoutError:
            raise EngineFailed(f"Xvfb gave no display within {START_S} s") from None
        if not number:
            raise EngineFailed("Xvfb ended at once")
        return f":{number}"


def _read_line(descriptor: int) -> str:
    with os.fdopen(descriptor) as stream:
        return stream.readline().strip()
