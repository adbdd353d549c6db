"""Prepared: a cell with its token, its origins and the call that the page will make."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Call, Place, Step
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
        return dataclasses.replace(self.cell, scenario=scenario)

    def page_json(self, timeout_ms: int) -> dict[str, Any]:
        """What the runner page gets, see `Cell` in page/runner.js."""
        steps = [self._step_json(step, timeout_ms) for step in self.cell.scenario.steps]
        return {"token": self.token, "steps": steps}

    @property
    def page(self) -> str:
        """The origin that calls are made from, serialized: that of a sandboxed frame is `null`."""
        sandboxed = self.cell.scenario.page.place is Place.SANDBOXED_FRAME
        return "null" if sandboxed else self.names["page"]

    def placeholders(self) -> tuple[tuple[str, str], ...]:
        """(name, origin) of the roles that have no real origin, which is another in every run."""
        scenario = self.cell.scenario
        real = {role for role, _ in scenario.origins}
        fixed = {*real, "cell", "token", *(["page"] if scenario.page.origin else [])}
        named = ((name, origin) for name, origin in self.names.items() if name not in fixed)
        return tuple(sorted((name, origin) for name, origin in named if "://" in origin))

    def url(self, step: int) -> str:
        """What the call of a step, counted from 0, asks for."""
        return self._url(fill(self.cell.scenario.steps[step].call, self.names))

    def _url(self, call: Call) -> str:
        return with_token(self.names[call.at] + call.path, self.token)

    def _step_json(self, step: Step, timeout_ms: int) -> dict[str, Any]:
        call = fill(step.call, self.names)
        return {
            "url": self._url(call),
            "init": _init(call),
            "place": str(self.cell.scenario.page.place),
            "frame": str(call.frame) if call.frame else None,
            "storage_access": call.storage_access,
            "delay_ms": step.delay_ms,
            "within_ms": step.within_ms,
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
