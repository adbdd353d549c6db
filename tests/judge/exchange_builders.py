"""Evidence of one step: exchanges as the recorder gives them, and lines of an engine's console."""

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import StepMessages


def request(status: int | None = 200, *headers: tuple[bytes, bytes]) -> Exchange:
    return exchange(ExchangeKind.REQUEST, status, headers)


def preflight(status: int | None = 204, *headers: tuple[bytes, bytes]) -> Exchange:
    return exchange(ExchangeKind.PREFLIGHT, status, headers)


def exchange(
    kind: ExchangeKind, status: int | None, headers: tuple[tuple[bytes, bytes], ...]
) -> Exchange:
    asked = kind is ExchangeKind.PREFLIGHT
    return Exchange(
        kind=kind,
        role="server",
        origin="http://127.0.0.1:8001",
        method="OPTIONS" if asked else "GET",
        target="/api/data?cell=p.1",
        request_headers=((b"Access-Control-Request-Method", b"PUT"),) if asked else (),
        status=status,
        response_headers=headers,
    )


def console(*lines: str) -> StepMessages:
    return StepMessages(console=lines)
