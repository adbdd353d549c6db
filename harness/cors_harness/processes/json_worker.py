"""JsonWorker: a module of ours in a process of its own, told and answering in lines of JSON.

The parent writes commands to the child's stdin, the child answers on its stdout, a line each:

    {"id": "5f3a", "do": "listen"}    {"id": "5f3a", "port": 4123}
    {"id": "91c0", "do": "dance"}     {"id": "91c0", "error": "why", "type": "UsageError"}

What a command is told beside its id, and what its answer holds, is for the two ends to agree on.
Answers may come in any order. Nobody can guess an id: what other people's code in the child writes
there, as some do who go through all descriptors, is not taken for an answer. `error` is what the
parent raises, as the class of errors.py that `type` names. The end of its stdin is the child's
order to exit, so it cannot outlive its parent, however that one died. What it writes to stderr is
kept for the message that tells of its death.

The child's side: `serve_commands` for one with a loop of its own, `CommandPipes` for one that runs
other people's code.
"""

import asyncio
import contextlib
import json
import os
import secrets
import sys
import threading
import uuid
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from cors_harness.errors import AppUnreadable, HarnessError, ServerFailed, ServerUnfit, UsageError
from cors_harness.processes.child_process import ChildProcess
from cors_harness.processes.marked import MARK, kill_marked

JsonFields = dict[str, Any]

STOP_TIMEOUT_S = 5
# A line has the exchanges of many cells, or a traceback; asyncio's own limit is 64 KiB.
LINE_LIMIT = 2**30
ERRORS: Mapping[str, type[HarnessError]] = {
    error.__name__: error for error in (AppUnreadable, ServerFailed, ServerUnfit, UsageError)
}


def json_line(fields: Mapping[str, object]) -> bytes:
    """A line of the protocol."""
    return json.dumps(fields).encode() + b"\n"


def _answer_line(number: str, fields: Mapping[str, object]) -> bytes:
    """An answer, by itself even where other people's code has begun a line."""
    return b"\n" + json_line({"id": number, **fields})


def error_fields(error: HarnessError) -> JsonFields:
    """The answer that makes the parent raise `error`."""
    return {"error": str(error), "type": type(error).__name__}


# The parent's side


class JsonWorker(ChildProcess):
    """The parent's side; any call of `ask` may run beside others."""

    _runs_others_code = False  # which may fork, and leave the group of its process

    def __init__(self, name: str, module: str, *arguments: str) -> None:
        """`name`: what messages call it; `module`: what Python is to run, with `arguments`."""
        super().__init__(name, STOP_TIMEOUT_S)
        # -P: a module of the current folder must not take the place of one of ours.
        self._argv = (sys.executable, "-P", "-m", module, *arguments)
        self._mark = uuid.uuid4().hex
        self._reading: asyncio.Task[None] | None = None
        self._awaited: dict[str, asyncio.Future[JsonFields]] = {}

    async def start(self, folder: Path | None = None) -> None:
        """Starts it in `folder` (None: the current one); whether it runs, only an answer tells."""
        process = await self._spawn(
            *self._argv,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
            cwd=folder,
            env={**os.environ, MARK: self._mark},
        )
        self._reading = asyncio.create_task(self._read_answers(process.stdout))

    async def ask(self, command: Mapping[str, object]) -> JsonFields:
        """Sends a command and waits for its answer.

        Raises:
            HarnessError: the child's own, of one of the classes in ERRORS.
            ServerFailed: it is not running, or ends before it answers.
        """
        process = self._process
        if process is None or process.stdin is None or self._stopping:
            raise ServerFailed(f"{self._name} is not running")
        if self._reading is None or self._reading.done():
            raise await self._silenced()
        number = secrets.token_hex(8)
        answered = self._awaited[number] = asyncio.get_running_loop().create_future()
        try:
            process.stdin.write(json_line({"id": number, **command}))
            answer: JsonFields = await answered
        finally:
            del self._awaited[number]
        if "error" in answer:
            raise ERRORS[answer["type"]](answer["error"])
        return answer

    async def stop(self) -> None:
        """Ends it; idempotent."""
        was_there = self._process is not None
        await super().stop()
        if was_there and self._runs_others_code:
            await asyncio.to_thread(kill_marked, self._mark)
        if self._reading:
            await asyncio.wait({self._reading}, timeout=self._patience_s)
            self._reading.cancel()

    async def _read_answers(self, answers: asyncio.StreamReader | None) -> None:
        """Hands every answer to the one who waits for it; a line that breaks off is the end."""
        try:
            while answers and (line := await answers.readline()).endswith(b"\n"):
                answer = _fields(line)
                answered = self._awaited.get(str(answer.get("id")))
                if answered and not answered.done():
                    answered.set_result(answer)
        finally:
            failure = await self._silenced()
            for answered in self._awaited.values():
                if not answered.done():
                    answered.set_exception(ServerFailed(str(failure)))

    async def _silenced(self) -> ServerFailed:
        """Why no more answers come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience_s):
                await self.ended()
        try:
            self.check()
        except ServerFailed as failure:
            return failure
        if self._stopping:
            return ServerFailed(f"{self._name} is not running")
        return ServerFailed(f"{self._name} answers no more, but runs{self._last_output()}")


def _fields(line: bytes) -> JsonFields:
    """What is on a line; nothing where that is no object."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):  # the app may write there, whatever it likes
        return {}
    return fields if isinstance(fields, dict) else {}


# The child's side


async def serve_commands(answer: Callable[[JsonFields], Awaitable[JsonFields]]) -> None:
    """Answers every command in turn with what `answer` gives for it, until stdin ends.

    What `answer` raises of the classes in ERRORS is raised in the parent.
    """
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader(limit=LINE_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    answers, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)
    while line := await commands.readline():
        command = json.loads(line)
        try:
            fields = await answer(command)
        except tuple(ERRORS.values()) as error:
            fields = error_fields(error)
        answers.write(_answer_line(command["id"], fields))


class CommandPipes:
    """The pipes to the parent, out of the way of other people's code in this process.

    What that prints goes to stderr, and reading stdin it finds nothing; nor do processes that it
    starts get hold of either pipe.
    """

    def __init__(self) -> None:
        self._commands = os.fdopen(os.dup(0), "rb")
        self._answers = os.fdopen(os.dup(1), "wb")
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)

    def read(self) -> JsonFields | None:
        """The next command; None: there will be no more."""
        line = self._commands.readline()
        return json.loads(line) if line else None

    def answer(self, command: JsonFields, fields: Mapping[str, object]) -> None:
        """Answers `command`."""
        self._answers.write(_answer_line(command["id"], fields))
        self._answers.flush()

    def follow(self, take: Callable[[JsonFields], None], end: Callable[[], None]) -> None:
        """Gives later commands to `take`, and calls `end` behind the last; in another thread."""

        def read_all() -> None:
            while (command := self.read()) is not None:
                take(command)
            end()

        threading.Thread(target=read_all, daemon=True).start()
