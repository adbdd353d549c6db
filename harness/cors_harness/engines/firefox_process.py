"""FirefoxProcess: Firefox in a profile of its own, which listens for WebDriver BiDi."""

import asyncio
import json
import os
import re
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cors_harness.engines.base import settle
from cors_harness.engines.trust import make_database
from cors_harness.errors import EngineFailed
from cors_harness.processes.groups import end_group, read_lines, start_group
from cors_harness.processes.statuses import status_text
from cors_harness.processes.temporary import make_folder, remove_folder

START_S = 60
LAST_LINES = 8  # of its output, to tell why it ended
LISTENING = re.compile(r"WebDriver BiDi listening on (?P<url>ws://\S+)")
# Beside what Firefox itself sets where something listens to its remote debugging port.
PREFERENCES: Mapping[str, bool | int | str] = {
    "browser.aboutwelcome.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.startup.homepage": "about:blank",
    "browser.startup.page": 0,
    "dom.serviceWorkers.enabled": False,  # one could answer in the place of a server
    "remote.active-protocols": 1,  # WebDriver BiDi
}

ENVIRONMENT: Mapping[str, str] = {
    "MOZ_CRASHREPORTER_DISABLE": "1",
    # It heeds the address that it has for its maker's settings, which is none.
    "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1",
}


class FirefoxProcess:
    """The program, its profile and the end of both."""

    def __init__(self, executable: Path) -> None:
        self._executable = executable
        self._profile: Path | None = None
        self._process: Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._last_lines: deque[str] = deque(maxlen=LAST_LINES)

    async def make_profile(self, prefs: Mapping[str, bool | int | str], ca: Path | None) -> None:
        """Makes the profile.

        Args:
            prefs: preferences, beside those that every profile here has.
            ca: an authority that is trusted as one that the user installed, PEM.

        Raises:
            EngineMissing: certutil, which writes authorities into profiles, is not installed.
            EngineFailed: it refuses.
        """
        self._profile = make_folder("firefox")
        lines = (
            f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
            for name, value in {**PREFERENCES, **prefs}.items()
        )
        (self._profile / "user.js").write_text("".join(lines), "utf-8")
        if ca is not None:
            await make_database(self._profile, ca, "firefox")

    async def start(self, *, headed: bool) -> str:
        """Starts Firefox in the profile; the URL of its WebDriver BiDi.

        Raises:
            EngineFailed: it cannot be started, ends, or does not listen in time.
        """
        headless = () if headed else ("--headless",)
        argv = (
            *(str(self._executable), "--no-remote", "--new-instance", *headless),
            *("--profile", str(self._profile), "--remote-debugging-port", "0", "about:blank"),
        )
        environment = {**os.environ, **ENVIRONMENT}
        try:
            self._process = await start_group(argv, env=environment)
        except OSError as error:
            raise EngineFailed(f"firefox: {self._executable}: {error}") from error
        listening: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def take(line: str) -> None:
            self._last_lines.append(line)
            if address := LISTENING.search(line):
                settle(listening, address["url"])

        streams = (self._process.stdout, self._process.stderr)
        self._readers = [asyncio.create_task(read_lines(stream, take)) for stream in streams]
        ending = asyncio.create_task(self._process.wait())
        events: set[asyncio.Future[Any]] = {listening, ending}
        await asyncio.wait(events, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            return listening.result()
        if ending.done():
            how = status_text(ending.result())
            raise EngineFailed(f"it ended with {how}{self.last_output()}")
        raise EngineFailed(f"it did not listen within {START_S} s{self.last_output()}")

    def last_output(self) -> str:
        """The last lines that it printed, each on a line of its own; empty where there are none."""
        return "".join(f"\n  {line}" for line in self._last_lines)

    async def wait(self, limit_s: float) -> None:
        """Waits until it has ended, if it does so in time."""
        if self._process is not None:
            await asyncio.wait({asyncio.ensure_future(self._process.wait())}, timeout=limit_s)

    async def stop(self) -> None:
        """Ends it and all that it has started, and removes the profile; idempotent."""
        process, self._process = self._process, None
        if process is not None:
            await end_group(process)
            await asyncio.wait(self._readers)
        profile, self._profile = self._profile, None
        if profile is not None:
            await asyncio.to_thread(remove_folder, profile)
