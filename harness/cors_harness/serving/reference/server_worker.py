"""ServerWorker: the parent's end of one child process that serves, or that reads an app."""

import asyncio
from pathlib import Path

from cors_harness.errors import ServerFailed
from cors_harness.processes.json_worker import JsonFields, JsonWorker
from cors_harness.serving.reference import messages

START_TIMEOUT_S = 60  # imports of a cold disk on a busy machine; a hang is what it is for
MODULE = "cors_harness.serving.reference.child"
APP_HANGS = "; does its module start a server of its own when it is imported?"  # the user's


class ServerWorker(JsonWorker):
    """One child process, started for one job."""

    def __init__(self, kind: str, hint: str = "") -> None:
        """Starts nothing.

        Args:
            kind: what it is for, in a word that messages and lists of processes show.
            hint: what may be wrong when it does not answer in time.
        """
        super().__init__(f"the {kind} server process", MODULE, kind)
        self._hint = hint

    async def begin(self, job: messages.Job, folder: Path | None = None) -> JsonFields:
        """Starts it on `job`, in `folder` (None: the current one); the reply, as JSON.

        Raises:
            UsageError: the job names no app that there is.
            ServerUnfit: the app cannot be what it was asked to be.
            ServerFailed: it does not start; the text says why.
        """
        await self.start(folder)
        return await self.request(messages.job_to_json(job))

    async def request(self, command: JsonFields) -> JsonFields:
        """As `ask`, but not for longer than START_TIMEOUT_S; raises as `begin` does."""
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                return await self.ask(command)
        except TimeoutError:
            self.check()  # it may be dead, and a process that it forked hold its stdout
            within = f"did not answer within {START_TIMEOUT_S} s{self._hint}"
            raise ServerFailed(f"{self._name} {within}{self._last_output()}") from None
