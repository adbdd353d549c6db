"""Scheduling under pytest-xdist: one engine, one worker; one for all that take turns."""

from pathlib import Path

import pytest

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.pytest_plugin.scenario_filter import SCENARIO_FILTER


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is one of xdist's workers."""
    return hasattr(config, "workerinput")


def worker_path(config: pytest.Config, path: Path) -> Path:
    """`path`, made different for every worker: two processes never write one file."""
    if not is_worker(config):
        return path
    worker: str = config.workerinput["workerid"]  # type: ignore[attr-defined]
    return path.with_name(f"{path.stem}.{worker}{path.suffix}")


def scope(node_id: str, *, in_turn: bool = False) -> str:
    """What must run in one worker: the cells of an engine; any other test is its own scope.

    `in_turn`: engines run one after the other, so the cells of all of them.
    """
    _, _, cell = node_id.rpartition("::")
    for name in ENGINE_NAMES:
        if cell.endswith(f"-{name}]") and ".py::" not in node_id:
            return "every engine" if in_turn else name
    return node_id


def make_scheduler(config: pytest.Config, log: object, *, in_turn: bool) -> object | None:
    """The scheduler for `-n` with its default distribution, when scenarios may be collected.

    `in_turn` is as in `scope`.
    """
    expected = config.stash[SCENARIO_FILTER].expects_any()
    if config.getoption("dist", default="no") != "load" or not expected:
        return None
    from xdist.scheduler import LoadScopeScheduling

    class EngineScheduling(LoadScopeScheduling):  # type: ignore[misc]  # has no types
        """xdist_group marks do nothing on pytest 9, so the scope is read off the node id."""

        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid, in_turn=in_turn)

    scheduler: object = EngineScheduling(config, log)
    return scheduler
