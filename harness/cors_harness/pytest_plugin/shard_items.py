"""keep_shard(): the cells of --cors-shard among the items of a session; other tests stay."""

from collections.abc import Sequence

import pytest

from cors_harness.planning.plan import Plan
from cors_harness.planning.shards import cells_in, sharded
from cors_harness.planning.whole_plan import whole_plan
from cors_harness.pytest_plugin.items import CellItem, SkipItem
from cors_harness.pytest_plugin.live_run import LIVE_RUN
from cors_harness.pytest_plugin.options import INVOCATION
from cors_harness.pytest_plugin.summary import SESSION_SUMMARY


def keep_shard(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes out the cells of other shards, and lets the run know which part of the plan it has.

    What -k, -m and node ids take out is no part of the plan, so it comes after them.
    """
    invocation, summary = config.stash[INVOCATION], config.stash[SESSION_SUMMARY]
    ours = [item for item in items if isinstance(item, CellItem | SkipItem)]
    if not ours:
        return
    plan = _plan(ours)
    target = invocation.target
    cells = tuple(cells_in((*plan.cells, *plan.skips)))
    whole = whole_plan(cells, target.subject, plain_urls=target.plain_urls)
    part = sharded(plan, invocation.shard, whole)
    config.stash[LIVE_RUN].plan = part
    if invocation.shard is None:
        return
    kept = {id(cell) for cell in cells_in((*part.cells, *part.skips))}
    others = [item for item in ours if id(item.cell) not in kept]
    if others:
        config.hook.pytest_deselected(items=others)
        gone = {id(item) for item in others}
        items[:] = [item for item in items if id(item) not in gone]
    if not part.cells:
        summary.add(f"nothing to run in shard {invocation.shard}")
        summary.is_empty_shard = not items


def _plan(items: Sequence[CellItem | SkipItem]) -> Plan:
    return Plan(
        cells=tuple(item.cell for item in items if isinstance(item, CellItem)),
        skips=tuple(item.skip for item in items if isinstance(item, SkipItem)),
    )
