"""A machine that has nothing, for tests of what is installed on it."""

from pathlib import Path

from cors_harness.installing.machine import Machine


def bare_machine(folder: Path, host: str) -> Machine:
    """A Linux machine that has no browsers and no apt-get."""
    environment = {
        "PATH": str(folder / "bin"),
        "HOME": str(folder),
        "PLAYWRIGHT_BROWSERS_PATH": str(folder / "builds"),
        "PLAYWRIGHT_DOWNLOAD_HOST": host,
    }
    return Machine(platform="linux", environment=environment, root=folder)
