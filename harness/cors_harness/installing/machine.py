"""Machine: what finding an engine looks at: the operating system, the environment, the files."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ASK_LIMIT_S = 60  # an answer takes a second, more on a cold disk; a broken browser waits for ever


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


def ask(argv: Sequence[str | Path]) -> str:
    """What a program prints; empty where it is absent, fails or does not end."""
    try:
        done = subprocess.run(  # noqa: S603 - programs that we found, no shell
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
