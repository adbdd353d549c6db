"""Records of cells as a run would give them, for tests that need one with just this or that."""

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import CellFinished, EngineVersion, RunStarted, ServerVersion
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled, Observation, Rejected
from cors_harness.model.scenario import Call, Expectation, Outcome, Scenario, Step
from cors_harness.model.verdict import Aspect, Mismatch, Reason, Status, StepResult, Verdict
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.source_span import SourceSpan

SPEC = "https://fetch.spec.whatwg.org/#cors-preflight-fetch"
PAGE = b"http://127.0.0.1:5000"
SERVER = "http://127.0.0.1:5001"
METHODS_SPEC = "https://fetch.spec.whatwg.org/#http-access-control-allow-methods"

PREFLIGHT = Exchange(
    kind=ExchangeKind.PREFLIGHT,
    role="server",
    origin=SERVER,
    method="OPTIONS",
    target="/api/data?cell=p.7",
    request_headers=(
        (b"Host", b"127.0.0.1:5001"),
        (b"Origin", PAGE),
        (b"Access-Control-Request-Method", b"PUT"),
        (b"Access-Control-Request-Headers", b"content-type"),
    ),
    status=200,
    response_headers=(
        (b"Access-Control-Allow-Origin", PAGE),
        (b"Access-Control-Allow-Methods", b"GET"),
        (b"Content-Length", b"0"),
    ),
)
REQUEST = Exchange(
    kind=ExchangeKind.REQUEST,
    role="server",
    origin=SERVER,
    method="PUT",
    target="/api/data?cell=p.7",
    request_headers=(
        (b"Host", b"127.0.0.1:5001"),
        (b"Referer", PAGE),
        (b"Origin", PAGE),
        (b"Content-Type", b"application/json"),
    ),
    request_bytes=8,
    request_body=b'{"n": 1}',
    status=200,
    response_headers=((b"access-control-allow-origin", PAGE), (b"X-Odd", b"\x1b[2J\xe9")),
    body_bytes=17,
    body=b'{"method": "PUT"}',
)
REJECTED = Rejected(error_name="TypeError", error_message="Load failed", duration_ms=3.5)
FULFILLED = Fulfilled(
    response_type="cors",
    status=200,
    url=f"{SERVER}/api/data?cell=p.7",
    redirected=False,
    headers=(("content-type", "application/json"),),
    body='{"method": "PUT"}',
    duration_ms=4.0,
)
SAID = "Method PUT is not allowed by Access-Control-Allow-Methods."
BLOCKED = StepResult(
    outcome=Outcome.BLOCKED,
    reason=Reason(code=ReasonCode.METHOD_NOT_ALLOWED, detail="PUT", console=SAID),
)
ALLOWED = StepResult(outcome=Outcome.ALLOWED)
MISMATCH = Mismatch(aspect=Aspect.OUTCOME, expected="allowed", found="blocked", spec=METHODS_SPEC)

AS_EXPECTED = Verdict(status=Status.AS_EXPECTED, steps=(ALLOWED,))
UNEXPECTED = Verdict(status=Status.UNEXPECTED, mismatches=(MISMATCH,), steps=(BLOCKED,))


def cell(
    name: str = "put-json-allowed",
    server: str = "flask-cors",
    engine: str = "webkit",
    *,
    file: str = "scenarios/preflight.yaml",
    line: int = 4,
    steps: int = 1,
) -> Cell:
    step = Step(call=Call(), expect=Expectation(outcome=(Outcome.ALLOWED,)))
    scenario = Scenario(
        id=name,
        title="PUT with JSON is allowed after a preflight",
        spec=SPEC,
        source=SourceSpan(file=file, line=line),
        steps=(step,) * steps,
    )
    return Cell(scenario=scenario, server=server, engine=engine)


def record(
    of: Cell | None = None,
    verdict: Verdict = AS_EXPECTED,
    *,
    exchanges: tuple[Exchange, ...] = (PREFLIGHT, REQUEST),
    observations: tuple[Observation, ...] = (FULFILLED,),
) -> CellRecord:
    return CellRecord(
        cell=of or cell(), exchanges=exchanges, observations=observations, verdict=verdict
    )


def blocked(of: Cell | None = None) -> CellRecord:
    return record(of, UNEXPECTED, exchanges=(PREFLIGHT,), observations=(REJECTED,))


def skipped(of: Cell | None = None, why: str = "flask-bare cannot express max_age") -> CellRecord:
    verdict = Verdict(status=Status.SKIPPED, note=why)
    return record(of, verdict, exchanges=(), observations=())


def finished(what: CellRecord) -> CellFinished:
    return CellFinished(record=what)


def started(cells: int = 3) -> RunStarted:
    return RunStarted(
        engines=(
            EngineVersion(
                name="chromium",
                version="156.0.8078.79",
                build="system /usr/bin/chromium",
                driver="playwright",
                label="Chromium 156.0.8078.79",
            ),
            EngineVersion(
                name="webkit",
                version="2.50.6",
                build="system MiniBrowser",
                driver="minibrowser (no automation)",
                label="WebKitGTK 2.50.6, not Safari",
            ),
        ),
        servers=(
            ServerVersion(name="flask-cors", versions=(("flask", "3.1.3"),)),
            ServerVersion(name="flask-bare", versions=(("flask", "3.1.3"),)),
        ),
        os="Linux 6.1 x86_64",
        cells=cells,
    )
