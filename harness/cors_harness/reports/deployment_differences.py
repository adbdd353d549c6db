"""Differences: where a deployed server gives another result than its app alone, and why.

Why is read off the wire: the first exchange that differs in what a browser decides by.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from urllib.parse import urlsplit

from cors_harness.changes.wire_diff import values_text
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled
from cors_harness.model.server import is_deployed, split_server_name
from cors_harness.model.verdict import Reason, Status
from cors_harness.reports.base import Line
from cors_harness.terms.headers import get, get_all, is_ok
from cors_harness.terms.reasons import ReasonCode

ORIGIN = "Access-Control-Allow-Origin"
TIMES = {1: "once", 2: "twice"}
ABOUT: Mapping[ReasonCode, str] = {  # the header that a reason is about, where it is not ORIGIN
    ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE: "Access-Control-Allow-Credentials",
    ReasonCode.METHOD_NOT_ALLOWED: "Access-Control-Allow-Methods",
    ReasonCode.ALLOW_METHODS_INVALID: "Access-Control-Allow-Methods",
    ReasonCode.HEADER_NOT_ALLOWED: "Access-Control-Allow-Headers",
    ReasonCode.ALLOW_HEADERS_INVALID: "Access-Control-Allow-Headers",
}


def first_difference(
    alone: Sequence[Exchange], deployed: Sequence[Exchange], code: ReasonCode | None = None
) -> str:
    """What is different in the first exchange that differs; empty where none does.

    Of headers, Access-Control-Allow-Origin counts and the one that `code` is about.
    """
    for before, after in zip_longest(alone, deployed):
        words = ", ".join(_facts(before, after, code))
        if words:
            return words
    return ""


def _facts(
    before: Exchange | None, after: Exchange | None, code: ReasonCode | None
) -> Iterator[str]:
    if after is None:
        yield f"no {before.kind if before else 'request'} was sent"
    elif before is None:
        yield f"one more {after.kind}, answered {_status(after)}"
    elif before.kind is not after.kind:
        yield f"a {after.kind} instead of a {before.kind}"
    elif _origins(before) and not _origins(after):
        yield f"{after.kind} answered {_status(after)} without {ORIGIN}"
    else:
        yield from _status_facts(before, after)
        yield from _origin_facts(before, after)
        yield from _header_facts(before, after, ABOUT.get(code) if code else None)
        yield from _redirect_facts(before, after)


def _status_facts(before: Exchange, after: Exchange) -> Iterator[str]:
    is_preflight = after.kind is ExchangeKind.PREFLIGHT
    if before.status == after.status or (
        is_preflight and is_ok(before.status) and is_ok(after.status)
    ):
        return
    yield f"{after.kind} answered {_status(after)} instead of {_status(before)}"


def _origin_facts(before: Exchange, after: Exchange) -> Iterator[str]:
    had, has = _origins(before), _origins(after)
    if len(had) == len(has):
        yield from _value_facts(ORIGIN, had, has)
    elif len(has) == 1 and not had:
        yield f"{after.kind} answered {_status(after)} with {ORIGIN}, alone without"
    else:
        times = TIMES.get(len(has), f"{len(has)} times")
        yield f"{after.kind} answered with {ORIGIN} {times}"


def _header_facts(before: Exchange, after: Exchange, name: str | None) -> Iterator[str]:
    if name is not None:
        had, has = (get_all(each.response_headers, name) for each in (before, after))
        yield from _value_facts(name, had, has)


def _value_facts(name: str, had: Sequence[bytes], has: Sequence[bytes]) -> Iterator[str]:
    if had != has:
        yield f"{name} is {_shown(has)}, alone {_shown(had)}"


def _redirect_facts(before: Exchange, after: Exchange) -> Iterator[str]:
    ways = _redirect_way(before), _redirect_way(after)
    if all(ways) and ways[0] != ways[1]:
        yield f"redirected to {ways[1]} instead of {ways[0]}"


def _origins(each: Exchange) -> tuple[bytes, ...]:
    return get_all(each.response_headers, ORIGIN)


def _status(each: Exchange) -> str:
    return "nothing" if each.status is None else str(each.status)


def _redirect_way(each: Exchange) -> str:
    """Scheme and path of a redirect; ports differ from server to server."""
    location = get(each.response_headers, "Location")
    parts = urlsplit((location or b"").decode("latin-1"))
    return f"{parts.scheme}://…{parts.path}" if parts.scheme else parts.path


def _shown(values: Sequence[bytes]) -> str:
    return values_text([value.decode("latin-1") for value in values])


STAND_INS = {"flask-bare": "flask-cors", "fastapi-bare": "fastapi-cors-middleware"}
NOTHING = "nothing on the wire differs in what browsers decide by"
DID_NOT_RUN = (Status.SKIPPED, Status.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentDifference:
    """One scenario that comes out otherwise on a deployed server, in some engines alike.

    Attributes:
        file, line, scenario: where it stands and what it is called.
        app, deployment: the server, `APP@DEPLOYMENT`.
        compared: the server that `alone` is the result of: `app`, or the one that shows what its
            policy does where the app leaves CORS to the deployment.
        engines: in which it came out so.
        alone, deployed: the results of the steps, such as `allowed 404`.
        why: what differs on the wire, and the reason of whichever was blocked.
    """

    file: str
    line: int
    scenario: str
    app: str
    deployment: str
    compared: str
    engines: tuple[str, ...]
    alone: str
    deployed: str
    why: str

    @property
    def server(self) -> str:
        """The name of the deployed server."""
        return f"{self.app}@{self.deployment}"


def differences(records: Iterable[CellRecord]) -> tuple[DeploymentDifference, ...]:
    """Every difference in finished cells, by server, reason and scenario.

    Cells that did not run, or whose counterpart did not, have none.
    """
    ran = [record for record in records if record.verdict.status not in DID_NOT_RUN]
    by_place = {_place(record.cell, record.cell.server): record for record in ran}
    pairs = (
        (by_place.get(_place(record.cell, compared_with(record.cell))), record)
        for record in ran
        if is_deployed(record.cell.server)
    )
    found = [_difference(alone, deployed) for alone, deployed in pairs if alone]
    return tuple(_merged(sorted((each for each in found if each), key=_order)))


def compared_with(cell: Cell) -> str:
    """The server that a deployed one is compared with."""
    app, _ = split_server_name(cell.server)
    return app if cell.acts_as else STAND_INS.get(app, app)


def compared_apps(servers: Iterable[str]) -> frozenset[str]:
    """The servers that deployed ones among `servers` may be compared with."""
    apps = {split_server_name(name)[0] for name in servers if is_deployed(name)}
    return frozenset(apps | {STAND_INS[app] for app in apps if app in STAND_INS})


def table(
    found: Sequence[DeploymentDifference], width: int, mistakes: Mapping[str, str] | None = None
) -> Iterator[Line]:
    """The lines of the table; `mistakes` has the sentence of a deployment that does it wrong."""
    said = mistakes or {}
    for server, of_server in groupby(found, key=lambda each: each.server):
        rows = list(of_server)
        mistake = said.get(rows[0].deployment, "")
        yield (server, "bold"), (f"  {mistake}" if mistake else "", "dim")
        yield ((f"  compared with {rows[0].compared} alone", "dim"),)
        for why, alike in groupby(rows, key=lambda each: each.why):
            yield ((f"  {why}", "yellow"),)
            yield from _rows(list(alike), width)
        yield ()


def _rows(rows: Sequence[DeploymentDifference], width: int) -> Iterator[Line]:
    name = max(len(each.scenario) for each in rows)
    engines = max(len(" ".join(each.engines)) for each in rows)
    for each in rows:
        result = f"{each.alone} -> {each.deployed}"
        left = f"    {each.scenario:<{name}}  {' '.join(each.engines):<{engines}}  "
        if len(left) + len(result) > width:
            yield ((f"    {each.scenario}", ""),)
            left = f"      {' '.join(each.engines)}  "
        yield (left, ""), (result, "bold")


def _place(cell: Cell, server: str) -> tuple[str, str, str, str]:
    return cell.scenario.source.file, cell.scenario.id, cell.engine, server


def _difference(alone: CellRecord, deployed: CellRecord) -> DeploymentDifference | None:
    before, after = _results(alone), _results(deployed)
    if before == after:
        return None
    cell, step = deployed.cell, _first_other(before, after)
    app, name = split_server_name(cell.server)
    return DeploymentDifference(
        file=cell.scenario.source.file,
        line=cell.scenario.source.line,
        scenario=cell.scenario.id,
        app=app,
        deployment=name,
        compared=alone.cell.server,
        engines=(cell.engine,),
        alone=", ".join(before),
        deployed=", ".join(after),
        why=_why(alone, deployed, step),
    )


def _results(record: CellRecord) -> tuple[str, ...]:
    """The outcome of each step, with the status where page code has read one."""
    words = []
    for number, step in enumerate(record.verdict.steps):
        seen = record.observations[number] if number < len(record.observations) else None
        status = f" {seen.status}" if isinstance(seen, Fulfilled) and seen.status else ""
        words.append(f"{step.outcome}{status}")
    return tuple(words)


def _first_other(before: Sequence[str], after: Sequence[str]) -> int:
    pairs = zip(before, after, strict=False)
    return next((i for i, (one, other) in enumerate(pairs) if one != other), 0)


def _why(alone: CellRecord, deployed: CellRecord, step: int) -> str:
    before, after = _of_step(alone, step), _of_step(deployed, step)
    reason = _reason(deployed, step) or _reason(alone, step)
    code = reason.code if reason else None
    # Where one was blocked, its last exchange is the one that the browser did not like.
    last = len(after if _reason(deployed, step) else before) - 1
    words = first_difference(before[last:], after[last:], code) if reason and last >= 0 else ""
    words = words or first_difference(before, after, code)
    return f"{words or NOTHING}{f' ({code})' if code else ''}"


def _of_step(record: CellRecord, step: int) -> tuple[Exchange, ...]:
    return tuple(each for each in record.exchanges if each.step == step)


def _reason(record: CellRecord, step: int) -> Reason | None:
    steps = record.verdict.steps
    return steps[step].reason if step < len(steps) else None


def _order(each: DeploymentDifference) -> tuple[str | int | tuple[str, ...], ...]:
    place = (each.file, each.line, each.scenario)
    return each.deployment, each.app, each.why, *place, each.alone, each.deployed, each.engines


def _merged(found: Iterable[DeploymentDifference]) -> Iterator[DeploymentDifference]:
    """Engines in which a scenario came out alike, as one; `found` is in order."""
    for _, group in groupby(found, key=lambda each: _order(each)[:-1]):
        rows = list(group)
        yield replace(rows[0], engines=tuple(name for each in rows for name in each.engines))
