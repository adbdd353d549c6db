"""What a run is made of: its processes by kind, each of which may be killed or stopped."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.run.process_tree import REMOTE_PORT, ProcessInfo

OURSELVES = "cors-harness"


def _has(word: str) -> Callable[[ProcessInfo], bool]:
    return lambda process: any(word in each for each in process.command)


def _is_chromium(process: ProcessInfo) -> bool:
    """Its own processes put all of their command line into one word, to show a title."""
    program = Path(process.command[0].partition(" ")[0]).name if process.command else ""
    return program.startswith(("chrom", "headless_shell")) and "crashpad" not in program


def _is_chromium_of(kind: str) -> Callable[[ProcessInfo], bool]:
    return lambda process: _is_chromium(process) and _has(kind)(process)


def _is_firefox(process: ProcessInfo) -> bool:
    return any(word.startswith(REMOTE_PORT) for word in process.command)


KINDS: Mapping[str, Callable[[ProcessInfo], bool]] = {
    OURSELVES: lambda process: process.command[1:4] == ("-m", "cors_harness", "run"),
    "driver": _has("run-driver"),
    "chromium page": _is_chromium_of("--type=renderer"),
    "chromium network": _is_chromium_of("network.mojom.NetworkService"),
    "chromium graphics": _is_chromium_of("--type=gpu-process"),
    "chromium": lambda process: _is_chromium(process) and not _has("--type=")(process),
    "firefox page": _has("-contentproc"),
    "firefox": _is_firefox,
    "webkit page": lambda process: process.program.startswith("WebKitWebProces"),
    "webkit network": lambda process: process.program.startswith("WebKitNetworkPr"),
    "webkit": lambda process: process.program == "MiniBrowser",
    "screen": lambda process: process.program == "Xvfb",
    "tap": _has("cors_harness.wire.tap_process"),
    "server": _has("cors_harness.serving.reference.child"),
}
"""By name; a process is of the first kind that fits."""


def kind_of(process: ProcessInfo) -> str | None:
    """The kind of a process; None: it is of none, such as a helper that ends by itself."""
    return next((name for name, is_one in KINDS.items() if is_one(process)), None)
