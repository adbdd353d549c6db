"""Records of cells that were blocked, as a run would give them, from just what advice looks at."""

from collections.abc import Sequence

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled, Observation, Rejected
from cors_harness.model.scenario import Call, Expectation, Outcome, Scenario, Step
from cors_harness.model.verdict import (
    Aspect,
    Mismatch,
    MismatchValue,
    Reason,
    Status,
    StepResult,
    Unseen,
    Verdict,
)
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.source_span import SourceSpan

SPEC = "https://fetch.spec.whatwg.org/#http-cors-protocol"
PAGE = "https://app.example.com"
SERVER = "https://api.example.org"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
Headers = tuple[tuple[str, str], ...]

FASTAPI = ("fastapi", "starlette", "uvicorn")
STARLETTE = ("starlette", "uvicorn")
FLASK = ("flask", "werkzeug", "waitress")
FLASK_CORS = ("flask-cors", *FLASK)
DJANGO = ("django-cors-headers", "django", "waitress")
NGINX = ("nginx",)

LITESTAR = ("litestar", "uvicorn")
QUART = ("quart", "quart-cors", "flask", "werkzeug", "uvicorn")
SANIC = ("sanic", "sanic-ext", "uvicorn")
FALCON = ("falcon", "waitress")
AIOHTTP = ("aiohttp",)
AIOHTTP_CORS = ("aiohttp", "aiohttp-cors")
TORNADO = ("tornado",)
BOTTLE = ("bottle", "waitress")
PYRAMID = ("pyramid", "waitress")
CONNEXION = ("connexion", "flask", "starlette", "uvicorn")
BLACKSHEEP = ("blacksheep", "uvicorn")

US: Headers = ((ALLOW_ORIGIN, PAGE),)
PUT = Call(method="PUT", headers=(("Content-Type", "application/json"),))


def mismatch(
    aspect: Aspect,
    expected: MismatchValue,
    found: MismatchValue,
    *,
    header: str | None = None,
    step: int | None = None,
    unseen: Unseen | None = None,
) -> Mismatch:
    return Mismatch(
        step=step,
        aspect=aspect,
        header=header,
        expected=expected,
        found=found,
        unseen=unseen,
        spec=SPEC,
    )


NOT_ALLOWED = mismatch(Aspect.OUTCOME, "allowed", "blocked")


def request(status: int | None = 200, headers: Headers = (), **more: object) -> Exchange:
    return _exchange(ExchangeKind.REQUEST, status, headers, (("Origin", PAGE),), **more)


def text(body: str, kind: str = "text/plain; charset=utf-8") -> Headers:
    """The head of a response with this body, which never comes to the advice."""
    return (("Content-Type", kind), ("Content-Length", str(len(body))))


def preflight(
    status: int | None = 200, headers: Headers = (), method: str = "PUT", **more: object
) -> Exchange:
    asks = (
        ("Origin", PAGE),
        ("Access-Control-Request-Method", method),
        ("Access-Control-Request-Headers", "content-type"),
    )
    return _exchange(ExchangeKind.PREFLIGHT, status, headers, asks, **more)


def _exchange(
    kind: ExchangeKind, status: int | None, headers: Headers, asks: Headers, **more: object
) -> Exchange:
    facts: dict[str, object] = {
        "role": "server",
        "origin": SERVER,
        "method": "OPTIONS" if kind is ExchangeKind.PREFLIGHT else "GET",
        "target": "/api/data?cell=p.1",
        "request_headers": _bytes(asks),
        "response_headers": _bytes(headers),
    }
    return Exchange(kind=kind, status=status, **(facts | more))  # type: ignore[arg-type]


def _bytes(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)


def sent(origin: str) -> tuple[tuple[bytes, bytes], ...]:
    """Request headers of a request from this origin."""
    return _bytes((("Origin", origin),))


def blocked(
    code: ReasonCode,
    *exchanges: Exchange,
    call: Call = Call(),  # noqa: B008 - it is frozen
    page: str = PAGE,
    mismatches: Sequence[Mismatch] = (NOT_ALLOWED,),
) -> CellRecord:
    """A cell of one step that was blocked for this reason; it was meant to be allowed."""
    is_failure = code in {ReasonCode.CERTIFICATE, ReasonCode.NETWORK}
    outcome = Outcome.FAILED if is_failure else Outcome.BLOCKED
    result = StepResult(outcome=outcome, reason=Reason(code=code, console="as engines say"))
    seen = Rejected(error_name="TypeError", error_message="Failed to fetch")
    return record(exchanges, (seen,), (result,), call=call, page=page, mismatches=mismatches)


def unreadable(*exchanges: Exchange, name: str = "X-Total-Count") -> CellRecord:
    """A cell that was allowed, of which page code does not read a header that it was meant to."""
    seen = Fulfilled(response_type="cors", status=200, url=SERVER, redirected=False)
    result = StepResult(outcome=Outcome.ALLOWED)
    missed = (mismatch(Aspect.READABLE, "3", None, header=name),)
    return record(exchanges, (seen,), (result,), mismatches=missed)


def record(
    exchanges: Sequence[Exchange],
    observations: tuple[Observation, ...],
    results: tuple[StepResult, ...],
    *,
    call: Call = Call(),  # noqa: B008 - it is frozen
    page: str = PAGE,
    mismatches: Sequence[Mismatch] = (),
) -> CellRecord:
    step = Step(call=call, expect=Expectation(outcome=(Outcome.ALLOWED,)))
    scenario = Scenario(
        id="orders",
        title="The page gets its answer",
        spec=SPEC,
        source=SourceSpan(file="orders.yaml", line=1),
        steps=(step,) * len(results),
    )
    return CellRecord(
        cell=Cell(scenario=scenario, server="app", engine="chromium"),
        page=page,
        exchanges=tuple(exchanges),
        observations=observations,
        verdict=Verdict(
            status=Status.UNEXPECTED if mismatches else Status.AS_EXPECTED,
            steps=results,
            mismatches=tuple(mismatches),
        ),
    )
