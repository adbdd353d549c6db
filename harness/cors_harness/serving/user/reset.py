"""UserReset: brings the user's server back to where it began, before the turn of each engine."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, IncompleteRead

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.route import Address
from cors_harness.model.subject import Reset, ResetCommand, ResetRequest, Subject
from cors_harness.processes.child_process import CONTROL
from cors_harness.processes.groups import run_through
from cors_harness.processes.statuses import status_text
from cors_harness.serving.survey.connection import connected
from cors_harness.serving.user.command import executable_of, parse_program

NAME = "reset"
EXAMPLE = "./manage.py flush --no-input"
SHOWN = 2000  # characters of what it says
MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetTarget:
    """A server that a reset by a request goes to.

    Attributes:
        host: by which browsers call it, with the port if it is not the usual one.
        forwarded: as of Backend.
    """

    address: Address
    host: str
    forwarded: bool = False


class UserReset:
    """What `--reset` asks for."""

    def __init__(self, subject: Subject | None) -> None:
        """Looks at nothing."""
        self._subject = subject

    @property
    def is_asked(self) -> bool:
        """Whether engines are to take turns, with a reset before each."""
        return self._subject is not None and self._subject.reset is not None

    def check(self) -> None:
        """Raises UsageError where its command makes no sense, or there is no such program."""
        if self._subject is not None and isinstance(self._subject.reset, ResetCommand):
            _Prepared.of(self._subject.reset, "", ())

    async def run(self, engine: str, targets: Sequence[ResetTarget]) -> None:
        """Does it for the turn of `engine`, whose servers are `targets`.

        Raises:
            ServerFailed: it fails, or is not over in time; what it said is in the text.
        """
        if self._subject is None or self._subject.reset is None:
            return
        reset, limit_s = self._subject.reset, self._subject.start_timeout_s
        try:
            async with asyncio.timeout(limit_s):
                match reset:
                    case ResetCommand():
                        await _run(reset, engine, targets)
                    case ResetRequest():
                        for target in targets:
                            await _ask(reset, target, engine)
        except TimeoutError:
            what = f"{_named(reset, engine)} is not over after {limit_s} s"
            raise ServerFailed(f"{what}\n  --start-timeout SECONDS waits longer") from None


def _named(reset: Reset, engine: str) -> str:
    """The beginning of a sentence."""
    if isinstance(reset, ResetRequest):
        what = f"{reset.method} {reset.path}"
    else:
        what = parse_program(reset.text, NAME, EXAMPLE).program
    return f"{NAME} ({what}) for {engine}"


def _said(text: str, nothing: str) -> str:
    """What it said, as the end of a sentence."""
    said = _plain(text)
    return f"; it said:\n{said[-SHOWN:]}" if said else f"; {nothing}"


def _plain(text: str) -> str:
    """Text that does nothing to a terminal."""
    return CONTROL.sub("", text).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A command as it is run: the whole of its environment, and the file of its program first."""

    argv: tuple[str, ...]
    env: Mapping[str, str]

    @staticmethod
    def of(reset: ResetCommand, engine: str, targets: Sequence[ResetTarget]) -> "_Prepared":
        """The command for `engine`; `{port}` is that of its server, once there is one."""
        spec = parse_program(reset.text, NAME, EXAMPLE)
        port = next((target.address.port for target in targets), None)
        (program, *words), added = spec.of(engine) if port is None else spec.on(port, engine)
        env = {**os.environ, **added}
        return _Prepared(argv=(executable_of(program, reset.folder, env, NAME), *words), env=env)


async def _run(reset: ResetCommand, engine: str, targets: Sequence[ResetTarget]) -> None:
    command = _Prepared.of(reset, engine, targets)
    try:
        status, said = await run_through(command.argv, env=command.env, cwd=reset.folder)
    except OSError as error:
        why = error.strerror or error
        raise UsageError(f"{NAME}: {command.argv[0]!r} cannot be started: {why}") from error
    if status:
        ended = f"{_named(reset, engine)} ended with {status_text(status)}"
        raise ServerFailed(ended + _said(said, "it wrote nothing"))


async def _ask(reset: ResetRequest, target: ResetTarget, engine: str) -> None:
    try:
        answer = await _answer(reset, target)
    except (OSError, HTTPException) as error:
        why = _plain(str(error)) or type(error).__name__
        raise ServerFailed(f"{_named(reset, engine)} got no answer: {why}") from error
    if not 200 <= answer.status < 300:
        to = f" to {_plain(answer.location)}" if answer.location else ""
        answered = f"{_named(reset, engine)} is answered {answer.status}{to}; expected 200 to 299"
        raise ServerFailed(answered + _said(answer.body, "its body is empty"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What a server answers to a reset; `location` and `body` may be empty."""

    status: int
    location: str
    body: str


async def _answer(reset: ResetRequest, target: ResetTarget) -> _Answer:
    """The answer, asked for past the recorder: the request is no cell's."""
    with await asyncio.to_thread(connected, target.address) as connection:
        connection.settimeout(None)  # the reset has a limit as a whole
        try:
            return await asyncio.to_thread(_asked, reset, target, connection)
        except asyncio.CancelledError:  # the thread would go on waiting
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            raise


def _asked(reset: ResetRequest, target: ResetTarget, connection: socket.socket) -> _Answer:
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": target.host}
    headers = {"Host": target.host, "Connection": "close", **(told if target.forwarded else {})}
    client = HTTPConnection(target.address.host)
    client.sock = connection
    client.request(reset.method, reset.path, body=b"", headers=headers)
    response = client.getresponse()
    try:
        body = response.read(MOST_BYTES)
    except IncompleteRead as broken_off:
        body = broken_off.partial
    return _Answer(
        status=response.status,
        location=response.getheader("Location", ""),
        body=body.decode("utf-8", "replace"),
    )
