"""Facts by hand: steps, exchanges and baselines in as few words as a table row has room for."""

from collections.abc import Mapping
from dataclasses import replace

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import Baseline, Entry, ExchangeFacts, Facts, StepFacts
from cors_harness.model.scenario import Outcome
from cors_harness.terms.reasons import ReasonCode

PAGE = "https://app.example.com"
SCENARIO, SERVER = "orders.yaml::orders", "app"
LABELS = {
    "chromium": "Chromium 156.0.8078.108",
    "firefox": "Firefox 153.7.0",
    "webkit": "WebKitGTK 2.50.6, not Safari",
}
MISSING = ReasonCode.ALLOW_ORIGIN_MISSING
ALLOWED_ORIGIN = {"access-control-allow-origin": PAGE}

Headers = Mapping[str, str | tuple[str, ...]]


def request(
    method: str = "GET",
    status: int | None = 200,
    response_headers: Headers | None = None,
    *,
    target: str = "/orders",
    role: str = "server",
    with_credentials: bool = False,
) -> ExchangeFacts:
    return ExchangeFacts(
        kind=ExchangeKind.REQUEST,
        role=role,
        method=method,
        target=target,
        with_credentials=with_credentials,
        status=status,
        response_headers=pairs(response_headers or {}),
    )


def preflight(
    status: int | None = 200,
    response_headers: Headers | None = None,
    *,
    method: str = "PUT",
    target: str = "/orders",
    role: str = "server",
    headers: str = "",
) -> ExchangeFacts:
    asks = {"access-control-request-headers": headers} if headers else {}
    return ExchangeFacts(
        kind=ExchangeKind.PREFLIGHT,
        role=role,
        method="OPTIONS",
        target=target,
        request_headers=pairs({**asks, "access-control-request-method": method}),
        status=status,
        response_headers=pairs(response_headers or {}),
    )


def pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    found = []
    for name, values in sorted(headers.items()):
        found += [(name, value) for value in ((values,) if isinstance(values, str) else values)]
    return tuple(found)


def allowed(*wire: ExchangeFacts, reads: tuple[str, ...] = (), status: int = 200) -> StepFacts:
    return StepFacts(outcome=Outcome.ALLOWED, status=status, readable=reads, wire=wire)


def opaque(*wire: ExchangeFacts) -> StepFacts:
    return StepFacts(outcome=Outcome.OPAQUE, wire=wire)


def blocked(*wire: ExchangeFacts, reason: ReasonCode = MISSING) -> StepFacts:
    return StepFacts(outcome=Outcome.BLOCKED, reason=reason, wire=wire)


def failed(*wire: ExchangeFacts) -> StepFacts:
    return StepFacts(outcome=Outcome.FAILED, reason=ReasonCode.NETWORK, wire=wire)


def entry(
    *steps: StepFacts,
    scenario: str = SCENARIO,
    server: str = SERVER,
    origin: str = PAGE,
    engines: tuple[str, ...] = ("chromium",),
) -> Entry:
    """The same facts in all of `engines`."""
    return entry_by(dict.fromkeys(engines, steps), scenario, server, origin)


def entry_by(
    facts: Mapping[str, Facts], scenario: str = SCENARIO, server: str = SERVER, origin: str = PAGE
) -> Entry:
    return Entry(
        scenario=scenario, server=server, origin=origin, engines=tuple(sorted(facts.items()))
    )


def baseline(*entries: Entry, labels: Mapping[str, str] | None = None) -> Baseline:
    """With the engines that its entries have, in the versions of `labels` where it names some."""
    names = sorted({name for each in entries for name, _ in each.engines})
    servers = sorted({each.server for each in entries})
    return Baseline(
        harness="0.1.0",
        engines=tuple((name, (labels or {}).get(name, LABELS[name])) for name in names),
        servers=tuple((name, (("flask", "3.1.3"),)) for name in servers),
        entries=tuple(sorted(entries, key=lambda each: each.name)),
    )


def other_version(found: Baseline, name: str = "chromium") -> Baseline:
    """The same, run on another version of an engine."""
    labels = {**dict(found.engines), name: f"{name} of tomorrow"}
    return replace(found, engines=tuple(sorted(labels.items())))
