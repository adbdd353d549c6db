"""BoundCell: a cell with its token and its origins, and the calls that the page makes of them."""

import dataclasses
import operator
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

from cors_harness.judge.verdicts import exemptions_of, expectation_for
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Call, FetchContext, Step

T = TypeVar("T")
PLACEHOLDER = re.compile(r"\{(page|server|other|third|cell|token)\}")


def substitute(value: T, names: Mapping[str, str]) -> T:
    """`value` with every placeholder that `names` has a value for filled in, at any depth.

    Strings, tuples and dataclasses are searched; anything else, and any other brace, stays. What
    has no placeholder in it comes back as the very same object.
    """
    return cast("T", _substitute(value, names))


def _substitute(value: Any, names: Mapping[str, str]) -> Any:
    kind: Any = type(value)
    if kind is str:
        return _substitute_text(value, names) if "{" in value else value
    if kind is tuple:
        filled = tuple([_substitute(item, names) for item in value])
        return value if all(map(operator.is_, filled, value)) else filled
    return _substitute_fields(value, names, _fields(kind))


def _substitute_text(text: str, names: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda match: names.get(match[1], match[0]), text)


def _substitute_fields(value: Any, names: Mapping[str, str], fields: tuple[str, ...]) -> Any:
    changed = {}
    for name in fields:
        before = getattr(value, name)
        after = _substitute(before, names)
        if after is not before:
            changed[name] = after
    return dataclasses.replace(value, **changed) if changed else value


@cache
def _fields(kind: Hashable) -> tuple[str, ...]:
    """The field names of a dataclass; none for any other type."""
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return ()
    return tuple(field.name for field in dataclasses.fields(kind))


# A browser has six connections to a server by HTTP/1.1. As long as bodies without an end keep them,
# other calls wait for one, and their own deadlines pass.
EVENTS_MS = 500  # for server-sent events, which seldom end
BODY_MS = 2000  # for other bodies that do not announce their length

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
class BoundCell:
    """A cell that is ready to run.

    Attributes:
        token: stands in the query of every URL that the cell requests, so that the wire recorder
            and the console log know whose request it is.
        names: values of the placeholders: page, server, other, third, cell, token.
        plain: whether URLs are left as the scenario has them, without the token; then the cell must
            run in a page that is bound to it.
        is_alone: whether no other cell shares its browser context at the same time.
        why_isolated: as `CellRecord.isolated`.
    """

    cell: Cell
    token: str
    names: Mapping[str, str]
    plain: bool = False
    is_alone: bool = False
    why_isolated: str = ""

    def filled_cell(self) -> Cell:
        """The cell with every placeholder in its steps filled in, as the judge needs it."""
        scenario = self.cell.scenario
        steps = substitute(scenario.steps, self.names)
        scenario = dataclasses.replace(scenario, steps=steps)
        return dataclasses.replace(self.cell, scenario=scenario)

    def page_json(self, timeout_ms: int) -> dict[str, Any]:
        """The cell as the runner page gets it, see `Cell` in page/runner.js."""
        steps = [self._step_json(step, timeout_ms) for step in self.cell.scenario.steps]
        return {"token": self.token, "steps": steps}

    @property
    def page(self) -> str:
        """The origin that calls are made from, serialized; `null` for a sandboxed frame."""
        sandboxed = self.cell.scenario.page.place is FetchContext.SANDBOXED_FRAME
        return "null" if sandboxed else self.names["page"]

    def placeholders(self) -> tuple[tuple[str, str], ...]:
        """(name, origin) of the roles without a real origin: these origins differ in every run."""
        scenario = self.cell.scenario
        real = {role for role, _ in scenario.origins}
        fixed = {*real, "cell", "token", *(["page"] if scenario.page.origin else [])}
        return tuple(
            sorted(
                (name, origin)
                for name, origin in self.names.items()
                if name not in fixed and "://" in origin
            )
        )

    def url(self, step: int) -> str:
        """The URL of the call of a step, counted from 0."""
        return self._url(substitute(self.cell.scenario.steps[step].call, self.names))

    def _url(self, call: Call) -> str:
        url = self.names[call.role] + call.path
        return url if self.plain else with_token(url, self.token)

    def _step_json(self, step: Step, timeout_ms: int) -> dict[str, Any]:
        call = substitute(step.call, self.names)
        return {
            "url": self._url(call),
            "init": _init(call),
            "place": str(self.cell.scenario.page.place),
            "frame": str(call.frame) if call.frame else None,
            "storage_access": call.storage_access,
            "delay_ms": step.delay_ms,
            "within_ms": step.within_ms,
            "timeout_ms": call.timeout_ms or timeout_ms,
            **self._body_waits(step),
        }

    def _body_waits(self, step: Step) -> dict[str, int | None]:
        """How long the body is waited for once the head is there; None: as long as the call may.

        `fetch()` is fulfilled with the head, and nothing but the body itself hangs on the rest.
        """
        if expectation_for(step, exemptions_of(self.cell, step)).body is not None:
            return {"body_ms": None, "events_ms": None}
        return {"body_ms": None if step.reads_body else BODY_MS, "events_ms": EVENTS_MS}


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
