"""BoundCell: a cell with its token and its origins, and the calls that the page makes of them."""

import dataclasses
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from cors_harness.model.cell import Cell
from cors_harness.model.expectation_rules import exemptions_of, expectation_for
from cors_harness.model.scenario import Call, Expectation, FetchContext, Step
from cors_harness.model.verdict import MissingValue
from cors_harness.run.placeholders import fields_of, substitute
from cors_harness.run.step_values import JSON_LIMIT, NotBrought, refused_in_header
from cors_harness.terms.step_value import StepSource, StepValue, in_url, step_values_in
from cors_harness.terms.token import UNIQUE, without_token


def _step_values_of(value: Any) -> Iterator[StepValue]:
    """Every value of an earlier step that is named in `value`, at any depth."""
    if isinstance(value, str):
        yield from step_values_in(value) if "{" in value else ()
    elif isinstance(value, tuple):
        for item in value:
            yield from _step_values_of(item)
    else:
        kind: Any = type(value)
        for name in fields_of(kind):
            yield from _step_values_of(getattr(value, name))


# A browser has six connections to a server by HTTP/1.1. As long as bodies without an end keep them,
# other calls wait for one, and their own deadlines pass.
EVENTS_MS = 500  # for server-sent events, which seldom end
BODY_MS = 2000  # for other bodies that do not announce their length


@dataclass(frozen=True, slots=True, kw_only=True)
class UnboundCell:
    """A cell whose turn has not come: it gets its token when it is handed out.

    Attributes:
        is_alone: as in BoundCell.
    """

    cell: Cell
    is_alone: bool = False


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
        names: values of the placeholders: page, server, other, third, cell, token, unique.
        plain: whether URLs are left as the scenario has them, without the token; then the cell must
            run in a page that is bound to it.
        is_alone: whether no other cell shares its browser context at the same time.
        why_isolated: as `CellRecord.isolated`.
        step_values: of the steps that are over what later ones need, or why there is no such value.
    """

    cell: Cell
    token: str
    names: Mapping[str, str]
    plain: bool = False
    is_alone: bool = False
    why_isolated: str = ""
    step_values: Mapping[StepValue, str | NotBrought] = field(default_factory=dict)

    def filled_cell(self) -> Cell:
        """The cell with every placeholder in its steps filled in, as the judge needs it.

        Of what a step did not bring, and of steps that did not run, the placeholders stay.
        """
        scenario = self.cell.scenario
        steps = tuple(self._filled(step) for step in scenario.steps)
        if self.plain:
            steps = tuple(map(_with_plain_url, steps))
        if all(map(operator.is_, steps, scenario.steps)):
            return self.cell
        scenario = dataclasses.replace(scenario, steps=steps)
        return dataclasses.replace(self.cell, scenario=scenario)

    def page_json(self, timeout_ms: int) -> dict[str, Any]:
        """The cell as the runner page gets it, see `Cell` in page/runner.js.

        A step that needs what an earlier one brings is None: its call is told when that is known.
        """
        steps = [
            None if self.needs(index) else self.step_json(index, timeout_ms)
            for index in range(len(self.cell.scenario.steps))
        ]
        return {"token": self.token, "steps": steps}

    def needs(self, step: int) -> tuple[StepValue, ...]:
        """What a step needs of earlier ones, for its call and for what is expected of it."""
        if step == 0:
            return ()
        asked = self.cell.scenario.steps[step]
        expect = expectation_for(asked, exemptions_of(self.cell, asked))
        return tuple(dict.fromkeys(_step_values_of((asked.call, expect))))

    def brings(self, step: int) -> tuple[StepValue, ...]:
        """What later steps need of a step."""
        later = range(step + 1, len(self.cell.scenario.steps))
        needed = (value for index in later for value in self.needs(index))
        return tuple(dict.fromkeys(value for value in needed if value.step == step))

    def missing(self, step: int) -> tuple[MissingValue, ...]:
        """Why a step cannot make its call, whose earlier steps are over; empty where it can."""
        missing: dict[object, MissingValue] = {}
        for value in self.needs(step):
            found = self.step_values[value]
            if isinstance(found, NotBrought):
                why = f"needs {value.words}: {found.why}"
                missing.setdefault(value.identity, MissingValue(step=step, value=value, why=why))
        return tuple(missing.values()) or tuple(self._refused(step))

    def step_paths(self) -> tuple[tuple[int, str], ...]:
        """(step, path) of the steps whose path names what earlier ones brought, in braces."""
        paths = ((index, step.call.path) for index, step in enumerate(self.cell.scenario.steps))
        named = ((index, path) for index, path in paths if [*step_values_in(path)])
        return tuple((index, substitute(path, self.names)) for index, path in named)

    def values_in_paths(self) -> tuple[tuple[str, str], ...]:
        """(placeholder, value) of what steps brought and the paths of later ones name."""
        paths = tuple(path for _, path in self.step_paths())
        named = dict.fromkeys(_step_values_of(paths))
        brought = ((str(value), self.step_values.get(value)) for value in named)
        return tuple((name, text) for name, text in brought if isinstance(text, str))

    def _refused(self, step: int) -> Iterator[MissingValue]:
        """Values that `fetch()` takes in no header."""
        asked = self.cell.scenario.steps[step]
        for (name, text), (_, filled) in zip(
            asked.call.headers, self._filled_call(asked).headers, strict=True
        ):
            refused = refused_in_header(filled)
            for value in dict.fromkeys(step_values_in(text)) if refused else ():
                found = self.step_values[value]
                if isinstance(found, str) and refused_in_header(f"-{found}-") == refused:
                    why = f"cannot send {value.words} in {name}: fetch() refuses it for {refused}"
                    yield MissingValue(step=step, value=value, why=why)

    def _filled_call(self, step: Step) -> Call:
        """As `_filled`, the call alone."""
        return self._filled(step).call if self.step_values else substitute(step.call, self.names)

    def _filled(self, step: Step) -> Step:
        """The step with its placeholders filled in; a value in a URL is percent-encoded."""
        if not self.step_values:
            return substitute(step, self.names)
        found = self.step_values.items()
        texts = {str(value): text for value, text in found if isinstance(text, str)}
        in_urls = {**self.names, **{name: in_url(text) for name, text in texts.items()}}
        return substitute(_with_urls(step, in_urls), {**self.names, **texts})

    @property
    def page(self) -> str:
        """The origin that calls are made from, serialized; `null` for a sandboxed frame."""
        sandboxed = self.cell.scenario.page.place is FetchContext.SANDBOXED_FRAME
        return "null" if sandboxed else self.names["page"]

    def placeholders(self) -> tuple[tuple[str, str], ...]:
        """(name, origin) of the roles without a real origin: these origins differ in every run."""
        scenario = self.cell.scenario
        real = {role for role, _ in scenario.origins}
        fixed = {*real, "cell", "token", UNIQUE, *(["page"] if scenario.page.origin else [])}
        return tuple(
            sorted(
                (name, origin)
                for name, origin in self.names.items()
                if name not in fixed and "://" in origin
            )
        )

    @property
    def unique(self) -> str:
        """As `CellRecord.unique`."""
        steps, value = self.cell.scenario.steps, self.names.get(UNIQUE, "")
        return "" if substitute(steps, {UNIQUE: value}) is steps else value

    def url(self, step: int) -> str:
        """The URL of the call of a step, counted from 0."""
        return self._url(self._filled_call(self.cell.scenario.steps[step]))

    def _url(self, call: Call) -> str:
        url = self.names[call.role] + call.path
        return url if self.plain else with_token(url, self.token)

    def step_json(self, index: int, timeout_ms: int) -> dict[str, Any]:
        """A step as the runner page gets it, see `Step` in page/runner.js."""
        step = self.cell.scenario.steps[index]
        call = self._filled_call(step)
        takes_json = any(value.source is StepSource.JSON for value in self.brings(index))
        return {
            "url": self._url(call),
            "init": _init(call),
            "place": str(self.cell.scenario.page.place),
            "frame": str(call.frame) if call.frame else None,
            "storage_access": call.storage_access,
            "delay_ms": step.delay_ms,
            "within_ms": step.within_ms,
            "timeout_ms": call.timeout_ms or timeout_ms,
            **({"body_limit": JSON_LIMIT + 1} if takes_json else {}),
            **self._body_waits(step, is_taken=takes_json),
        }

    def _body_waits(self, step: Step, *, is_taken: bool) -> dict[str, int | None]:
        """How long the body is waited for once the head is there; None: as long as the call may.

        `fetch()` is fulfilled with the head, and nothing but the body itself hangs on the rest.
        `is_taken`: a later step needs something of the body.
        """
        expect = expectation_for(step, exemptions_of(self.cell, step))
        sizes = (exchange.body_bytes for exchange in expect.exchanges or ())
        if is_taken or expect.body is not None or any(size is not None for size in sizes):
            return {"body_ms": None, "events_ms": None}
        return {"body_ms": None if step.reads_body else BODY_MS, "events_ms": EVENTS_MS}


def _with_urls(step: Step, names: Mapping[str, str]) -> Step:
    """The step with the placeholders in its URLs filled in, and no others."""

    def expecting(expect: Expectation) -> Expectation:
        exchanges = expect.exchanges and tuple(
            dataclasses.replace(each, path=substitute(each.path, names))
            for each in expect.exchanges
        )
        url = substitute(expect.url, names)
        return dataclasses.replace(expect, url=url, exchanges=exchanges)

    return dataclasses.replace(
        step,
        call=dataclasses.replace(step.call, path=substitute(step.call.path, names)),
        expect=expecting(step.expect),
        exemptions=tuple(
            dataclasses.replace(entry, expect=expecting(entry.expect)) for entry in step.exemptions
        ),
    )


def _with_plain_url(step: Step) -> Step:
    """The step with no token in the URLs that are expected of it."""

    def expecting(expect: Expectation) -> Expectation:
        return dataclasses.replace(expect, url=expect.url and without_token(expect.url))

    exemptions = tuple(
        dataclasses.replace(entry, expect=expecting(entry.expect)) for entry in step.exemptions
    )
    return dataclasses.replace(step, expect=expecting(step.expect), exemptions=exemptions)


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
