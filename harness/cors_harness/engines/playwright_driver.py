"""PlaywrightDriver: the program by which Playwright drives a browser, from its start to its end.

It may die or hang like any other, and leave the browser that it has started.
"""

import asyncio
import contextlib
import os
import re
import shutil
import uuid
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator, Mapping
from inspect import signature
from operator import attrgetter
from pathlib import Path

from playwright.async_api import Browser, BrowserType, Error, Playwright, async_playwright

from cors_harness.engines.base import NETWORK_WENT_AWAY, settle
from cors_harness.processes.helper_process import helper_ended
from cors_harness.processes.marked import MARK, kill_marked, marked
from cors_harness.processes.statuses import status_text
from cors_harness.processes.temporary import make_folder, note_other, remove_folder

START_S = 60
CLOSE_S = 5
DRIVER_CLOSE_S = 30
LOOK_S = 0.05
SOCKET_PATH_BYTES = 108  # of a socket's path, at most; man 7 unix
SOCKET_BYTES = len("/org.chromium.Chromium.XXXXXX/SingletonSocket")  # that Chromium makes there
WENT_AWAY = "Playwright's driver went away"
# Playwright tells nobody which process it is. Where that is kept elsewhere in another version, only
# the next command shows that the driver is gone.
_PROCESS = attrgetter("_impl_obj._connection._transport._proc")
HAS_ARTIFACTS_FOLDER = "artifacts_dir" in signature(BrowserType.launch).parameters
_PROFILE = re.compile(r"(?:--[\w-]+=)?(?P<path>/.*/playwright_\w+dev_profile-\w+)")


class PlaywrightDriver:
    """Playwright's driver, for one browser.

    Attributes:
        folder: for temporary files, until it has ended.
        environment: what the browser must be started with, beside our own environment.
        lost: settled as soon as it, or what its browser cannot do without, has ended by itself.
    """

    def __init__(self) -> None:
        """To be made in the event loop that it serves."""
        self._mark = uuid.uuid4().hex
        self.folder = make_folder("playwright")
        has_room = len(os.fsencode(self.folder)) + SOCKET_BYTES < SOCKET_PATH_BYTES
        here = {"TMPDIR": str(self.folder)} if has_room else {}
        self.environment: Mapping[str, str] = {MARK: self._mark, **here}
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._starting: asyncio.Task[Playwright] | None = None
        self._process: Process | None = None
        self._watching: list[asyncio.Task[None]] = []
        self._profiles: frozenset[Path] = frozenset()

    async def start(self) -> Playwright:
        """Starts it; raises Playwright's Error where it ends before it is there."""
        self._starting = asyncio.create_task(async_playwright().start())
        with lost_as_error():
            playwright = await asyncio.shield(self._starting)
        with contextlib.suppress(AttributeError):
            process: Process = _PROCESS(playwright)
            self._process = process
            self._watching.append(asyncio.create_task(self._watch(process)))
        return playwright

    async def watch_browser(self, network_process: str) -> None:
        """Takes note of what its browser, which has started, has made; and watches its helper.

        `network_process`: as in EngineKind.
        """
        await self._note_profiles()
        if self._process is not None and network_process:
            watching = self._watch_helper(self._process.pid, network_process)
            self._watching.append(asyncio.create_task(watching))

    async def _note_profiles(self) -> None:
        self._profiles |= await asyncio.to_thread(_profiles_of, self._mark)
        for profile in self._profiles:
            note_other(profile)

    async def stop(self, browser: Browser | None) -> None:
        """Closes its browser, then ends it and what it leaves; idempotent.

        One that still starts is waited for: left alone it would stay.
        """
        for watching in self._watching:
            watching.cancel()
        if browser is not None:
            async with in_time(CLOSE_S):
                await browser.close()
        starting, self._starting = self._starting, None
        if starting is not None:
            await self._stop(starting)
        await asyncio.to_thread(remove_folder, self.folder)

    async def _stop(self, starting: asyncio.Task[Playwright]) -> None:
        async with in_time(START_S):
            playwright = await asyncio.shield(starting)
            async with in_time(DRIVER_CLOSE_S):
                await playwright.stop()
        was_lost = self.lost.done() or starting.cancelled() or starting.exception() is not None
        if was_lost or (self._process is not None and self._process.returncode is None):
            await self._end_what_is_left()
        for profile in self._profiles:  # of a browser that was killed the driver may leave it
            async with in_time(CLOSE_S):
                await _remove(profile)

    async def _watch(self, process: Process) -> None:
        status = await process.wait()
        settle(self.lost, f"{WENT_AWAY}: {status_text(status)}")

    async def _watch_helper(self, program: int, word: str) -> None:
        await helper_ended(program, word)
        settle(self.lost, NETWORK_WENT_AWAY)

    async def _end_what_is_left(self) -> None:
        await self._note_profiles()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await asyncio.to_thread(kill_marked, self._mark)


async def _remove(profile: Path) -> None:
    """Removes a folder, which helpers of the browser may write to until they see that it has gone.

    Those of Chromium overwrite their environment, and so carry no mark.
    """
    while await asyncio.to_thread(profile.exists):
        await asyncio.to_thread(shutil.rmtree, profile, ignore_errors=True)
        await asyncio.sleep(LOOK_S)


@contextlib.contextmanager
def lost_as_error() -> Iterator[None]:
    """A context for commands: where the driver is gone they raise Error, as for all other trouble.

    Playwright has no class of its own for that.
    """
    try:
        yield
    except Exception as error:
        if type(error) is not Exception:
            raise
        raise Error(f"{WENT_AWAY}: {error}") from error


@contextlib.asynccontextmanager
async def in_time(limit_s: float) -> AsyncIterator[None]:
    """A context for closing what may be dead: it neither raises nor hangs."""
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(limit_s):
            with lost_as_error():
                yield


def _profiles_of(mark: str) -> frozenset[Path]:
    words = (word for _, argv in marked(mark) for word in argv)
    found = (_PROFILE.fullmatch(word) for word in words)
    return frozenset(Path(profile["path"]) for profile in found if profile)
