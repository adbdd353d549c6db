"""cpu_so_far(): CPU seconds by whose they are: the harness, the wire, the servers, the browsers."""

import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path

from cors_harness.serving.reference.servers import MODULE as SERVER_MODULE
from cors_harness.wire.recorder import TAP_MODULE

PROC = Path("/proc")


class ProcessGroup(StrEnum):
    """Whose CPU time it is; a process that another one has started is of the same group."""

    HARNESS = "harness"  # our own process: page server, collector, judge, journal, reports
    WIRE = "wire"  # the tap and the gate
    SERVERS = "servers"  # under test
    BROWSERS = "browsers"  # and their drivers


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuSeconds:
    """CPU time, of user and system, in seconds."""

    harness: float = 0.0
    wire: float = 0.0
    servers: float = 0.0
    browsers: float = 0.0

    @property
    def ours(self) -> float:
        """What the harness costs: it and its wire; servers and browsers are what is measured."""
        return self.harness + self.wire

    @property
    def total(self) -> float:
        """All of it."""
        return self.ours + self.servers + self.browsers

    @property
    def our_share(self) -> float:
        """What of the total is ours, from 0 to 1."""
        return self.ours / self.total if self.total else 0.0

    def __add__(self, other: "CpuSeconds") -> "CpuSeconds":
        """Both together."""
        mine, others = asdict(self), asdict(other)
        return CpuSeconds(**{name: mine[name] + others[name] for name in mine})

    def __sub__(self, other: "CpuSeconds") -> "CpuSeconds":
        """What has come since `other`."""
        mine, others = asdict(self), asdict(other)
        return CpuSeconds(**{name: mine[name] - others[name] for name in mine})

    def to_json(self) -> dict[str, float]:
        """Seconds of each group, and our share."""
        seconds = {field.name: round(getattr(self, field.name), 2) for field in fields(self)}
        return {**seconds, "our_share": round(self.our_share, 3)}


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedBy:
    """A process, what it has used, and with it those of its children that have ended."""

    parent: int
    command: str
    cpu_s: float


def cpu_so_far() -> CpuSeconds | None:
    """What this process and all that it has started have used since they began.

    To be subtracted from a later one. Children that have ended count as browsers, so the wire and
    the servers have to live through it; and so has a browser, as what outlives its parent is no
    more of our tree. None where there is no /proc, off Linux.
    """
    if not (PROC / "self/stat").exists():
        return None
    used = {int(folder.name): found for folder in _folders() if (found := _read(folder))}
    ours, ended = map(_seconds, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return grouped(used, os.getpid()) + CpuSeconds(harness=ours, browsers=ended)


def since(now: CpuSeconds | None, before: CpuSeconds | None) -> CpuSeconds | None:
    """What has been used from `before` to `now`; None where that is not known."""
    return None if now is None or before is None else now - before


def grouped(used: Mapping[int, UsedBy], us: int) -> CpuSeconds:
    """What those have used that process `us` has started, directly or not.

    `used`: all processes of the machine, by their ids.
    """
    seconds = dict.fromkeys(ProcessGroup, 0.0)
    for pid, process in used.items():
        child = _child_of(us, pid, used)
        if child is not None:
            seconds[_group(used[child].command)] += process.cpu_s
    return CpuSeconds(**{str(group): spent for group, spent in seconds.items()})


def _child_of(us: int, pid: int, used: Mapping[int, UsedBy]) -> int | None:
    """The child of ours that `pid` is, or that has started it; None: it is not of our tree."""
    while pid in used:
        if used[pid].parent == us:
            return pid
        pid = used[pid].parent
    return None


def _group(command: str) -> ProcessGroup:
    arguments = command.split("\0")
    if TAP_MODULE in arguments:
        return ProcessGroup.WIRE
    return ProcessGroup.SERVERS if SERVER_MODULE in arguments else ProcessGroup.BROWSERS


def _folders() -> list[Path]:
    return [folder for folder in PROC.iterdir() if folder.name.isdigit()]


def _read(folder: Path) -> UsedBy | None:
    """What `man proc_pid_stat` says; None for a process that has just ended."""
    try:
        fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        command = (folder / "cmdline").read_text(errors="replace")
    except OSError:
        return None
    ticks = sum(map(int, fields[11:15]))  # utime, stime, and both of children that were waited for
    return UsedBy(parent=int(fields[1]), command=command, cpu_s=ticks / os.sysconf("SC_CLK_TCK"))


def _seconds(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def rss_mb() -> float:
    """The memory that our own process has now, in 10^6 bytes; off Linux the most it ever had."""
    if not (PROC / "self/statm").exists():
        return peak_rss_mb()
    pages = int((PROC / "self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def peak_rss_mb() -> float:
    """The most memory that our own process ever had, in 10^6 bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, else KiB
    return round(peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6, 1)
