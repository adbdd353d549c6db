"""AppOutput: what the user's server writes in one run: for the cell it belongs to, and for a file.

Kept as it comes, with its time. The file is bounded, and so is what is remembered; what a line says
is cleaned of what would steer a terminal, and of secrets, before anybody gets it.
"""

import asyncio
import os
import re
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cors_harness.model.events import ServerOutput
from cors_harness.processes.output_pipe import OutputPipe
from cors_harness.terms.known_secrets import KnownSecrets
from cors_harness.terms.secrets import redacted
from cors_harness.text.printable import printable

REMEMBERED = 1 << 20  # bytes, for the cells that run now
FILE_LIMIT = 4 << 20  # bytes
LINE_LIMIT = 2000  # characters
MOST_LINES = 40  # for one cell: the end of a traceback says the most
FIRST_FAILURE = 500  # the server's own errors: https://httpwg.org/specs/rfc9110.html#status.5xx
AFTER_S = 0.2  # behind a response: servers answer first, and then write a traceback
LOOK_S = 0.02
OWN_FOLDER = ".cors-harness"  # as in store.whole_file; a repository may bring a link of that name
MARK = "# what the server under test wrote"  # how a file of ours begins
HEADER = f"{MARK}, with the second; of a run that of t_ms in its journal\n"
CUT = "# cut here: there was more"

Span = tuple[float, float]  # from, to; seconds of the monotonic clock

_POINTERS = re.compile(r"\s*[\^~]+\s*")  # in tracebacks; three lines a frame would be many
_COLOUR = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


def app_name(server: str, engine: str) -> str:
    """What a server of the user's is called in its output; `engine`: as in Instance."""
    return f"{server} for {engine}" if engine else server


@dataclass(frozen=True, slots=True, kw_only=True)
class _WrittenPiece:
    """What was read at one time.

    Attributes:
        at: monotonic seconds.
        begins_line: whether its first byte begins a line.
    """

    at: float
    server: str
    data: bytes
    begins_line: bool


class AppOutput:
    """Takes what the processes of the user's server write; its methods are for any thread.

    Attributes:
        known: secrets that are hidden in each line; None: those alone are that a name tells.
    """

    def __init__(self) -> None:
        """Nothing is written yet."""
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._pieces: deque[_WrittenPiece] = deque()
        self._remembered = 0
        self._unended: dict[str, bytes] = {}  # the line that has no end yet, by server
        self._servers: set[str] = set()
        self._file = _BoundedFile()
        self.known: KnownSecrets | None = None

    def counts_from(self, moment: float) -> None:
        """Times in the file are seconds since `moment`, of the monotonic clock."""
        self._began = moment

    def pipe(self, server: str) -> OutputPipe:
        """Takes the output of one more process, which is that of `server`."""
        with self._lock:
            self._servers.add(server)
        return OutputPipe(lambda data: self._take(server, data))

    def name_of(self, server: str, engine: str) -> str:
        """The name of the `server` that `engine` calls: its own, or the one of all engines."""
        own = app_name(server, engine)
        with self._lock:
            return own if own in self._servers else server

    def keep_in(self, path: Path, *, private: bool = False) -> None:
        """Keeps all of it in the file `path`, from the beginning on, once there is anything.

        A file of an earlier run that is there goes. A `private` one is for its owner alone.
        """
        with self._lock:
            self._file.is_private = private
            self._file.open_at(path)

    def note(self, trouble: str) -> None:
        """Something went wrong that whoever reads of this run is to be told."""
        with self._lock:
            self._file.troubles.append(trouble)

    def kept(self) -> ServerOutput:
        """What has become of it."""
        with self._lock:
            return self._file.state()

    def between(self, server: str, start: float, end: float) -> tuple[str, ...]:
        """The lines that were begun from `start` to `end`, of the monotonic clock."""
        with self._lock:
            pieces = [p for p in self._pieces if p.server == server and p.at >= start]
        return tuple(_shown(line, self.known) for at, line in _lines(pieces) if at <= end)

    def end(self) -> None:
        """All processes have ended."""
        with self._lock:
            for server, line in self._unended.items():
                self._write(server, [line] if line else [])
            self._unended.clear()
            self._file.close()

    def _take(self, server: str, data: bytes) -> None:
        with self._lock:
            unended = self._unended.get(server, b"")
            piece = _WrittenPiece(
                at=time.monotonic(), server=server, data=data, begins_line=not unended
            )
            self._pieces.append(piece)
            self._remembered += len(data)
            while self._remembered > REMEMBERED and len(self._pieces) > 1:
                self._remembered -= len(self._pieces.popleft().data)
            *lines, rest = (unended + data).split(b"\n")
            if len(rest) > LINE_LIMIT:
                lines, rest = [*lines, rest], b""
            self._unended[server] = rest
            self._write(server, lines)

    def _write(self, server: str, lines: list[bytes]) -> None:
        at = time.monotonic() - self._began
        self._file.write(f"{at:.3f} {server}: ", lines, self.known)


async def lines_between(
    output: AppOutput, server: str, spans: Sequence[Span], *, awaited: bool = True
) -> tuple[str, ...]:
    """The last lines that `server` wrote in these spans, each once; none that only point above.

    `awaited`: where there are none yet, they are waited for until the end of the last span.
    """
    lines = _in_spans(output, server, spans)
    while awaited and spans and not lines and time.monotonic() < max(end for _, end in spans):
        await asyncio.sleep(LOOK_S)
        lines = _in_spans(output, server, spans)
    more = len(lines) - MOST_LINES
    return (f"({more} lines before)", *lines[-MOST_LINES:]) if more > 0 else tuple(lines)


def _in_spans(output: AppOutput, server: str, spans: Sequence[Span]) -> list[str]:
    lines: list[str] = []
    done = 0.0
    for start, end in sorted(spans):
        written = output.between(server, max(start, done), end)
        lines += [line for line in written if not _POINTERS.fullmatch(line)]
        done = max(done, end)
    return lines


class _BoundedFile:
    """The file, and what is to be in it as long as it has no place."""

    def __init__(self) -> None:
        self._place: Path | None = None
        self.troubles: list[str] = []
        self._file: IO[str] | None = None
        self._waiting: list[str] = []
        self._size = self._lines = 0
        self._is_cut = self._is_given_up = self._is_closed = self.is_private = False

    def open_at(self, place: Path) -> None:
        """From now on the file lies at `place`."""
        if place.parent.name == OWN_FOLDER and place.parent.is_symlink():
            self._give_up(f"{place.parent} is a symbolic link, and nothing is written through one")
            return
        try:
            if place.exists() and not _is_ours(place):
                self._give_up(f"{place} is there already, and is none of ours")
                return
            place.unlink(missing_ok=True)
        except OSError as error:
            self._give_up(f"{place} cannot be replaced: {error.strerror or error}")
            return
        self._place = place
        waiting, self._waiting = self._waiting, []
        self._put(waiting)

    def write(self, heading: str, lines: list[bytes], known: KnownSecrets | None) -> None:
        """Adds lines, each with the heading before it, as far as there is room."""
        self._lines += len(lines)
        texts: list[str] = []
        for line in lines:
            if self._is_cut:
                break
            text = f"{heading}{_shown(line, known)}\n"
            self._size += len(text.encode(errors="replace"))
            self._is_cut = self._size > FILE_LIMIT
            texts.append(f"{CUT}\n" if self._is_cut else text)
        self._put(texts)

    def state(self) -> ServerOutput:
        """What has become of it."""
        return ServerOutput(
            file=self._place if self._file else None,
            lines=self._lines,
            is_cut=self._is_cut,
            trouble="\n".join(self.troubles) if self._lines else "",
        )

    def close(self) -> None:
        """No more comes."""
        if self._file:
            self._file.close()
            self._is_closed = True

    def _give_up(self, why: str) -> None:
        self._is_given_up = True
        self.troubles.append(f"what the server writes is not kept: {why}")

    def _put(self, texts: list[str]) -> None:
        if not texts or self._is_given_up:
            return
        place = self._place
        if place is None:
            self._waiting += texts
            return
        try:
            if self._file is None:
                self._file = self._opened(place, os.O_CREAT | os.O_EXCL)
                self._file.write(HEADER)
            elif self._is_closed:  # the server was started again
                self._file = self._opened(place, os.O_APPEND | os.O_NOFOLLOW)
                self._is_closed = False
            self._file.writelines(texts)
            self._file.flush()
        except OSError as error:
            self._give_up(f"{self._place} cannot be written: {error.strerror or error}")

    def _opened(self, place: Path, how: int) -> IO[str]:
        """The file; neither O_EXCL nor O_NOFOLLOW follows a link."""
        place.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CLOEXEC | how
        descriptor = os.open(place, flags, 0o600 if self.is_private else 0o666)
        return os.fdopen(descriptor, "w", encoding="utf-8", errors="replace")


def _is_ours(place: Path) -> bool:
    with place.open("rb") as file:
        return file.read(len(MARK)) == MARK.encode()


def _lines(pieces: list[_WrittenPiece]) -> Iterator[tuple[float, bytes]]:
    """(when it began, line) of all lines that begin in `pieces`, an unended one too."""
    rest: bytes | None = None if pieces and not pieces[0].begins_line else b""
    began = 0.0
    for piece in pieces:
        first, *others = piece.data.split(b"\n")
        if rest is None:
            rest = None if not others else b""
            lines, began = others, piece.at
        else:
            began = began if rest else piece.at
            lines = [rest + first, *others]
        for line in lines[:-1]:
            yield began, line
            began = piece.at
        rest = lines[-1] if lines else rest
    if rest:
        yield began, rest


def _shown(line: bytes, known: KnownSecrets | None) -> str:
    """A line as text: no colours, control characters escaped, no secrets, not too long."""
    text = _COLOUR.sub("", line.decode(errors="replace").rstrip("\r")).expandtabs()
    cut = text[:LINE_LIMIT] + ("…" if len(text) > LINE_LIMIT else "")
    return redacted(printable(known.everywhere(cut) if known else cut))
