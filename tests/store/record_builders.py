"""A cell and a run's start with nothing in them but what recording needs."""

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import EngineVersion, RunStarted, ServerVersion
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Observation
from cors_harness.model.scenario import Call, Expectation, Outcome, Scenario, Step
from cors_harness.model.verdict import Status, StepResult, Verdict
from cors_harness.terms.source_span import SourceSpan

STARTED = RunStarted(
    engines=(
        EngineVersion(
            name="webkit",
            version="2.50.6",
            build="system MiniBrowser",
            driver="minibrowser (no automation)",
            label="WebKitGTK 2.50.6, not Safari",
        ),
    ),
    servers=(ServerVersion(name="flask-cors", versions=(("flask", "3.1.3"),)),),
    os="Linux",
    cells=1,
)

EXCHANGE = Exchange(
    kind=ExchangeKind.REQUEST,
    role="other",
    origin="http://127.0.0.1:5001",
    method="POST",
    target="/landing?cell=3.1",
    request_headers=((b"X-A", b"1"), (b"x-a", b"")),
    request_bytes=2,
    request_body=b"\xff\x00",
    status=None,
    complete=False,
    t_ms=12.5,
    protocol="h2",
    step=1,
)


def cell(steps: int = 1) -> Cell:
    step = Step(call=Call(), expect=Expectation(outcome=(Outcome.ALLOWED,)))
    scenario = Scenario(
        id="put-json",
        title="PUT",
        spec="https://fetch.spec.whatwg.org/#cors-preflight-fetch",
        source=SourceSpan(file="scenarios/put.yaml", line=7, column=3),
        steps=(step,) * steps,
    )
    return Cell(scenario=scenario, server="flask-cors", engine="webkit")


def record(
    *observations: Observation,
    results: tuple[StepResult, ...] = (),
    exchanges: tuple[Exchange, ...] = (),
    verdict: Verdict | None = None,
) -> CellRecord:
    return CellRecord(
        cell=cell(max(1, len(observations))),
        exchanges=exchanges,
        observations=observations,
        verdict=verdict or Verdict(status=Status.AS_EXPECTED, steps=results),
    )
