"""Prepared: a cell with its token, its origins and the call that the page will make."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Call, Step
from cors_harness.run.placeholders import fill

INIT_MEMBERS = (
    ("mode", "mode"),
    ("credentials", "credentials"),
    ("redirect", "redirect"),
    ("cache", "cache"),
    ("referrer_policy", "referrerPolicy"),
    ("keepalive", "keepalive"),
    ("method", "method"),
    ("body", "body"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A cell ready to run.

    Attributes:
        token: stands in the query of every URL that the cell requests.
        names: values of the placeholders: page, server, other, third, cell, token.
    """

    cell: Cell
    token: str
    names: Mapping[str, str]

    def filled_cell(self) -> Cell:
        """The cell with every placeholder in its steps filled in, as the judge wants it."""
        scenario = self.cell.scenario
        steps = fill(scenario.steps, self.names)
        scenario = dataclasses.replace(scenario, steps=steps)
        return Cell(scenario=scenario, server=self.cell.server, engine=self.cell.engine)

    def page_json(self, timeout_ms: int) -> dict[str, Any]:
        """What the runner page gets, see `Cell` in page/runner.js."""
        scenario = self.cell.scenario
        steps = [self._step_json(step, timeout_ms) for step in scenario.steps]
        return {"token": self.token, "place": str(scenario.page.place), "steps": steps}

    def _step_json(self, step: Step, timeout_ms: int) -> dict[str, Any]:
        call = fill(step.call, self.names)
        return {
            "url": with_token(self.names[call.at] + call.path, self.token),
            "init": _init(call),
            "delay_ms": step.delay_ms,
            "timeout_ms": call.timeout_ms or timeout_ms,
        }


def with_token(url: str, token: str) -> str:
    """`url` with `cell=TOKEN` added to its query; everything else as it was."""
    parts = urlsplit(url)
    query = f"{parts.query}&cell={token}" if parts.query else f"cell={token}"
    return urlunsplit(parts._replace(query=query))


def _init(call: Call) -> dict[str, Any]:
    members = ((name, getattr(call, field)) for field, name in INIT_MEMBERS)
    init: dict[str, Any] = {name: value for name, value in members if value is not None}
    if call.headers:
        init["headers"] = [list(pair) for pair in call.headers]
    return init
