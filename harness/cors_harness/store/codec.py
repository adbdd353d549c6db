"""The recorded form of a run: CellRecord and RunStarted as JSON values.

Bytes become latin-1 text, one character a byte, so nothing is lost or guessed. An absent value is
`null`, an empty one `""` or `[]`: the two stay different. Every key is always there.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cors_harness import __version__
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import RunStarted
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import (
    Crashed,
    Fulfilled,
    Observation,
    Rejected,
    TimedOut,
)
from cors_harness.model.verdict import (
    Aspect,
    Mismatch,
    MismatchValue,
    Reason,
    StepResult,
    Unseen,
    Verdict,
)
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.secrets import redacted

SCHEMA = 2  # goes up when a reader of the old form would misread the new one

Json = dict[str, Any]


def header_to_json(argv: Sequence[str], started: RunStarted) -> Json:
    """What ran on what: versions, builds and drivers of everything that took part."""
    return {
        "schema": SCHEMA,
        "harness": __version__,
        "argv": [redacted(word) for word in argv],
        "os": started.os,
        "engines": [asdict(engine) for engine in started.engines],
        "servers": [
            {"name": server.name, "versions": dict(server.versions)} for server in started.servers
        ],
    }


def record_to_json(record: CellRecord) -> Json:
    """Everything about one finished cell.

    `observation` and `reason` are those of the last step that ran, null when none ran; a scenario
    of several steps has all of them in `steps`.
    """
    verdict = record.verdict
    steps = [_step(record, number) for number in range(len(record.observations))]
    last = steps[-1] if steps else {"observation": None, "reason": None}
    return {
        **_names(record.cell),
        "page": record.page,
        "placeholders": dict(record.placeholders),
        "exchanges": [_exchange(exchange) for exchange in record.exchanges],
        **last,
        **({"steps": steps} if len(record.cell.scenario.steps) > 1 else {}),
        "verdict": _verdict(verdict),
        "advice": asdict(record.advice) if record.advice else None,
    }


def _names(cell: Cell) -> Json:
    scenario = cell.scenario
    return {
        "cell": cell.node_id,
        "scenario": scenario.id,
        "server": cell.server,
        "engine": cell.engine,
        "title": scenario.title,
        "spec": scenario.spec,
        "source": f"{scenario.source.file}:{scenario.source.line}",
    }


def _step(record: CellRecord, number: int) -> Json:
    results = record.verdict.steps
    result = results[number] if number < len(results) else None
    return {
        "observation": _observation(record.observations[number], result),
        "reason": None if result is None or result.reason is None else _reason(result.reason),
    }


def _observation(seen: Observation, result: StepResult | None) -> Json:
    blank: Json = {
        "outcome": None if result is None else result.outcome.value,
        "response_type": None,
        "status": None,
        "url": None,
        "redirected": None,
        "readable_headers": [],
        "body_readable": False,
        "body": None,
        "body_error": None,
        "error_name": None,
        "error_message": None,
        "duration_ms": None,
    }
    return blank | _seen(seen)


def _seen(seen: Observation) -> Json:
    match seen:
        case Fulfilled():
            return {
                "response_type": seen.response_type,
                "status": seen.status,
                "url": seen.url,
                "redirected": seen.redirected,
                "readable_headers": _pairs(seen.headers),
                "body_readable": seen.body is not None,
                "body": seen.body,
                "body_error": seen.body_error,
                "duration_ms": seen.duration_ms,
            }
        case Rejected():
            return {
                "error_name": seen.error_name,
                "error_message": seen.error_message,
                "duration_ms": seen.duration_ms,
            }
        case TimedOut():
            return {"error_message": seen.detail, "duration_ms": seen.after_ms}
        case Crashed():
            return {"error_message": seen.detail}


def _reason(reason: Reason) -> Json:
    return {"code": reason.code.value, "detail": reason.detail, "console": reason.console}


def _verdict(verdict: Verdict) -> Json:
    return {
        "status": verdict.status.value,
        "mismatches": [_mismatch(mismatch) for mismatch in verdict.mismatches],
        "known": verdict.known,
        "note": verdict.note,
    }


def _mismatch(mismatch: Mismatch) -> Json:
    return {
        "step": mismatch.step,
        "aspect": mismatch.aspect.value,
        "header": mismatch.header,
        "expected": _listed(mismatch.expected),
        "found": _listed(mismatch.found),
        "unseen": None if mismatch.unseen is None else mismatch.unseen.value,
        "spec": mismatch.spec,
    }


def _listed(value: MismatchValue) -> MismatchValue | list[str]:
    return list(value) if isinstance(value, tuple) else value


def mismatch_from_json(value: Json) -> Mismatch:
    """The mismatch that `record_to_json` wrote.

    Of journals from before mismatches had fields, both sides stay the texts that they were.
    """
    if "aspect" not in value:
        return _mismatch_of_texts(value)
    return Mismatch(
        step=value["step"],
        aspect=Aspect(value["aspect"]),
        header=value["header"],
        expected=_tupled(value["expected"]),
        found=_tupled(value["found"]),
        unseen=None if value["unseen"] is None else Unseen(value["unseen"]),
        spec=value["spec"],
    )


def _tupled(value: Any) -> MismatchValue:
    return tuple(value) if isinstance(value, list) else value


# `steps[1].readable.X-Total-Count`
_OLD_FIELD = re.compile(r"(?:steps\[(\d+)\]\.)?(\w+)(?:\.(.+))?")


def _mismatch_of_texts(value: Json) -> Mismatch:
    parts = _OLD_FIELD.fullmatch(value["field"])
    if parts is None:
        raise ValueError(f"a mismatch about {value['field']!r}")
    step, aspect, header = parts.groups()
    return Mismatch(
        step=None if step is None else int(step),
        aspect=Aspect(aspect),
        header=header,
        expected=value["expected"],
        found=value["found"],
        spec=value["spec"],
    )


def _exchange(exchange: Exchange) -> Json:
    return {
        "kind": exchange.kind.value,
        "role": exchange.role,
        "origin": exchange.origin,
        "method": exchange.method,
        "target": exchange.target,
        "request_headers": _texts(exchange.request_headers),
        "request_bytes": exchange.request_bytes,
        "request_body": exchange.request_body.decode("latin-1"),
        "status": exchange.status,
        "response_headers": _texts(exchange.response_headers),
        "body_bytes": exchange.body_bytes,
        "body": exchange.body.decode("latin-1"),
        "complete": exchange.complete,
        "t_ms": exchange.t_ms,
        "protocol": exchange.protocol,
        "step": exchange.step,
    }


def _texts(headers: HeaderList) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def _pairs(headers: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [list(pair) for pair in headers]
