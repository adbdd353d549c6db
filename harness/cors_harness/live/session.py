"""LiveSession: page, rounds and watcher together, until somebody ends it."""

import asyncio
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from cors_harness.errors import UsageError
from cors_harness.live.access import HOSTS, Access
from cors_harness.live.board import LiveBoard, LivePhase
from cors_harness.live.joining import JoinedBrowsers
from cors_harness.live.page_server import LivePageServer
from cors_harness.live.rounds import LiveRequest, LiveRounds
from cors_harness.live.watching import Changed, Watched, watch
from cors_harness.run.api import LoopThread

BACKLOG = 100
NAMES_SHOWN = 3

Tell = Callable[[str, str], None]  # a word, and what goes with it


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSources:
    """Where a session gets what it runs; each is called again whenever files have changed.

    Attributes:
        request: reads scenarios and settings, for joined browsers of these columns too; raises
            HarnessError where they have mistakes.
        watched: which files matter.
        argv: the command line.
        options: what `run` has to be told so that a cell is the same again.
        columns: that the settings name, so that no joined browser is called so.
    """

    request: Callable[[Collection[str]], LiveRequest]
    watched: Callable[[], Watched]
    argv: tuple[str, ...]
    options: tuple[str, ...]
    columns: tuple[str, ...] = ()


class LiveSession:
    """One page, and what it shows.

    Attributes:
        access: has the address.
        board: what the page shows.
        server: serves the page.
    """

    def __init__(self, sources: LiveSources, tell: Tell, *, host: str = "", port: int = 0) -> None:
        """Takes the port; nothing is served before `run`.

        Args:
            sources: what runs.
            tell: gets lines for the terminal, in several threads.
            host: under which machines of a network call the page; empty: loopback only.
            port: 0: any free one.

        Raises:
            UsageError: the port cannot be had, or the host is not of this machine.
        """
        listener = listener_on(host, port)
        hosts = (host,) if host else HOSTS
        self._sources, self._tell = sources, tell
        self.access = Access(port=int(listener.getsockname()[1]), hosts=hosts)
        self.board = LiveBoard(sources.argv, sources.options)
        joined = JoinedBrowsers(f"{self.access.url}window", sources.columns)
        self.server = LivePageServer(listener, self.access, self.board, joined, host)
        rounds = self._rounds = LiveRounds(sources.request, self.board, tell, joined, host=host)
        self.server.rerun = lambda cells: rounds.rerun(cells, "asked for on the page")
        joined.on_change = lambda: self.board.joined(joined.states())
        joined.on_joined, joined.on_return = rounds.joined, rounds.returned
        joined.on_removed = rounds.removed

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs."""
        return self.board.state.phase is LivePhase.IDLE

    def run(self) -> None:
        """Runs rounds until KeyboardInterrupt; all that it has started has ended by then."""
        stopped = asyncio.Event()
        thread = LoopThread(lambda: self._serve(stopped), stopped.set, self._rounds.end)
        thread.start()
        try:
            self._rounds.run()
        finally:
            thread.end()

    async def _serve(self, stopped: asyncio.Event) -> None:
        """Serves the page and watches files, until `stopped`, or until one of these breaks."""
        work = [
            asyncio.create_task(self.server.serve()),
            asyncio.create_task(self._watch()),
        ]
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait({*work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (*work, stopping):
            task.cancel()
        await asyncio.wait({*work, stopping})
        for task in work:
            if not task.cancelled():
                task.result()

    async def _watch(self) -> None:
        try:
            await watch(self._sources.watched, self._changed)
        except OSError as error:  # the system watches no more folders for this user
            self._tell("warning", f"changes are not seen: {error}")
            await asyncio.Event().wait()

    def _changed(self, changed: Changed) -> None:
        why = f"{_names(changed.files)} changed"
        self._tell("changed", _names(changed.files))
        self._rounds.changed(why, everything=changed.is_server)


def _names(files: tuple[Path, ...]) -> str:
    here = Path.cwd()
    names = [
        str(file.relative_to(here) if file.is_relative_to(here) else file)
        for file in files[:NAMES_SHOWN]
    ]
    more = len(files) - len(names)
    return f"{', '.join(names)} and {more} more" if more else ", ".join(names)


def listener_on(host: str, port: int) -> socket.socket:
    """A socket that listens on loopback, or on a host of this machine; raises UsageError."""
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        listener = socket.create_server(
            (host.strip("[]") or HOSTS[0], port), family=family, backlog=BACKLOG
        )
    except OSError as error:
        where = f"{host or HOSTS[0]}, port {port or 'any'}"
        raise UsageError(
            f"--port, --host: {where} cannot be had: {error.strerror or error}\n"
            "  without --port a free one is taken; --host is a name or an address of this machine"
        ) from error
    listener.setblocking(False)  # noqa: FBT003 - the name is the argument
    return listener
