"""Tree: one deployed program with all its processes, and the log it writes."""

import asyncio
import os
import shutil
import site
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from pathlib import Path

from cors_harness.errors import ServerFailed
from cors_harness.serving.deployments.site import Launch
from cors_harness.serving.leader import Leader

GUARDIAN = Path(__file__).with_name("guardian.py")
START_TIMEOUT_S = 60  # imports of a cold disk on a busy machine; a hang is what it is for
STOP_TIMEOUT_S = 10  # longer than the guardian's own patience
LOG_TAIL = 8 * 1024  # bytes
POLL_S = 0.05
OPTIONS = (
    *("FORWARDED_ALLOW_IPS", "GRANIAN_", "GUNICORN_", "HYPERCORN_", "NGINX", "UVICORN_", "UWSGI_"),
    "WEB_CONCURRENCY",
)  # of the environment
PROBE = b"GET /?started HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class Tree(Leader):
    """A program under its guardian; ends when we end, however we ended."""

    def __init__(self, name: str, folder: Path) -> None:
        """`name`: what messages call it; `folder`: for all it writes, removed at its end."""
        super().__init__()
        self._name, self._folder = name, folder

    async def spawn(self, launch: Launch, fds: Sequence[int]) -> None:
        """Starts it with the file descriptors `fds`; close them now, or its end goes unnoticed."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(GUARDIAN), str(self._folder)),
                *_ending_with_guardian(),
                *launch.argv,
                stdin=PIPE,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env={**_our_environment(), **self._home, **launch.env},
                pass_fds=fds,
                start_new_session=True,
            )

    async def until_it_answers(self, port: int) -> None:
        """Waits until something answers HTTP on `port`.

        Raises:
            ServerFailed: it ended, or does not answer in time; the end of its log is in the text.
        """
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while not await _answers(port):
                    self.check()
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            within = f"does not answer within {START_TIMEOUT_S} s"
            raise ServerFailed(f"{self._name} {within}{self._said()}") from None
        self.check()

    async def ended(self) -> None:
        """Waits for its end, and ends workers that a master has left over."""
        if self._process:
            await self._process.wait()
            self._kill()

    @property
    def _what(self) -> str:
        return self._name

    @property
    def _patience_s(self) -> float:
        return STOP_TIMEOUT_S

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    @property
    def _home(self) -> Mapping[str, str]:
        """What programs put into the user's folders unasked goes into ours.

        Python looks for what `pip install --user` has brought below HOME: it is told where that is.
        """
        folder = str(self._folder)
        return {
            "HOME": folder,
            "XDG_RUNTIME_DIR": folder,
            "PYTHONUSERBASE": site.getuserbase(),
        }

    def _said(self) -> str:
        text = self._log.read_bytes()[-LOG_TAIL:].decode(errors="replace").strip()
        return f"; the end of its log:\n{text}" if text else "; its log is empty"


def _our_environment() -> Mapping[str, str]:
    """Ours, without what programs would take for options: only the example configures them."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OPTIONS)}


def _ending_with_guardian() -> tuple[str, ...]:
    """On Linux the program also ends when its guardian is killed and has no chance to end it."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv and sys.platform == "linux" else ()


async def _answers(port: int) -> bool:
    """Whether a response begins; False where nobody listens or the connection is dropped."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(PROBE)
        return await reader.read(5) == b"HTTP/"
    except OSError:
        return False
    finally:
        writer.close()
