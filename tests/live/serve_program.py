"""`cors-harness serve` as a program of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.wait_for_exit import HANG_S


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeProgram:
    """One that serves.

    Attributes:
        url: that it has printed.
        process: itself.
        errors: the file that has what it says on stderr.
    """

    url: str
    process: subprocess.Popen[str]
    errors: Path

    def end(self) -> None:
        """Ends it as a system does; idempotent."""
        self.process.terminate()
        self.process.wait(HANG_S)


@contextmanager
def serve(folder: Path, *argv: str) -> Iterator[ServeProgram]:
    """Serves in a folder; it has ended by the end."""
    command = [sys.executable, "-m", "cors_harness", "serve", *argv]
    file = folder / "errors.txt"
    with (
        file.open("w") as errors,
        subprocess.Popen(  # noqa: S603 - this program
            command, cwd=folder, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        served = ServeProgram(url=url, process=process, errors=file)
        try:
            yield served
        finally:
            served.end()


def assert_quiet(served: ServeProgram) -> None:
    """It has told of nothing that is a bug of ours."""
    said = served.errors.read_text()
    assert "Traceback" not in said
    assert "ERROR" not in said, said
