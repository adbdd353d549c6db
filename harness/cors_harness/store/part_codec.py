"""The part of a header that says which plan a run had, and how much of it."""

from typing import Any

from cors_harness.model.shard import PlanPart, Shard, ShardSize, WholePlan


def part_to_json(part: PlanPart) -> dict[str, Any]:
    """The plan, and the shards that there are of it; `shards` is absent where that is all."""
    whole = part.whole
    shards = [
        {"index": size.shard.index, "count": size.shard.count, "cells": size.cells}
        for size in part.shards
    ]
    return {
        "plan": {"cells": whole.cells, "digest": whole.digest, "files": dict(whole.files)},
        **({"shards": shards} if shards else {}),
    }


def part_from_json(header: dict[str, Any]) -> PlanPart | None:
    """What `part_to_json` wrote into a header; None: that says nothing of a plan."""
    if "plan" not in header:
        return None
    plan = header["plan"]
    files = tuple(plan["files"].items())
    return PlanPart(
        whole=WholePlan(cells=plan["cells"], digest=plan["digest"], files=files),
        shards=tuple(
            ShardSize(shard=Shard(index=each["index"], count=each["count"]), cells=each["cells"])
            for each in header.get("shards", ())
        ),
    )
