"""PageCell: one cell of one side as the page has it, from a journal's record or a baseline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cors_harness.judge.deciding import DecidingField, deciding_fields
from cors_harness.model.advice import Advice
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import Entry, ExchangeFacts, Facts, StepFacts, scenario_name
from cors_harness.model.cell import RecordedCell, RecordedStep
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled, TimedOut
from cors_harness.model.verdict import Mismatch
from cors_harness.reports.mismatch_text import expected_text, field_name, found_text
from cors_harness.reports.transcript import (
    LATE,
    NOTHING,
    missing_response,
    rerun_command,
    seen_text,
)
from cors_harness.store.codec import Json
from cors_harness.terms.headers import HeaderList, get

ACCEPTED = "accepted"  # in place of a status, of a cell that a baseline has
KEPT = 100_000  # characters of one text that the page has; a journal has all of it
KEPT_OF_BODY = 2_000  # bytes: nearly every cell can have an error page of many kilobytes
PREFLIGHT_METHOD = "access-control-request-method"

CellPlace = tuple[str, str, str]  # scenario (`FILE::ID`), server, engine


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCell:
    """What the page has of one cell on one side.

    Attributes:
        place: what tells it from others, and finds it on the other side of a comparison.
        scenario, title, spec, file, line: as in RecordedCell; of a baseline without the last ones.
        origin: the page's.
        status: of the verdict, or ACCEPTED.
        outcomes, reasons: of the steps, each reason once; the mark shows the last outcome.
        calls: method and path of what the page wanted to call, each once: `PUT /orders/7`.
        note: why it was skipped, or came to no result.
        advice: how it is mended.
        detail: what is shown when it is opened, as JSON; header lists are lists of pairs.
    """

    place: CellPlace
    scenario: str
    title: str = ""
    spec: str = ""
    file: str
    line: int = 0
    origin: str
    status: str
    outcomes: tuple[str, ...]
    reasons: tuple[str, ...]
    calls: tuple[str, ...] = ()
    note: str = ""
    advice: Advice | None = None
    detail: Json

    @property
    def server(self) -> str:
        """The name of its server."""
        return self.place[1]

    @property
    def engine(self) -> str:
        """The name of its column."""
        return self.place[2]


def place_of_record(record: RecordedCell, folder: Path) -> CellPlace:
    """Where a record has its place in a comparison of which the baseline is in `folder`."""
    return (
        scenario_name(record.file, record.scenario, folder),
        record.server,
        record.engine,
    )


def recorded_cell(record: RecordedCell, folder: Path, options: Sequence[str] | None) -> PageCell:
    """The cell that a journal has; `folder`, `options`: as `place_of_record`, `rerun_command`.

    `options` is None where no command runs it again.
    """
    return PageCell(
        place=place_of_record(record, folder),
        scenario=record.scenario,
        title=record.title,
        spec=record.spec,
        file=record.file,
        line=record.line,
        origin=record.page,
        status=record.status.value,
        outcomes=tuple(step.outcome.value for step in record.steps if step.outcome),
        reasons=tuple(
            dict.fromkeys(each.reason.code.value for each in record.steps if each.reason)
        ),
        calls=tuple(dict.fromkeys(map(wanted_call, record.exchanges))),
        note=record.note,
        advice=record.advice,
        detail=_detail(record, options),
    )


def accepted_cells(entry: Entry) -> Iterator[PageCell]:
    """The cells of a baseline's entry: of the wire they have only what browsers decide by."""
    file, _, scenario = entry.scenario.rpartition("::")
    for engine, facts in entry.engines:
        reasons = (step.reason.value for step in facts if step.reason)
        yield PageCell(
            place=(*entry.name, engine),
            scenario=scenario,
            file=file,
            origin=entry.origin,
            status=ACCEPTED,
            outcomes=tuple(step.outcome.value for step in facts),
            reasons=tuple(dict.fromkeys(reasons)),
            calls=tuple(dict.fromkeys(_accepted_call(x) for step in facts for x in step.wire)),
            detail=_accepted_detail(facts),
        )


def wanted_call(exchange: Exchange) -> str:
    """What the page wanted to call: `PUT /orders/7`; of a preflight the method it asks for."""
    asked = get(exchange.request_headers, PREFLIGHT_METHOD) or b""
    return _call(exchange, asked.decode("latin-1"))


def _accepted_call(exchange: ExchangeFacts) -> str:
    pairs = exchange.request_headers
    return _call(
        exchange, next((text for name, text in pairs if name.lower() == PREFLIGHT_METHOD), "")
    )


def _call(exchange: Exchange | ExchangeFacts, asked: str) -> str:
    is_preflight = exchange.kind is ExchangeKind.PREFLIGHT
    method = asked if is_preflight and asked else exchange.method
    return f"{method} {exchange.target.partition('?')[0]}"


def _detail(record: RecordedCell, options: Sequence[str] | None) -> Json:
    decided: dict[int, list[DecidingField]] = {}
    for field in deciding_fields(record):
        decided.setdefault(field.exchange, []).append(field)
    exchanges = [
        _exchange(record, index, decided.get(index, ())) for index in range(len(record.exchanges))
    ]
    return {
        "cell": record.cell,
        "steps": [_step(step) for step in record.steps],
        "exchanges": exchanges,
        "mismatches": [_mismatch(each) for each in record.mismatches],
        "rerun": "" if options is None else rerun_command(record, options),
        **_said(record),
    }


def _said(record: RecordedCell) -> Json:
    """What there is to say of few cells; keys that have nothing to say are not there."""
    said = {
        "note": record.note,
        "known": record.known,
        "isolated": record.isolated,
        "output": [_kept(line) for line in record.app_output],
        "held_back": [asdict(cookie) for cookie in record.held_back],
    }
    return {name: value for name, value in said.items() if value}


def _step(step: RecordedStep) -> Json:
    seen = step.observation
    reason = step.reason
    return {
        "outcome": step.outcome.value if step.outcome else "not judged",
        "saw": _kept(seen_text(seen)),
        "reads": [name for name, _ in seen.headers] if isinstance(seen, Fulfilled) else [],
        **({"unended": True} if isinstance(seen, Fulfilled) and not seen.body_ended else {}),
        **({"late": True} if isinstance(seen, TimedOut) else {}),
        "reason": reason.code.value if reason else "",
        "detail": reason.detail if reason else "",
        "words": _kept(reason.console) if reason else "",
    }


def _mismatch(mismatch: Mismatch) -> Json:
    return {
        "field": field_name(mismatch),
        "expected": _kept(expected_text(mismatch)),
        "found": _kept(found_text(mismatch)),
        "spec": mismatch.spec,
    }


def _exchange(record: RecordedCell, index: int, decided: Sequence[DecidingField]) -> Json:
    exchange = record.exchanges[index]
    fields = [[each.name, int(each.in_request), int(each.is_there)] for each in decided]
    return {
        "kind": exchange.kind.value,
        "role": exchange.role,
        "step": exchange.step,
        "method": exchange.method,
        "url": _kept(exchange.origin + exchange.target),
        "request": _pairs(exchange.request_headers),
        "status": exchange.status,
        "response": _pairs(exchange.response_headers),
        **_bodies(exchange),
        **({"decided": fields} if fields else {}),
        **_trouble(record, exchange),
    }


def _bodies(exchange: Exchange) -> Json:
    bodies: Json = {}
    for name, body, size in (
        ("sent", exchange.request_body, exchange.request_bytes),
        ("body", exchange.body, exchange.body_bytes),
    ):
        if size or body:
            bodies[name] = [body[:KEPT_OF_BODY].decode("latin-1"), size, *_rest(body, size)]
    return bodies


def _rest(body: bytes, size: int) -> Iterator[str]:
    """What there is of it elsewhere; a journal may have its start only, too."""
    if len(body) > KEPT_OF_BODY:
        kept = "all of them" if len(body) >= size else f"the first {len(body):,}"
        yield f"The first {KEPT_OF_BODY:,} of {size:,} bytes. The journal has {kept}."


def _trouble(record: RecordedCell, exchange: Exchange) -> Mapping[str, str]:
    if exchange.status is not None:
        if exchange.broke_off:
            return {"trouble": f"the server broke off in its {exchange.broke_off}"}
        return {} if exchange.complete else {"trouble": "did not arrive whole"}
    late = any(isinstance(step.observation, TimedOut) for step in record.steps)
    return {"trouble": missing_response(exchange, LATE if late else NOTHING)}


def _pairs(headers: HeaderList) -> list[list[str]]:
    return [[name.decode("latin-1"), _kept(text.decode("latin-1"))] for name, text in headers]


def _kept(text: str) -> str:
    more = len(text) - KEPT
    return text if more <= 0 else f"{text[:KEPT]} ({more} more characters are in the journal)"


def _accepted_detail(facts: Facts) -> Json:
    return {
        "accepted": True,
        "steps": [_accepted_step(step) for step in facts],
        "exchanges": [
            _accepted_exchange(exchange, number)
            for number, step in enumerate(facts)
            for exchange in step.wire
        ],
        "mismatches": [],
        "rerun": "",
    }


def _accepted_step(step: StepFacts) -> Json:
    return {
        "outcome": step.outcome.value,
        "saw": "" if step.status is None else f"status {step.status}",
        "reads": list(step.readable),
        "reason": step.reason.value if step.reason else "",
        "detail": "",
        "words": "",
    }


def _accepted_exchange(exchange: ExchangeFacts, step: int) -> Json:
    return {
        "kind": exchange.kind.value,
        "role": exchange.role,
        "step": step,
        "method": exchange.method,
        "url": exchange.target,
        "request": [list(pair) for pair in exchange.request_headers],
        "status": exchange.status,
        "response": [list(pair) for pair in exchange.response_headers],
        **({"trouble": NOTHING} if exchange.status is None else {}),
    }
