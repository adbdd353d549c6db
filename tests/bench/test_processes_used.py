"""Whose CPU time it is: by the child of ours that a process is, or that has started it."""

import asyncio
import sys

import pytest
from tests.wait_for_exit import HANG_S

from cors_harness.bench.processes_used import (
    CpuSeconds,
    UsedBy,
    cpu_so_far,
    grouped,
    peak_rss_mb,
    rss_mb,
    since,
)
from cors_harness.processes.json_worker import JsonWorker
from cors_harness.serving.reference.servers import MODULE as SERVER_MODULE
from cors_harness.wire.recorder import TAP_MODULE, Recorder

US = 100
TAP = f"python\0-P\0-m\0{TAP_MODULE}\0"
SERVER = f"python\0-P\0-m\0{SERVER_MODULE}\0wsgi\0"


def _used(*processes: tuple[int, int, str, float]) -> dict[int, UsedBy]:
    return {
        pid: UsedBy(parent=parent, command=command, cpu_s=seconds)
        for pid, parent, command, seconds in processes
    }


def test_a_process_is_of_the_group_of_the_child_of_ours_that_has_started_it() -> None:
    used = _used(
        (1, 0, "init\0", 50.0),
        (US, 1, "python\0-m\0cors_harness\0bench\0", 9.0),
        (101, US, TAP, 1.0),
        (102, US, SERVER, 2.0),
        (103, 102, "gunicorn\0", 4.0),
        (104, US, "playwright\0run-driver\0", 8.0),
        (105, 104, "chromium\0", 16.0),
        (106, 105, f"chromium\0--title={TAP_MODULE}\0", 32.0),
        (107, 1, "firefox\0", 64.0),
    )
    assert grouped(used, US) == CpuSeconds(wire=1.0, servers=6.0, browsers=56.0)


def test_our_share_is_that_of_the_harness_and_its_wire() -> None:
    spent = CpuSeconds(harness=1.0, wire=0.5, servers=3.5, browsers=5.0)
    assert (spent.ours, spent.total, spent.our_share) == (1.5, 10.0, 0.15)
    assert CpuSeconds().our_share == 0.0


def test_times_are_added_and_subtracted_group_by_group() -> None:
    early, late = CpuSeconds(harness=1.0, servers=2.0), CpuSeconds(harness=1.5, servers=5.0)
    assert late - early == CpuSeconds(harness=0.5, servers=3.0)
    assert early + early == CpuSeconds(harness=2.0, servers=4.0)


def test_what_is_not_known_stays_unknown() -> None:
    assert since(None, CpuSeconds()) is None
    assert since(CpuSeconds(), None) is None


def test_memory_is_that_of_this_process_in_megabytes() -> None:
    assert 1 < rss_mb() < 10_000
    assert rss_mb() <= peak_rss_mb() + 1


@pytest.mark.programs
@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_the_real_tap_and_a_real_server_count_as_wire_and_as_servers() -> None:
    async def run() -> CpuSeconds:
        before = cpu_so_far()
        recorder, server = Recorder(), JsonWorker("a server", SERVER_MODULE, "wsgi")
        try:
            await recorder.start()
            await server.start()
            spent = None
            async with asyncio.timeout(HANG_S):
                while spent is None or not (spent.wire and spent.servers):
                    await asyncio.sleep(0.02)  # both import modules, which takes them a while
                    spent = since(cpu_so_far(), before)
            return spent
        finally:
            await recorder.stop()
            await server.stop()

    assert asyncio.run(run()).browsers == 0.0
