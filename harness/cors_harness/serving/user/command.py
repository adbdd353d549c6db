"""UserCommand: the user's server, started by a command of theirs and ended with all it started."""

import asyncio
import contextlib
import os
import random
import re
import shlex
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.route import Address
from cors_harness.model.server import APP
from cors_harness.model.subject import ENGINE_VARIABLE, EVERY_ENGINE, CommandSubject
from cors_harness.processes.child_process import STOP_TIMEOUT_S, GuardedProcess
from cors_harness.processes.temporary import make_folder, remove_folder
from cors_harness.serving.user.app_output import AppOutput, app_name
from cors_harness.serving.user.probe import (
    LOOPBACK,
    Answered,
    Probed,
    Silence,
    Silent,
    UpServer,
    probe,
    refuses,
    stated_versions,
)
from cors_harness.text.problems import did_you_mean

EXAMPLE = "gunicorn shop:app -b 127.0.0.1:{port}"
OF_A_SHELL = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>", "2>&1", "cd", "export"})

POLL_S = 0.05
# Below the ports that Linux, macOS and Windows give out by themselves: the server binds its port
# itself, so we cannot hold it until then.
PORTS = range(20_000, 32_000)
NOT_READY = 500
_USES_IT = "  does it use the port that stands for {port}?"
_READY = "  --ready names the path that tells when it is ready"
_SLOW = "  --start-timeout SECONDS waits longer"

_ENGINE = "{engine}"
_PORT = re.compile(r"\{port\}|\$\{PORT\}|\$PORT\b")
_SETTING = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A command, split as a shell would split it.

    Attributes:
        env: what it is to find in its environment on top of ours.
        argv: program and arguments. `{port}` and `{engine}` may stand in both.
    """

    env: tuple[tuple[str, str], ...]
    argv: tuple[str, ...]

    @property
    def program(self) -> str:
        """The program that is started."""
        return self.argv[0]

    def on(
        self, port: int, engine: str = EVERY_ENGINE
    ) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """Program and arguments, and additions to the environment, for a server on `port`."""
        argv, added = self.of(engine)
        argv = tuple(_PORT.sub(str(port), word) for word in argv)
        given = {name: _PORT.sub(str(port), value) for name, value in added.items()}
        return argv, {"PORT": str(port), **given}

    def of(self, engine: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """The same for a program that has no port."""
        argv = tuple(word.replace(_ENGINE, engine) for word in self.argv)
        given = {name: value.replace(_ENGINE, engine) for name, value in self.env}
        return argv, {ENGINE_VARIABLE: engine, **given}


def parse_command(text: str) -> CommandSpec:
    """The command that `text` is; starts nothing.

    Raises:
        UsageError: it cannot be split, is empty, needs a shell, or says nothing about the port.
    """
    spec = parse_program(text, "command", EXAMPLE)
    words = (*spec.argv, *(value for _, value in spec.env))
    if not any(map(_PORT.search, words)):
        raise _wrong(
            "command",
            "found no {port} in it, so nobody knows where the server listens",
            f"put {{port}} where the port stands: {EXAMPLE}\n"
            "  or, for a server that takes it from its environment: "
            f"PORT={{port}} {spec.program} …",
        )
    return spec


def parse_program(text: str, named: str, example: str) -> CommandSpec:
    """The program that `text` starts, port or not; `named` is what messages call it.

    Raises UsageError: it cannot be split, is empty, or needs a shell.
    """
    parts = _split(text, named, example)
    settings = tuple(takewhile(_SETTING.match, parts))
    argv = tuple(parts[len(settings) :])
    if not argv:
        raise _wrong(named, "found no program in it", f"for example: {example}")
    _refuse_shell(argv, named)
    pairs = (word.partition("=") for word in settings)
    return CommandSpec(env=tuple((name, value) for name, _, value in pairs), argv=argv)


def _split(text: str, named: str, example: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        why = f"cannot be read: {str(error).lower()}"
        raise _wrong(named, why, f"for example: {example}") from error


def _refuse_shell(argv: tuple[str, ...], named: str) -> None:
    shell_words = [word for word in argv if word in OF_A_SHELL - {"cd", "export"}]
    shell_words += [argv[0]] if argv[0] in OF_A_SHELL else []
    if shell_words:
        raise _wrong(
            named,
            f"found {shell_words[0]!r}, which only a shell understands; there is none",
            "put it into a script of yours, or start a shell: "
            f"sh -c '…{' {port}' if named == 'command' else ''}'",
        )


def _wrong(named: str, problem: str, fix: str) -> UsageError:
    return UsageError(f"{named}: {problem}\n  {fix}")


class UserCommand(GuardedProcess):
    """One command, from its start to the end of it and of all that it has started."""

    def __init__(
        self, subject: CommandSubject, output: AppOutput | None = None, engine: str = ""
    ) -> None:
        """Raises UsageError where the command makes no sense.

        Args:
            subject: the command.
            output: takes what it writes.
            engine: the only one that calls it; empty: all do.
        """
        self._spec, self._subject = parse_command(subject.text), subject
        self._engine = engine or EVERY_ENGINE
        self._outer = make_folder("command")
        whose = f" for {engine}" if engine else ""
        super().__init__(f"your server ({self._spec.program}){whose}", self._outer / "server")
        self._folder.mkdir()
        if output:
            self.give_output(output.pipe(app_name(APP, engine)))
        self._address: Address | None = None

    async def start(self) -> UpServer:
        """Starts it, in the user's folder with their environment, and waits until it is ready.

        Raises:
            UsageError: there is no such program.
            ServerFailed: it ends, or is not ready in time; what it said last is in the text.
        """
        port = _free_port()
        argv, added = self._spec.on(port, self._engine)
        # Python would keep what is printed until it is much, or lose it at a sudden end.
        env = {"PYTHONUNBUFFERED": "1", **os.environ, **added}
        program = executable_of(argv[0], self._subject.folder, env)
        await self._launch((program, *argv[1:]), cwd=self._subject.folder, env=env)
        server = await self._until_ready(port)
        self._address = server.address
        return server

    async def look(self) -> None:
        """Raises ServerFailed where nobody listens any more: with the reason, once it has ended."""
        if self._address is None or not await refuses(self._address):
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):  # what it has started ends first
                await self.ended()
        self.check()
        raise ServerFailed(f"{self._name} does not listen any more, but runs{self._last_output()}")

    async def stop(self) -> None:
        """Ends it and removes its private folder; idempotent."""
        await super().stop()
        remove_folder(self._outer)

    async def _until_ready(self, port: int) -> UpServer:
        last: Probed = Silent(cause=Silence.NOT_THERE)
        deadline = time.monotonic() + self._subject.start_timeout_s
        while True:
            for host in LOOPBACK:
                address = Address(host=host, port=port)
                last = await self._probe(address, last)
                if isinstance(last, Answered) and self._is_ready(last):
                    self.check()
                    return UpServer(address=address, versions=stated_versions(last.server))
            self.check()
            if time.monotonic() > deadline:  # never in a probe, which has a patience of its own
                raise self._not_ready(port, last)
            await asyncio.sleep(POLL_S)

    async def _probe(self, address: Address, last: Probed) -> Probed:
        """What is known of the server now; `last` was known before."""
        probed = await probe(address, self._subject.ready or "/")
        if isinstance(probed, Silent) and probed.is_final:
            await self._settled()
            raise ServerFailed(f"{self._name} {probed.why}{self._last_output()}")
        nothing = isinstance(probed, Silent) and not probed.listens
        return last if nothing else probed

    async def _settled(self) -> None:
        """Waits a moment: a server that answers nonsense while it dies tells the reason first."""
        await asyncio.sleep(POLL_S)
        self.check()

    def _is_ready(self, answer: Answered) -> bool:
        return self._subject.ready is None or answer.status < NOT_READY

    def _not_ready(self, port: int, last: Probed) -> ServerFailed:
        state, fix = f"runs, but nothing listens on port {port} of 127.0.0.1 or ::1", _USES_IT
        if isinstance(last, Answered):
            state, fix = (
                f"still answers GET {self._subject.ready} with status {last.status}",
                _READY,
            )
        elif last.listens:
            state, fix = last.why, ""
        waited = f"{self._name} {state} after {self._subject.start_timeout_s} s"
        return ServerFailed("\n".join(filter(None, (waited + self._last_output(), fix, _SLOW))))

    @property
    def _when(self) -> str:
        if self._address:
            return " in the middle of the run"
        in_background = self._process is not None and self._process.returncode == 0
        return " before it answered" + in_background * " (it has to stay in the foreground)"

    def _last_output(self) -> str:
        said = self.output_tail
        return f"; the last that it said:\n{said}" if said else "; it said nothing"


def _free_port() -> int:
    """A port on which nobody listens now, and that the system gives to nobody by itself."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            try:
                trial.bind(("", port))
            except OSError:
                continue
            return port
    raise ServerFailed(f"no port from {PORTS.start} to {PORTS.stop} is free")


def executable_of(
    program: str, folder: Path, env: Mapping[str, str], named: str = "command"
) -> str:
    """The file of `program`; raises UsageError, which is `named` so, where there is none."""
    if "/" in program:
        return _file(program, folder, named)
    path = env.get("PATH", os.defpath)
    # Beside our own Python lie the programs of a virtual environment that is not activated.
    executable = shutil.which(
        program, path=os.pathsep.join((path, str(Path(sys.executable).parent)))
    )
    if executable is None:
        hint = did_you_mean(program, _programs(path), "\n  ")
        raise UsageError(f"{named}: there is no program {program!r} on PATH{hint}")
    return executable


def _file(program: str, folder: Path, named: str) -> str:
    file = folder / Path(program).expanduser()
    if not file.is_file():
        raise UsageError(f"{named}: there is no file {program!r} in {folder}")
    if not os.access(file, os.X_OK):
        raise UsageError(f"{named}: {program!r} may not be executed\n  chmod +x {program}")
    return str(file)


def _programs(path: str) -> Iterator[str]:
    for folder in path.split(os.pathsep):
        if Path(folder).is_dir():
            yield from os.listdir(folder)  # noqa: PTH208 - names only
