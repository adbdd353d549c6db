"""The recorded form of a run: CellRecord and RunStarted as JSON values; record_reading reads them.

Bytes become latin-1 text, one character a byte, so nothing is lost or guessed. An absent value is
`null`, an empty one `""` or `[]`: the two stay different. Keys that are not always there are named
in harness/README.md, each with what it takes.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cors_harness import __version__
from cors_harness.model.advice import Advice
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import EngineVersion, RunStarted, ServerVersion
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import (
    Crashed,
    Fulfilled,
    Observation,
    Rejected,
    TimedOut,
)
from cors_harness.model.shard import PlanPart
from cors_harness.model.verdict import (
    Caveat,
    Mismatch,
    MismatchValue,
    Reason,
    StepResult,
    Verdict,
)
from cors_harness.store.part_codec import part_to_json
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.secrets import redacted
from cors_harness.terms.token import UNIQUE

SCHEMA = 2  # goes up when a reader of the old form would misread the new one

Json = dict[str, Any]  # an object, as `json` reads and writes it


def header_to_json(argv: Sequence[str], started: RunStarted, part: PlanPart | None = None) -> Json:
    """What ran on what: versions, builds and drivers of everything that took part.

    `part`: of which plan, and how much of it; None: nobody knows.
    """
    return {
        "schema": SCHEMA,
        "harness": __version__,
        "argv": [redacted(word) for word in argv],
        "os": started.os,
        "engines": [_engine(engine) for engine in started.engines],
        "servers": [
            {"name": server.name, "versions": dict(server.versions), **_frameworks(server)}
            for server in started.servers
        ],
        **({"advertised": asdict(started.advertised)} if started.advertised else {}),
        **({} if part is None else part_to_json(part)),
    }


def _engine(engine: EngineVersion) -> Json:
    facts = asdict(engine)
    if engine.sessions == 1:
        del facts["sessions"]
    return facts


def _frameworks(server: ServerVersion) -> Json:
    return {} if server.frameworks is None else {"frameworks": list(server.frameworks)}


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
        **({UNIQUE: record.unique} if record.unique else {}),
        **_step_values(record),
        "exchanges": [_exchange(exchange) for exchange in record.exchanges],
        **last,
        **({"steps": steps} if len(record.cell.scenario.steps) > 1 else {}),
        "verdict": _verdict(verdict),
        "advice": advice_to_json(record.advice),
        **({"isolated": record.isolated} if record.isolated else {}),
        **({"app_output": list(record.app_output)} if record.app_output else {}),
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


def _step_values(record: CellRecord) -> Json:
    if not record.step_paths:
        return {}
    paths = {str(step): path for step, path in record.step_paths}
    return {"step_values": dict(record.step_values), "step_paths": paths}


def _step(record: CellRecord, number: int) -> Json:
    results = record.verdict.steps
    result = results[number] if number < len(results) else None
    return {
        "observation": _observation(record.observations[number], result),
        "reason": None if result is None or result.reason is None else _reason(result.reason),
    }


def _observation(observation: Observation, result: StepResult | None) -> Json:
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
    return blank | _observed(observation)


def _observed(observation: Observation) -> Json:
    match observation:
        case Fulfilled():
            return {
                "response_type": observation.response_type,
                "status": observation.status,
                "url": observation.url,
                "redirected": observation.redirected,
                **({"status_text": observation.status_text} if observation.status_text else {}),
                "readable_headers": _pairs(observation.headers),
                "body_readable": observation.body is not None,
                "body": observation.body,
                **({} if observation.body_ended else {"body_ended": False}),
                "body_error": observation.body_error,
                "duration_ms": observation.duration_ms,
            }
        case Rejected():
            return {
                "error_name": observation.error_name,
                "error_message": observation.error_message,
                "duration_ms": observation.duration_ms,
            }
        case TimedOut():
            return {
                "error_message": observation.detail,
                "duration_ms": observation.after_ms,
                **({"by_deadline": True} if observation.by_deadline else {}),
            }
        case Crashed():
            return {"error_message": observation.detail}


def _reason(reason: Reason) -> Json:
    return {"code": reason.code.value, "detail": reason.detail, "console": reason.console}


def _verdict(verdict: Verdict) -> Json:
    caveats = [caveat_to_json(caveat) for caveat in verdict.caveats]
    held_back = [asdict(cookie) for cookie in verdict.held_back]
    return {
        "status": verdict.status.value,
        "mismatches": [_mismatch(mismatch) for mismatch in verdict.mismatches],
        "known": verdict.known,
        "note": verdict.note,
        **({"caveats": caveats} if caveats else {}),
        **({"held_back": held_back} if held_back else {}),
        **({"no_result": True} if verdict.no_result else {}),
    }


def caveat_to_json(caveat: Caveat) -> Json:
    """The caveat; `open` is there only where it holds."""
    return {
        "step": caveat.step,
        "outcome": caveat.outcome.value,
        "kind": caveat.kind.value,
        "status": caveat.status,
        **({"open": True} if caveat.is_open else {}),
    }


def _mismatch(mismatch: Mismatch) -> Json:
    return {
        "step": mismatch.step,
        "aspect": mismatch.aspect.value,
        **({} if mismatch.exchange is None else {"exchange": mismatch.exchange}),
        **({} if mismatch.part is None else {"part": mismatch.part.value}),
        "header": mismatch.header,
        "expected": _listed(mismatch.expected),
        "found": _listed(mismatch.found),
        "unseen": None if mismatch.unseen is None else mismatch.unseen.value,
        "spec": mismatch.spec,
    }


def _listed(value: MismatchValue) -> MismatchValue | list[str]:
    return list(value) if isinstance(value, tuple) else value


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
        **({"broke_off": exchange.broke_off.value} if exchange.broke_off else {}),
        "t_ms": exchange.t_ms,
        **({} if exchange.end_ms is None else {"end_ms": exchange.end_ms}),
        "protocol": exchange.protocol,
        "step": exchange.step,
    }


def _texts(headers: HeaderList) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def _pairs(headers: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [list(pair) for pair in headers]


def advice_to_json(advice: Advice | None) -> Json | None:
    """An advice as records have it; `keep` is absent where there is nothing to mind."""
    if advice is None:
        return None
    return {name: value for name, value in asdict(advice).items() if name != "keep" or value}
