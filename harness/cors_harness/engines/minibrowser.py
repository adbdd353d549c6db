"""MiniBrowserEngine: WebKitGTK's MiniBrowser, opened on a URL; nothing automates it.

It has no headless mode, so it runs on a virtual display. Every tab is a process of its own with
a home folder of its own. Its console goes to its output, always in adjacent pairs where it
blocks: a line that says why and a line that names the URL.
"""

import asyncio
import json
import os
import re
import secrets
import shutil
import struct
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from cors_harness.engines.base import (
    DEFAULT_PAGE,
    MANY_TABS,
    NETWORK_WENT_AWAY,
    NOTHING_LACKS,
    ConsoleListener,
    LaunchOptions,
    PageOptions,
    settle,
)
from cors_harness.engines.found import EngineFound
from cors_harness.engines.registry import engine_version
from cors_harness.engines.trust import IGNORES
from cors_harness.errors import EngineFailed
from cors_harness.model.events import EngineVersion
from cors_harness.processes.groups import end_group, read_lines, run_through, start_group
from cors_harness.processes.helper_process import helper_ended
from cors_harness.processes.statuses import status_text
from cors_harness.processes.temporary import make_folder, remove_folder

DISPLAY_START_S = 60
FAMILY_WILD = 65535  # of X11/Xauth.h


class Display:
    """The user's own display when headed, else a virtual one (Xvfb) of ours.

    A virtual one takes only programs that know its cookie. Without, it would take those of every
    user of this machine, who could look at windows and type into them.

    Attributes:
        name: value for the DISPLAY variable, such as `:99`.
        variables: of the environment of programs that are shown on it.
    """

    def __init__(self) -> None:
        self.name = ""
        self.variables: Mapping[str, str] = {}
        self._folder: Path | None = None
        self._process: Process | None = None

    async def start(self, *, headed: bool) -> None:
        """Raises EngineFailed when there is no display to be had."""
        own = os.environ.get("DISPLAY", "")
        if headed and own:
            self.name, self.variables = own, {"DISPLAY": own}
            return
        if shutil.which("Xvfb") is None:
            raise EngineFailed("webkit needs Xvfb, a virtual display; on Debian: apt install xvfb")
        self._folder = make_folder("display")
        cookie = self._folder / "cookie"
        _write_cookie(cookie)
        self.name = await self._start_virtual(cookie)
        self.variables = {"DISPLAY": self.name, "XAUTHORITY": str(cookie)}

    async def stop(self) -> None:
        """Ends the virtual display; idempotent."""
        if self._process is not None:
            await end_group(self._process)
            self._process = None
        if self._folder is not None:
            remove_folder(self._folder)
            self._folder = None

    async def _start_virtual(self, cookie: Path) -> str:
        reading, writing = os.pipe()
        argv = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24"]
        argv += ["-nolisten", "tcp", "-noreset", "-auth", str(cookie)]
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
            async with asyncio.timeout(DISPLAY_START_S):
                number = await asyncio.to_thread(_read_line, reading)
        except TimeoutError:
            raise EngineFailed(f"Xvfb gave no display within {DISPLAY_START_S} s") from None
        if not number:
            raise EngineFailed("Xvfb ended at once")
        return f":{number}"


def _write_cookie(path: Path) -> None:
    """A random cookie for every display and host, as libXau reads it: see Xsecurity(7)."""
    entry = b"".join(
        struct.pack(">H", len(part)) + part
        for part in (b"", b"", b"MIT-MAGIC-COOKIE-1", secrets.token_bytes(16))
    )
    path.touch(0o600)
    path.write_bytes(struct.pack(">H", FAMILY_WILD) + entry)


def _read_line(descriptor: int) -> str:
    with os.fdopen(descriptor) as stream:
        return stream.readline().strip()


# Debian, Fedora, openSUSE, Alpine.
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
MOUNT_AND_RUN = 'mount --bind "$0" "$1" && shift && exec "$@"'
IGNORE_ERRORS = "--ignore-tls-errors"


class CaBundleOverlay:
    """How MiniBrowser is shown a file of certificates of ours in the place of the system's.

    Attributes:
        prefix: what MiniBrowser's own command line is put behind.
        options: options of MiniBrowser's.
        note: what the driver's name must admit, mostly nothing.
    """

    def __init__(self) -> None:
        self.prefix: tuple[str, ...] = ()
        self.options: tuple[str, ...] = ()
        self.note = ""

    async def make(self, authority: Path) -> None:
        """Makes the overlay, by the first way that works on this machine.

        Args:
            authority: a certificate, PEM; the file must stay while MiniBrowser runs.
        """
        for system in _system_bundle():
            for prefix in _overlays(authority, system):
                if await _is_shown(prefix, authority, system):
                    self.prefix = prefix
                    return
        self.options, self.note = (IGNORE_ERRORS,), IGNORES


def _system_bundle() -> tuple[Path, ...]:
    """The system's file; none where no package of certificates is installed."""
    return tuple(path.resolve() for path in map(Path, BUNDLES) if path.is_file())[:1]


def _overlays(bundle: Path, system_bundle: Path) -> Iterator[tuple[str, ...]]:
    """Command lines that run a program which sees `bundle` in the place of `system_bundle`."""
    binds = ("--dev-bind", "/", "/", "--ro-bind", str(bundle), str(system_bundle))
    yield ("bwrap", "--die-with-parent", *binds, "--")
    yield (
        "unshare",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        MOUNT_AND_RUN,
        str(bundle),
        str(system_bundle),
    )


async def _is_shown(prefix: tuple[str, ...], bundle: Path, system_bundle: Path) -> bool:
    try:
        status, _ = await run_through((*prefix, "cmp", str(bundle), str(system_bundle)))
    except FileNotFoundError:
        return False
    return status == 0


CONSOLE = re.compile(
    r"CONSOLE (?:(?P<source>[A-Z]+(?: [A-Z]+)*) )?(?:ERROR|WARN \[blocked\]) (?P<text>.*)"
)
GONE = re.compile(
    r"web ?process (?:crashed|terminated)|(?:crashed|terminated).*web ?process", re.IGNORECASE
)
CONSOLE_TO_OUTPUT = "--enable-write-console-messages-to-stdout=true"
START_PAGE = "<!doctype html><script>location.replace(%s)</script>"
TEST_PAGE = "data:text/html,<script>throw Error('ready')</script>"
START_S = 60
LAST_OUTPUT_S = 1
LAST_LINES = 5  # of the output, to tell why a process ended
XDG = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME")


# Of a redirect to another scheme the second line names the URL, but of a port that is restricted.
NAMES_URL = re.compile(r"http|restricted network port")


class ConsoleLineJoiner:
    """Joins the line that says why with the line that names the URL."""

    def __init__(self, listener: ConsoleListener) -> None:
        self._listener, self._why = listener, ""

    def take(self, line: str) -> None:
        """Takes one line of output; passes on whole messages only."""
        console = CONSOLE.search(line)
        if console is None:
            return
        message, is_security = console[0], console["source"] == "SECURITY"
        if console["source"] is None:  # console.error() of the page, never half of a pair
            self._listener(message)
        elif is_security and not NAMES_URL.search(console["text"].split("Origin", 1)[0]):
            self._why = message
        else:
            # A line that names its URL and says why is whole; the one before it lacks its own half,
            # as of a worker's request.
            why = "" if is_security else self._why
            self._listener(f"{why}\n{message}".strip())
            self._why = ""


class MiniBrowserTab:
    """One MiniBrowser process with its own home folder."""

    def __init__(self, plugins: Path, network_process: str) -> None:
        """Starts nothing.

        Args:
            plugins: a file in which GStreamer keeps what it finds on this machine.
            network_process: as in EngineKind.
        """
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._plugins, self._network_process = plugins, network_process
        self._home = make_folder("webkit")
        self._process: Process | None = None
        self._readers: list[asyncio.Task[None]] = []
        self._watching: asyncio.Task[None] | None = None
        self._last_lines: deque[str] = deque(maxlen=LAST_LINES)

    @property
    def is_open(self) -> bool:
        """Whether there is still something to close."""
        return self._home.exists()

    async def show(
        self, argv: Sequence[str], display: Mapping[str, str], listener: ConsoleListener
    ) -> None:
        """Starts the process; raises OSError when it cannot be started."""
        self._process = await start_group(argv, env=self._environment(display))
        joiner = ConsoleLineJoiner(listener)

        def take(line: str) -> None:
            joiner.take(line)
            self._last_lines.append(line)
            if GONE.search(line):
                settle(self.lost, line.strip())

        streams = (self._process.stdout, self._process.stderr)
        reading = [asyncio.create_task(read_lines(stream, take)) for stream in streams]
        self._readers = [*reading, asyncio.create_task(self._watch(self._process, reading))]
        self._watching = asyncio.create_task(self._watch_network(self._process.pid))

    def way_to(self, url: str) -> str:
        """A URL that leads to `url`, for a command line, which every user of this machine can read.

        `url` may have a token in it, so it stands in a file of the home folder.
        """
        place = self._home / "start.html"
        place.touch(0o600)
        place.write_text(START_PAGE % json.dumps(url).replace("<", "\\u003c"), "utf-8")
        return place.as_uri()

    async def close(self) -> None:
        """Ends the process and removes its home folder."""
        if self._watching is not None:
            self._watching.cancel()
        if self._process is not None:
            await end_group(self._process)
            await asyncio.wait(self._readers)
            self._process = None
        remove_folder(self._home)

    async def _watch(self, process: Process, reading: Collection[asyncio.Task[None]]) -> None:
        status = await process.wait()
        # Its children may keep the output open; what it said itself is read in no time.
        await asyncio.wait(reading, timeout=LAST_OUTPUT_S)
        output = "".join(f"\n  {line}" for line in self._last_lines)
        settle(self.lost, f"MiniBrowser ended with {status_text(status)}{output}")

    async def _watch_network(self, program: int) -> None:
        await helper_ended(program, self._network_process)
        settle(self.lost, NETWORK_WENT_AWAY)

    def _environment(self, display: Mapping[str, str]) -> dict[str, str]:
        folders = dict.fromkeys(("HOME", *XDG), str(self._home))
        return {
            **os.environ,
            **folders,
            **display,
            "GDK_BACKEND": "x11",
            "NO_AT_BRIDGE": "1",
            "GST_REGISTRY": str(self._plugins),  # in a home it would look for all of them each time
        }


class MiniBrowserEngine:
    """WebKitGTK's MiniBrowser; it has no driver, so each tab is a process of its own."""

    hears_console = True
    shares_hsts = False  # each tab is a process of its own
    lacks, tabs = NOTHING_LACKS, MANY_TABS

    def __init__(self, found: EngineFound, options: LaunchOptions) -> None:
        self.found, self._options = found, options
        self.at_once = found.kind.at_once
        self._display, self._trust = Display(), CaBundleOverlay()
        self._tabs: set[MiniBrowserTab] = set()
        self._shared: Path | None = None  # a folder for what all tabs may know

    async def start(self) -> EngineVersion:
        """Starts the display; the browser starts with every tab, and once to check that it can."""
        self._shared = make_folder("webkit")
        await self._display.start(headed=self._options.headed)
        if self._options.ca is not None:
            await self._trust.make(self._options.ca)
        await self._check_opens_page()
        version = self.found.version or "unknown version"
        return engine_version(self.found, version, self._trust.note)

    async def open(
        self, url: str, listener: ConsoleListener, options: PageOptions = DEFAULT_PAGE
    ) -> MiniBrowserTab:
        """Starts one more MiniBrowser."""
        argv = self._argv(options)
        if self._shared is None:
            raise EngineFailed("webkit is not started")
        opened = MiniBrowserTab(self._shared / "gstreamer", self.found.kind.network_process)
        argv = (*argv, opened.way_to(url) if "#" in url else url)
        self._tabs = {tab for tab in self._tabs if tab.is_open} | {opened}
        try:
            await opened.show(argv, self._display.variables, listener)
        except OSError as error:
            await opened.close()
            raise EngineFailed(f"webkit: {self.found.executable}: {error}") from error
        return opened

    async def stop(self) -> None:
        """Ends every MiniBrowser that is still open, then the display."""
        tabs, self._tabs = self._tabs, set()
        await asyncio.gather(*(tab.close() for tab in tabs))
        await self._display.stop()
        shared, self._shared = self._shared, None
        if shared is not None:
            remove_folder(shared)

    def _argv(self, options: PageOptions) -> tuple[str, ...]:
        if self.found.executable is None:
            raise EngineFailed("webkit: MiniBrowser has no executable")
        if options.entry is not None:
            raise EngineFailed("webkit: MiniBrowser runs on this machine, so it needs no entry")
        proxy = () if options.proxy is None else (f"--proxy={options.proxy}",)
        direct = (f"--ignore-host={host}" for host in options.direct_hosts())
        program = (*self._trust.prefix, str(self.found.executable))
        return (*program, CONSOLE_TO_OUTPUT, *self._trust.options, *proxy, *direct)

    async def _check_opens_page(self) -> None:
        """Raises EngineFailed unless a page runs and what it says is heard."""
        message: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        tab = await self.open(TEST_PAGE, lambda text: settle(message, text))
        try:
            await asyncio.wait(
                {message, tab.lost}, timeout=START_S, return_when=asyncio.FIRST_COMPLETED
            )
            why = tab.lost.result() if tab.lost.done() else f"it said nothing within {START_S} s"
        finally:
            await tab.close()
        if not message.done():
            raise EngineFailed(f"webkit ({self.found.build}) does not start: {why}")
