"""The recorded form of a run: CellRecord and RunStarted as JSON values, and RecordedCell of them.

Bytes become latin-1 text, one character a byte, so nothing is lost or guessed. An absent value is
`null`, an empty one `""` or `[]`: the two stay different. Keys that are not always there are named
in harness/README.md, each with what it takes.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cors_harness import __version__
from cors_harness.model.advice import Advice, FixTarget, Mistake
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord, RecordedCell, RecordedStep
from cors_harness.model.events import EngineVersion, RunStarted, ServerVersion
from cors_harness.model.exchange import Exchange, ResponsePart
from cors_harness.model.observation import (
    Crashed,
    Fulfilled,
    Observation,
    Rejected,
    TimedOut,
)
from cors_harness.model.scenario import Outcome
from cors_harness.model.shard import PlanPart
from cors_harness.model.verdict import (
    Aspect,
    Caveat,
    ExchangePart,
    HeldBackCookie,
    Mismatch,
    MismatchValue,
    Reason,
    Status,
    StepResult,
    Unseen,
    Verdict,
)
from cors_harness.store.part_codec import part_to_json
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.reasons import ReasonCode
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


def _read_caveat(value: Json) -> Caveat:
    return Caveat(
        step=value["step"],
        outcome=Outcome(value["outcome"]),
        kind=ExchangeKind(value["kind"]),
        status=value["status"],
        is_open=value.get("open", False),
    )


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


def mismatch_from_json(value: Json) -> Mismatch:
    """The mismatch that `record_to_json` wrote."""
    return Mismatch(
        step=value["step"],
        aspect=Aspect(value["aspect"]),
        exchange=value.get("exchange"),
        part=ExchangePart(value["part"]) if "part" in value else None,
        header=value["header"],
        expected=_tupled(value["expected"]),
        found=_tupled(value["found"]),
        unseen=None if value["unseen"] is None else Unseen(value["unseen"]),
        spec=value["spec"],
    )


def _tupled(value: Any) -> MismatchValue:
    return tuple(value) if isinstance(value, list) else value


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


def record_from_json(value: Json) -> RecordedCell:
    """The cell that `record_to_json` wrote; raises KeyError or ValueError for anything else."""
    verdict, advice = value["verdict"], value["advice"]
    file, _, line = value["source"].rpartition(":")
    steps = value.get("steps", [value])
    return RecordedCell(
        **{
            name: value[name]
            for name in ("cell", "scenario", "server", "engine", "title", "spec", "page")
        },
        file=file,
        line=int(line),
        placeholders=tuple(value["placeholders"].items()),
        exchanges=tuple(map(_read_exchange, value["exchanges"])),
        steps=tuple(_read_step(step) for step in steps if step["observation"] is not None),
        status=Status(verdict["status"]),
        mismatches=tuple(map(mismatch_from_json, verdict["mismatches"])),
        known=verdict["known"],
        note=verdict["note"],
        no_result=verdict.get("no_result", False),
        unique=value.get(UNIQUE, ""),
        step_values=tuple(value.get("step_values", {}).items()),
        step_paths=tuple((int(step), path) for step, path in value.get("step_paths", {}).items()),
        advice=None if advice is None else _read_advice(advice),
        caveats=tuple(map(_read_caveat, verdict.get("caveats", ()))),
        held_back=tuple(HeldBackCookie(**cookie) for cookie in verdict.get("held_back", ())),
        isolated=value.get("isolated", ""),
        app_output=tuple(value.get("app_output", ())),
    )


def _read_step(value: Json) -> RecordedStep:
    observation, reason = value["observation"], value["reason"]
    outcome = observation["outcome"]
    return RecordedStep(
        observation=_read_observation(observation),
        outcome=None if outcome is None else Outcome(outcome),
        reason=None if reason is None else Reason(**{**reason, "code": ReasonCode(reason["code"])}),
    )


def _read_observation(value: Json) -> Observation:
    duration_ms, message = value["duration_ms"], value["error_message"]
    if value["response_type"] is not None:
        return Fulfilled(
            response_type=value["response_type"],
            status=value["status"],
            url=value["url"],
            redirected=value["redirected"],
            status_text=value.get("status_text", ""),
            headers=tuple((name, text) for name, text in value["readable_headers"]),
            body=value["body"],
            body_ended=value.get("body_ended", True),
            body_error=value["body_error"],
            duration_ms=duration_ms,
        )
    if value["error_name"] is not None:
        return Rejected(
            error_name=value["error_name"], error_message=message, duration_ms=duration_ms
        )
    if duration_ms is not None:
        by_deadline = value.get("by_deadline", False)
        return TimedOut(after_ms=duration_ms, detail=message, by_deadline=by_deadline)
    return Crashed(detail=message)


def _read_exchange(value: Json) -> Exchange:
    return Exchange(
        **{
            **value,
            "kind": ExchangeKind(value["kind"]),
            "broke_off": ResponsePart(value["broke_off"]) if "broke_off" in value else None,
            "request_headers": _read_headers(value["request_headers"]),
            "request_body": value["request_body"].encode("latin-1"),
            "response_headers": _read_headers(value["response_headers"]),
            "body": value["body"].encode("latin-1"),
        }
    )


def _read_headers(pairs: Sequence[Sequence[str]]) -> HeaderList:
    return tuple((name.encode("latin-1"), text.encode("latin-1")) for name, text in pairs)


def advice_to_json(advice: Advice | None) -> Json | None:
    """An advice as records have it; `keep` is absent where there is nothing to mind."""
    if advice is None:
        return None
    return {name: value for name, value in asdict(advice).items() if name != "keep" or value}


def _read_advice(value: Json) -> Advice:
    return Advice(
        **{
            **value,
            "mistake": Mistake(value["mistake"]),
            "where": FixTarget(value["where"]),
            "lines": tuple(value["lines"]),
        }
    )
