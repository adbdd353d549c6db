"""Machine: the operating system, environment and files of this machine, and what programs say."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ASK_LIMIT_S = 60  # an answer takes a second, more on a cold disk; a broken browser waits for ever
KILL_AFTER_S = 30  # a package manager that was told to end first cleans up


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where to look for browsers.

    Attributes:
        platform: as `sys.platform` says it: `linux`, `darwin`, `win32`.
        environment: variables, PATH among them.
        root: where absolute paths such as `/usr/lib` begin.
    """

    platform: str
    environment: Mapping[str, str]
    root: Path = Path("/")

    @property
    def home(self) -> Path:
        """The user's own folder."""
        name = "USERPROFILE" if self.platform == "win32" else "HOME"
        given = self.environment.get(name)
        return Path(given) if given else Path.home()

    def on_path(self, name: str) -> Path | None:
        """The program that PATH leads to."""
        found = shutil.which(name, path=self.environment.get("PATH", os.defpath))
        return Path(found) if found else None

    def matching(self, pattern: str) -> tuple[Path, ...]:
        """Files that match an absolute pattern, sorted."""
        return tuple(sorted(self.root.glob(pattern.lstrip("/"))))


def this_machine() -> Machine:
    """The machine that we run on, as it is now."""
    return Machine(platform=sys.platform, environment=dict(os.environ))


def run_program(
    argv: Sequence[str | Path],
    limit_s: float,
    *,
    environment: Mapping[str, str] | None = None,
    with_errors: bool = True,
) -> tuple[int, str]:
    """Runs a program, and all that it starts, to its end; its exit status and what it printed.

    Args:
        argv: the command line; no shell reads it.
        limit_s: how long it may take.
        environment: variables; ours by default.
        with_errors: with what it printed to standard error, in the order in which it did.

    Raises:
        OSError: it cannot be started.
        TimeoutError: it did not end in time and was ended.
    """
    with subprocess.Popen(  # noqa: S603 - programs that we found or install with, no shell
        argv,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if with_errors else subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            printed, _ = process.communicate(timeout=limit_s)
        except BaseException as error:  # an interrupt reaches us only, not the session of its own
            _end_group(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise TimeoutError from error
            raise
    return process.returncode, printed.decode("utf-8", "replace")


def ask(argv: Sequence[str | Path]) -> str:
    """What a program prints; empty where it is absent, fails or does not end."""
    try:
        status, printed = run_program(argv, ASK_LIMIT_S, with_errors=False)
    except OSError:  # TimeoutError is one
        return ""
    return printed if status == 0 else ""


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.communicate(timeout=KILL_AFTER_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
