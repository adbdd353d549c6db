"""`cors-harness list`: what would run, without starting anything."""

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from cors_harness.cli.options import Command, add_remote, add_selection, invocation_of, plan_of
from cors_harness.cli.saying import say
from cors_harness.model.cell import Cell, Skip
from cors_harness.planning.plan import Plan
from cors_harness.store.codec import SCHEMA, Json

DESCRIPTION = """\
Shows the scenarios that a run with the same options would run, on which servers and in which
browsers. Starts no browser and no server."""

EXAMPLES = """\
examples:
  cors-harness list                             scenarios with their servers and browsers
  cors-harness list scenarios/preflight.yaml
  cors-harness list --cells -k 'put and webkit' one cell a line, as --cell takes it
  cors-harness list --json                      cells, and what is skipped and why"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `list`."""
    add_selection(parser)
    add_remote(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--cells", action="store_true", help="print only cells, one a line")
    form.add_argument("--json", action="store_true", help="print one JSON document")


def execute(args: argparse.Namespace) -> int:
    """Prints the plan; returns the exit status."""
    plan = plan_of(invocation_of(args))
    if args.json:
        say(json.dumps(_document(plan), indent=2))
    else:
        for line in _names(plan) if args.cells else _overview(plan):
            say(line)
    return 0


def _names(plan: Plan) -> Iterator[str]:
    return (cell.node_id for cell in plan.cells)


def _document(plan: Plan) -> Json:
    return {
        "schema": SCHEMA,
        "cells": [_cell(cell) for cell in plan.cells],
        "skipped": [_skip(skip) for skip in plan.skips],
    }


def _cell(cell: Cell) -> Json:
    source = cell.scenario.source
    return {
        "cell": cell.node_id,
        "scenario": cell.scenario.id,
        "server": cell.server,
        "engine": cell.engine,
        "title": cell.scenario.title,
        "source": f"{source.file}:{source.line}",
    }


def _skip(skip: Skip) -> Json:
    return {**_cell(skip.cell), "reason": skip.reason}


def _overview(plan: Plan) -> Iterator[str]:
    for file, of_file in groupby(plan.cells, key=lambda cell: cell.scenario.source.file):
        yield file
        for _, of_scenario in groupby(of_file, key=lambda cell: cell.scenario.id):
            yield from _scenario(list(of_scenario))
        yield ""
    scenarios = len({cell.scenario.id for cell in plan.cells})
    yield f"scenarios: {scenarios}, cells: {len(plan.cells)}, skipped: {len(plan.skips)}"


def _scenario(cells: Sequence[Cell]) -> Iterator[str]:
    scenario = cells[0].scenario
    yield f"  {scenario.id}"
    yield f"    {scenario.title}"
    by_engines: dict[str, list[str]] = {}
    for server in dict.fromkeys(cell.server for cell in cells):
        engines = " ".join(cell.engine for cell in cells if cell.server == server)
        by_engines.setdefault(engines, []).append(server)
    for engines, servers in by_engines.items():
        yield f"    on {', '.join(servers)}"
        yield f"    in {engines.replace(' ', ', ')}"


COMMAND = Command(
    name="list",
    summary="show what would run",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)
