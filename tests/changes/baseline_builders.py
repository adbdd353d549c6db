"""Changes as a comparison would give them, for tests that need some with just this or that."""

from collections.abc import Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any

from cors_harness.changes.assessment import Acceptance, Assessment
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import Baseline, Entry, ExchangeFacts, StepFacts
from cors_harness.model.change import (
    Change,
    ChangeClass,
    Comparison,
    EntryName,
    Facet,
    FacetKind,
    WireDifference,
    WirePart,
)
from cors_harness.model.scenario import Outcome
from cors_harness.terms.reasons import ReasonCode

ENGINES = ("chromium", "firefox", "webkit")
EVIL = "https://evil.example"
PREFLIGHT = ExchangeFacts(
    kind=ExchangeKind.PREFLIGHT,
    role="server",
    method="OPTIONS",
    target="/orders/7",
    request_headers=(("access-control-request-method", "PUT"),),
    status=400,
    response_headers=(("vary", "Origin"),),
)
REQUEST = ExchangeFacts(
    kind=ExchangeKind.REQUEST, role="server", method="GET", target="/orders", status=200
)
OF_COMPARISON = tuple(each.name for each in fields_of(Comparison))
STAR = (("access-control-allow-origin", "*"),)
BLOCKED = StepFacts(
    outcome=Outcome.BLOCKED, reason=ReasonCode.ALLOW_ORIGIN_MISSING, wire=(REQUEST,)
)
ALLOWED = StepFacts(
    outcome=Outcome.ALLOWED, status=200, wire=(replace(REQUEST, response_headers=STAR),)
)
STAR_ALLOWED = WireDifference(
    kind=ExchangeKind.REQUEST,
    part=WirePart.RESPONSE_HEADER,
    header="access-control-allow-origin",
    after=("*",),
)


def change(
    scenario: str = "get-from-evil", class_: ChangeClass = ChangeClass.WIDENED, **fields: Any
) -> Change:
    """A response that became readable; `fields` are those of Change that shall be otherwise."""
    origin = fields.get("origin", EVIL)
    usual = Change(
        class_=class_,
        scenario=f"orders.yaml::{scenario}",
        server="app",
        origin=EVIL,
        engines=ENGINES,
        step=0,
        before=BLOCKED,
        after=ALLOWED,
        facet=Facet(kind=FacetKind.RESPONSE_READABLE),
        headline=f"{origin} can now read {scenario}",
        wire=(STAR_ALLOWED,),
    )
    return replace(usual, **fields)


def facet_named(text: str) -> Facet:
    """The facet that JSON calls `text`; a response header where no kind has that name."""
    if text in {kind.value for kind in FacetKind}:
        return Facet(kind=FacetKind(text))
    if text.startswith("sent "):
        return Facet(kind=FacetKind.REQUEST_HEADER, header=text.removeprefix("sent "))
    return Facet(kind=FacetKind.RESPONSE_HEADER, header=text)


def assessed(*changes: Change, known: Sequence[EntryName] = (), **fields: Any) -> Assessment:
    """What a check found; `fields` are those of Comparison or Assessment that are otherwise."""
    of_comparison = {name: fields.pop(name) for name in OF_COMPARISON if name in fields}
    names = {(each.scenario, each.server) for each in changes}
    usual = Assessment(
        comparison=replace(Comparison(changes=changes, compared=90), **of_comparison),
        before="cors-baseline.txt",
        after="this run",
        acceptance=Acceptance(
            words=("cors-harness", "record", "orders.yaml", "--app", "shop:app"),
            known=frozenset({*known, *names}),
            engines=frozenset(ENGINES),
        ),
    )
    return replace(usual, **fields)


def entry(
    scenario: str = "get-from-evil",
    step: StepFacts = BLOCKED,
    *,
    server: str = "app",
    engines: Sequence[str] = ENGINES,
) -> Entry:
    return Entry(
        scenario=f"orders.yaml::{scenario}",
        server=server,
        origin=EVIL,
        engines=tuple((name, (step,)) for name in engines),
    )


def baseline(*entries: Entry, version: str = "156") -> Baseline:
    engines = sorted({name for each in entries for name, _ in each.engines})
    servers = sorted({each.server for each in entries})
    return Baseline(
        harness="0.1.0",
        engines=tuple((name, f"{name.title()} {version}") for name in engines),
        servers=tuple((name, (("flask", version),)) for name in servers),
        entries=tuple(sorted(entries, key=lambda each: each.name)),
    )
