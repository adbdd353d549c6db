"""RecordedCell of a line of a journal, as `store.codec` writes it; or all that is wrong with it."""

from typing import Any

from cors_harness.model.advice import Advice
from cors_harness.model.cell import RecordedCell, RecordedStep
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.verdict import Caveat, HeldBackCookie, Mismatch, Reason
from cors_harness.store.line_shapes import (
    AdviceShape,
    CaveatShape,
    CellShape,
    CookieShape,
    ExchangeShape,
    HeaderShape,
    MismatchShape,
    NameShape,
    ObservationShape,
    StepShape,
    TextPairsShape,
)
from cors_harness.terms.headers import HeaderList
from cors_harness.text.json_values import MIB, JsonError, JsonFlaw, JsonLimits
from cors_harness.text.problems import shown
from cors_harness.text.typed_json import JsonDecoder

# A cell has some thousand characters of each body, and heads of at most 256 KiB.
LINE_LIMITS = JsonLimits(most_bytes=64 * MIB, deepest=20)
_CELL = JsonDecoder(CellShape, LINE_LIMITS)
_NAME = JsonDecoder(NameShape, LINE_LIMITS)
_HEADER = JsonDecoder(HeaderShape, LINE_LIMITS)
_MISMATCH = JsonDecoder(MismatchShape, LINE_LIMITS)


def record_from_line(line: bytes | str) -> RecordedCell:
    """The cell of a line; raises JsonError where it is none."""
    return _record(_CELL.decode(line))


def record_from_json(value: dict[str, Any]) -> RecordedCell:
    """The cell that `record_to_json` wrote; raises JsonError where it is none."""
    return _record(_CELL.convert(value))


def mismatch_from_json(value: dict[str, Any]) -> Mismatch:
    """The mismatch that a record has; raises JsonError where it is none."""
    return _mismatch(_MISMATCH.convert(value))


def name_in_line(line: bytes) -> str:
    """The name of the cell of a line; raises JsonError where it has none."""
    return _NAME.decode(line).cell


def check_header(header: dict[str, Any]) -> None:
    """Raises JsonError where a header is not as `header_to_json` writes it."""
    _HEADER.convert(header)


def _record(shape: CellShape) -> RecordedCell:
    verdict = shape.verdict
    file, _, line = shape.source.rpartition(":")
    own = StepShape(observation=shape.observation, reason=shape.reason)
    steps = (own,) if not isinstance(shape.steps, tuple) else shape.steps
    return RecordedCell(
        cell=shape.cell,
        scenario=shape.scenario,
        server=shape.server,
        engine=shape.engine,
        title=shape.title,
        spec=shape.spec,
        file=file,
        line=int(line),
        page=shape.page,
        placeholders=tuple(shape.placeholders.items()),
        exchanges=tuple(_exchange(each, n) for n, each in enumerate(shape.exchanges)),
        steps=tuple(
            _step(each, each.observation, f"steps[{number}]")
            for number, each in enumerate(steps)
            if each.observation is not None
        ),
        status=verdict.status,
        mismatches=tuple(map(_mismatch, verdict.mismatches)),
        known=verdict.known,
        note=verdict.note,
        no_result=verdict.no_result,
        unique=shape.unique,
        step_values=tuple(shape.step_values.items()),
        step_paths=tuple((int(key), path) for key, path in shape.step_paths.items()),
        advice=None if shape.advice is None else _advice(shape.advice),
        caveats=tuple(map(_caveat, verdict.caveats)),
        held_back=tuple(map(_cookie, verdict.held_back)),
        isolated=shape.isolated,
        app_output=shape.app_output,
    )


def _exchange(shape: ExchangeShape, number: int) -> Exchange:
    try:
        return Exchange(
            kind=shape.kind,
            role=shape.role,
            origin=shape.origin,
            method=shape.method,
            target=shape.target,
            request_headers=_headers(shape.request_headers),
            request_bytes=shape.request_bytes,
            request_body=shape.request_body.encode("latin-1"),
            status=shape.status,
            response_headers=_headers(shape.response_headers),
            body_bytes=shape.body_bytes,
            body=shape.body.encode("latin-1"),
            complete=shape.complete,
            broke_off=shape.broke_off,
            t_ms=shape.t_ms,
            end_ms=shape.end_ms,
            protocol=shape.protocol,
            step=shape.step,
        )
    except UnicodeEncodeError as error:
        found = shown(error.object[error.start : error.start + 1])
        expected = "characters up to U+00FF, one for each byte"
        raise _error(f"exchanges[{number}]", f"{found} in its bytes", expected) from None


def _headers(pairs: TextPairsShape) -> HeaderList:
    return tuple([(name.encode("latin-1"), text.encode("latin-1")) for name, text in pairs])


def _step(shape: StepShape, seen: ObservationShape, path: str) -> RecordedStep:
    reason = shape.reason
    return RecordedStep(
        observation=_observation(seen, path),
        outcome=seen.outcome,
        reason=None
        if reason is None
        else Reason(code=reason.code, detail=reason.detail, console=reason.console),
    )


def _observation(shape: ObservationShape, path: str) -> Observation:
    message, duration_ms = shape.error_message, shape.duration_ms
    if shape.response_type is not None:
        return _fulfilled(shape, shape.response_type, path)
    if message is None:
        raise _error(f"{path}.observation.error_message", "null", "text where there is no response")
    if shape.error_name is not None:
        return Rejected(
            error_name=shape.error_name,
            error_message=message,
            duration_ms=0.0 if duration_ms is None else duration_ms,
        )
    if duration_ms is not None:
        return TimedOut(after_ms=duration_ms, detail=message, by_deadline=shape.by_deadline)
    return Crashed(detail=message)


def _fulfilled(shape: ObservationShape, response_type: str, path: str) -> Fulfilled:
    for key in ("status", "url", "redirected", "duration_ms"):
        if getattr(shape, key) is None:
            raise _error(f"{path}.observation.{key}", "null", "a value, as there is a response")
    return Fulfilled(
        response_type=response_type,
        status=shape.status or 0,
        url=shape.url or "",
        redirected=bool(shape.redirected),
        status_text=shape.status_text,
        headers=shape.readable_headers,
        body=shape.body,
        body_ended=shape.body_ended,
        body_error=shape.body_error,
        duration_ms=shape.duration_ms or 0,
    )


def _mismatch(shape: MismatchShape) -> Mismatch:
    return Mismatch(
        step=shape.step,
        aspect=shape.aspect,
        exchange=shape.exchange,
        part=shape.part,
        header=shape.header,
        expected=shape.expected,
        found=shape.found,
        unseen=shape.unseen,
        spec=shape.spec,
    )


def _advice(shape: AdviceShape) -> Advice:
    return Advice(
        mistake=shape.mistake,
        wrong=shape.wrong,
        where=shape.where,
        place=shape.place,
        lines=shape.lines,
        link=shape.link,
        link_is=shape.link_is,
        keep=shape.keep,
    )


def _caveat(shape: CaveatShape) -> Caveat:
    return Caveat(
        step=shape.step,
        outcome=shape.outcome,
        kind=shape.kind,
        status=shape.status,
        is_open=shape.open,
    )


def _cookie(shape: CookieShape) -> HeldBackCookie:
    return HeldBackCookie(step=shape.step, name=shape.name, why=shape.why)


def _error(path: str, found: str, expected: str) -> JsonError:
    return JsonError([JsonFlaw(path=path, found=found, expected=expected)])
