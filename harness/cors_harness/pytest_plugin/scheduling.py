"""Scheduling under pytest-xdist: one engine, one worker; one for all that take turns."""

from collections.abc import Collection
from pathlib import Path

import pytest

from cors_harness.pytest_plugin.ending_signals import ENDING_SIGNALS
from cors_harness.pytest_plugin.scenario_filter import SCENARIO_FILTER
from cors_harness.terms.engine_names import ENGINE_NAMES, column_at_end


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is one of xdist's workers."""
    return hasattr(config, "workerinput")


def worker_path(config: pytest.Config, path: Path) -> Path:
    """`path`, made different for every worker: two processes never write one file."""
    if not is_worker(config):
        return path
    worker: str = config.workerinput["workerid"]  # type: ignore[attr-defined]
    return path.with_name(f"{path.stem}.{worker}{path.suffix}")


def scope(node_id: str, *, in_turn: bool = False, columns: Collection[str] = ENGINE_NAMES) -> str:
    """What must run in one worker: the cells of an engine; any other test is its own scope.

    Args:
        node_id: of a test.
        in_turn: engines run one after the other, so the cells of all of them.
        columns: the engines by the names of their columns.
    """
    _, _, cell = node_id.rpartition("::")
    is_cell = cell.endswith("]") and ".py::" not in node_id
    if is_cell and (name := column_at_end(cell.removesuffix("]"), columns)):
        return "every engine" if in_turn else name
    return node_id


def make_scheduler(
    config: pytest.Config, log: object, *, in_turn: bool, columns: Collection[str]
) -> object | None:
    """The scheduler for `-n` with its default distribution, when scenarios may be collected.

    `in_turn` and `columns` are as in `scope`.
    """
    expected = config.stash[SCENARIO_FILTER].expects_any()
    if config.getoption("dist", default="no") != "load" or not expected:
        return None
    config.stash[ENDING_SIGNALS].take()  # workers end with this process, which has to tell them
    from xdist.scheduler import LoadScopeScheduling

    class EngineScheduling(LoadScopeScheduling):  # type: ignore[misc]  # has no types
        """xdist_group marks do nothing on pytest 9, so the scope is read off the node id."""

        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid, in_turn=in_turn, columns=columns)

    scheduler: object = EngineScheduling(config, log)
    return scheduler
