"""EngineResult: what one engine made of one fetch(): facts, no verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

from cors_harness.asking.page_headers import PageHeaders
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.record import CellRecord
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Reason


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EngineResult:
    """What one engine made of it.

    Attributes:
        engine: its name.
        outcome: what it came to; `allowed` where page code reads the response.
        observation: what page code saw.
        exchanges: all that reached the server, in order.
        why: why the promise was rejected, in the engine's words and by code; None: it was not.
    """

    engine: str
    outcome: Outcome
    observation: Observation
    exchanges: tuple[Exchange, ...]
    why: Reason | None

    @property
    def allowed(self) -> bool:
        """Whether page code got the response and may read it."""
        return self.outcome is Outcome.ALLOWED

    @property
    def blocked(self) -> bool:
        """Whether the browser kept the response, or the request, back."""
        return self.outcome is Outcome.BLOCKED

    @property
    def preflighted(self) -> bool:
        """Whether the browser asked first."""
        return self.preflight is not None

    @property
    def preflight(self) -> Exchange | None:
        """The first CORS-preflight request and its answer, if there was one."""
        found = (each for each in self.exchanges if each.kind is ExchangeKind.PREFLIGHT)
        return next(found, None)

    @property
    def status(self) -> int | None:
        """The status that page code reads; 0 of an opaque response; None without one."""
        return self.observation.status if isinstance(self.observation, Fulfilled) else None

    @property
    def headers(self) -> Mapping[str, str]:
        """The response headers that page code reads, by name in any case."""
        seen = self.observation
        return PageHeaders(seen.headers if isinstance(seen, Fulfilled) else ())

    @property
    def body(self) -> str | None:
        """The first 4096 characters that page code reads; None where it reads no body."""
        return self.observation.body if isinstance(self.observation, Fulfilled) else None

    @property
    def reason(self) -> str | None:
        """The code, such as `allow-origin-missing`, of why it was rejected; None: it was not."""
        return str(self.why.code) if self.why else None

    @property
    def said(self) -> str:
        """What the engine said on its console, and of a rejection without that, its message."""
        if self.why and self.why.said:
            return self.why.said
        match self.observation:
            case Rejected(error_name=name, error_message=message):
                return f"{name}: {message}"
            case TimedOut(detail=detail) | Crashed(detail=detail):
                return detail
            case Fulfilled():
                return ""

    @property
    def summary(self) -> str:
        """What it came to, in a line: `blocked preflight-status (400)`, `allowed 200`."""
        detail = f"({self.why.detail})" if self.why and self.why.detail else ""
        status = str(self.status) if self.status else ""
        return " ".join(filter(None, (self.outcome, status, self.reason, detail)))

    def __repr__(self) -> str:
        return f"<{self.engine}: {self.summary}>"


def engine_result(record: CellRecord) -> EngineResult:
    """The record of a scenario of one step, without what was judged."""
    (step,) = record.verdict.steps
    (observation,) = record.observations
    return EngineResult(
        engine=record.cell.engine,
        outcome=step.outcome,
        observation=observation,
        exchanges=record.exchanges,
        why=step.reason,
    )
