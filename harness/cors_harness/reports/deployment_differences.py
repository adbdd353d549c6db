"""Differences: where a deployed server gives another result than its app alone, and why.

Why is read off the wire: the first exchange that differs in what a browser decides by.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import urlsplit

from cors_harness.changes.wire_diff import PAGE_ORIGIN, aligned, exchange_diff, title
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.change import WireDifference, WirePart
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled
from cors_harness.model.server import is_deployed, split_server_name
from cors_harness.model.verdict import Reason, Status, Verdict
from cors_harness.reports.base import Line
from cors_harness.reports.wire_text import arrow_text, part_text, place_text
from cors_harness.terms.headers import get, get_all, is_ok
from cors_harness.terms.reasons import ReasonCode

ORIGIN, LOCATION = "access-control-allow-origin", "location"
ABOUT: Mapping[ReasonCode, str] = {  # the header that a reason is about, where it is not ORIGIN
    ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE: "access-control-allow-credentials",
    ReasonCode.METHOD_NOT_ALLOWED: "access-control-allow-methods",
    ReasonCode.ALLOW_METHODS_INVALID: "access-control-allow-methods",
    ReasonCode.HEADER_NOT_ALLOWED: "access-control-allow-headers",
    ReasonCode.ALLOW_HEADERS_INVALID: "access-control-allow-headers",
}


def first_difference(
    alone: Sequence[Exchange], deployed: Sequence[Exchange], code: ReasonCode | None = None
) -> str:
    """What is different in the first exchange that differs; empty where none does.

    Of headers, Access-Control-Allow-Origin counts and the one that `code` is about; of a redirect,
    where it leads.
    """
    before, after = ([_facts(exchange, code) for exchange in side] for side in (alone, deployed))
    for pair in aligned(before, after):
        if differences := [
            difference for difference in exchange_diff(*pair) if _counts(difference)
        ]:
            texts = [f"{_label(difference)}{arrow_text(difference)}" for difference in differences]
            return f"{place_text(differences[0])} {', '.join(texts)}"
    return ""


def _facts(exchange: Exchange, code: ReasonCode | None) -> ExchangeFacts:
    """What is compared of an exchange; ports and targets are other ones on each server."""
    counting = {ORIGIN, ABOUT.get(code, ORIGIN) if code else ORIGIN}
    headers = [(name, get_all(exchange.response_headers, name)) for name in sorted(counting)]
    page = get(exchange.request_headers, "Origin")
    location = get(exchange.response_headers, LOCATION)
    redirect = ((LOCATION, _redirect_target(location.decode("latin-1"))),) if location else ()
    return ExchangeFacts(
        kind=exchange.kind,
        role=exchange.role,
        method=exchange.method,
        target="",
        status=exchange.status,
        response_headers=(
            *(
                (name, PAGE_ORIGIN if value == page else value.decode("latin-1"))
                for name, values in headers
                for value in values
            ),
            *redirect,
        ),
    )


def _counts(difference: WireDifference) -> bool:
    """Whether it may explain another result.

    A status does not where both let a preflight pass, a Location where only one redirects.
    """
    if difference.part is WirePart.STATUS and difference.kind is ExchangeKind.PREFLIGHT:
        return not (_is_passing(difference.before) and _is_passing(difference.after))
    if difference.header == LOCATION:
        return bool(difference.before and difference.after)
    return True


def _is_passing(status: Sequence[str]) -> bool:
    return bool(status) and is_ok(int(status[0]))


def _label(difference: WireDifference) -> str:
    """What stands before the values; nothing where a whole request is there or not."""
    if difference.part is WirePart.SENT:
        return ""
    return f"{title(difference.header) or part_text(difference)}: "


def _redirect_target(location: str) -> str:
    """Scheme and path; ports differ from server to server."""
    try:
        parts = urlsplit(location)
    except ValueError:  # no URL
        return location
    return f"{parts.scheme}://…{parts.path}" if parts.scheme else parts.path


STAND_INS = {"flask-bare": "flask-cors", "fastapi-bare": "fastapi-cors-middleware"}
NOTHING = "nothing on the wire differs in what browsers decide by"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentDifference:
    """One scenario that comes out otherwise on a deployed server, in some engines alike.

    Attributes:
        file, line, variant, scenario: where it stands, as of its SourceSpan, and its name.
        app, deployment: the server, `APP@DEPLOYMENT`.
        compared: the server that `alone` is the result of: `app`, or the one that shows what its
            policy does where the app leaves CORS to the deployment.
        engines: in which it came out so.
        alone, deployed: the results of the steps, such as `allowed 404`.
        why: what differs on the wire, and the reason of whichever was blocked.
    """

    file: str
    line: int
    variant: int
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

    Cells that came to no result, or whose counterpart did not, have none.
    """
    ran = [record for record in records if _has_result(record.verdict)]
    by_place = {_place(record.cell, record.cell.server): record for record in ran}
    pairs = (
        (by_place.get(_place(record.cell, compared_with(record.cell))), record)
        for record in ran
        if is_deployed(record.cell.server)
    )
    results = [_difference(alone, deployed) for alone, deployed in pairs if alone]
    return tuple(_merged(sorted((result for result in results if result), key=_order)))


def _has_result(verdict: Verdict) -> bool:
    return verdict.status not in {Status.SKIPPED, Status.ERROR} and not verdict.no_result


def compared_with(cell: Cell) -> str:
    """The server that a deployed one is compared with."""
    app, _ = split_server_name(cell.server)
    return app if cell.acts_as else STAND_INS.get(app, app)


def compared_apps(servers: Iterable[str]) -> frozenset[str]:
    """The servers that deployed ones among `servers` may be compared with."""
    apps = {split_server_name(name)[0] for name in servers if is_deployed(name)}
    return frozenset(apps | {STAND_INS[app] for app in apps if app in STAND_INS})


def table(
    all_rows: Sequence[DeploymentDifference],
    width: int,
    mistakes: Mapping[str, str] | None = None,
) -> Iterator[Line]:
    """The lines of the table; `mistakes` has the sentence of a deployment that does it wrong."""
    sentences = mistakes or {}
    for server, of_server in groupby(all_rows, key=lambda row: row.server):
        rows = list(of_server)
        mistake = sentences.get(rows[0].deployment, "")
        yield (server, "bold"), (f"  {mistake}" if mistake else "", "dim")
        yield ((f"  compared with {rows[0].compared} alone", "dim"),)
        for why, alike in groupby(rows, key=lambda row: row.why):
            yield ((f"  {why}", "yellow"),)
            yield from _rows(list(alike), width)
        yield ()


def _rows(rows: Sequence[DeploymentDifference], width: int) -> Iterator[Line]:
    name = max(len(row.scenario) for row in rows)
    engines = max(len(" ".join(row.engines)) for row in rows)
    for row in rows:
        result = f"{row.alone} -> {row.deployed}"
        left = f"    {row.scenario:<{name}}  {' '.join(row.engines):<{engines}}  "
        if len(left) + len(result) > width:
            yield ((f"    {row.scenario}", ""),)
            left = f"      {' '.join(row.engines)}  "
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
        variant=cell.scenario.source.variant,
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
    outcomes = []
    for number, step in enumerate(record.verdict.steps):
        seen = record.observations[number] if number < len(record.observations) else None
        status = f" {seen.status}" if isinstance(seen, Fulfilled) and seen.status else ""
        outcomes.append(f"{step.outcome}{status}")
    return tuple(outcomes)


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
    return tuple(exchange for exchange in record.exchanges if exchange.step == step)


def _reason(record: CellRecord, step: int) -> Reason | None:
    steps = record.verdict.steps
    return steps[step].reason if step < len(steps) else None


def _order(difference: DeploymentDifference) -> tuple[str | int | tuple[str, ...], ...]:
    place = (difference.file, difference.line, difference.variant, difference.scenario)
    return (
        difference.deployment,
        difference.app,
        difference.why,
        *place,
        difference.alone,
        difference.deployed,
        difference.engines,
    )


def _merged(ordered: Iterable[DeploymentDifference]) -> Iterator[DeploymentDifference]:
    """Engines in which a scenario came out alike, as one; `ordered` has them in order."""
    for _, group in groupby(ordered, key=lambda row: _order(row)[:-1]):
        rows = list(group)
        yield replace(rows[0], engines=tuple(name for row in rows for name in row.engines))
