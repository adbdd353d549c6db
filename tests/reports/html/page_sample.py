"""A run with something of everything that a page shows, in three engines on two servers."""

from collections.abc import Iterator
from dataclasses import replace

from tests.reports.record_builders import (
    ALLOWED,
    BLOCKED,
    FULFILLED,
    MISMATCH,
    PREFLIGHT,
    REJECTED,
    REQUEST,
    cell,
    record,
    skipped,
)

from cors_harness.model.advice import Advice, FixTarget, Mistake
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Caveat, HeldBackCookie, Reason, Status, Verdict
from cors_harness.terms.reasons import ReasonCode

ENGINES = ("chromium", "firefox", "webkit")
SERVERS = ("app", "app-raising")
FIX = Advice(
    mistake=Mistake.METHOD,
    wrong="The server does not allow the method PUT from another origin.",
    where=FixTarget.FASTAPI,
    place="below all middleware",
    lines=("app.add_middleware(", "    CORSMiddleware,", '    allow_methods=["GET", "PUT"],', ")"),
    link="https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CORS",
    link_is="documentation",
)


def sample_records(*, is_mended: bool = False) -> tuple[CellRecord, ...]:
    """`is_mended`: whether PUT is allowed by now."""
    return tuple(_records(is_mended))


def _records(is_mended: bool) -> Iterator[CellRecord]:
    for server in SERVERS:
        for engine in ENGINES:
            for number in range(12):
                file = "scenarios/simple.yaml" if number < 6 else "scenarios/more.yaml"
                name = f"get-{number}"
                yield _allowed(cell(name, server, engine, file=file, line=10 * number + 1))
            put = cell("put-json", server, engine, file="scenarios/preflight.yaml", line=4)
            yield _allowed(put) if is_mended else _forgotten(put)
            odd = cell("odd", server, engine, file="scenarios/preflight.yaml", line=20)
            yield _odd(odd) if engine == "webkit" else _allowed(odd)
            bare = cell("bare", server, engine, file="scenarios/preflight.yaml", line=30)
            yield skipped(bare)
    broken = cell("broken", SERVERS[0], "firefox", file="scenarios/preflight.yaml", line=40)
    error = Verdict(status=Status.ERROR, note="the server ended with status 1")
    yield record(broken, error, exchanges=(), observations=())


def _allowed(of: Cell) -> CellRecord:
    return replace(record(of), page="https://app.example.com")


def _forgotten(of: Cell) -> CellRecord:
    verdict = Verdict(status=Status.UNEXPECTED, mismatches=(MISMATCH,), steps=(BLOCKED,))
    return replace(
        record(of, verdict, exchanges=(PREFLIGHT,), observations=(REJECTED,)),
        page="https://app.example.com",
        advice=FIX,
        app_output=("INFO: OPTIONS /api/data 400",),
    )


def _odd(of: Cell) -> CellRecord:
    other = Reason(code=ReasonCode.ALLOW_ORIGIN_MISSING, detail="", console="No origin.")
    caveat = Caveat(step=1, outcome=Outcome.ALLOWED, kind=ExchangeKind.REQUEST, status=500)
    verdict = Verdict(
        status=Status.KNOWN_DIFFERENCE,
        steps=(replace(BLOCKED, reason=other), ALLOWED),
        known="https://github.com/whatwg/fetch/issues/1919",
        caveats=(caveat,),
        held_back=(HeldBackCookie(step=1, name="session", why="it has no Secure"),),
    )
    second = replace(REQUEST, step=1)
    silent = replace(REQUEST, status=None, response_headers=(), body=b"", body_bytes=0, step=1)
    exchanges = (PREFLIGHT, REQUEST, silent, second)
    found = record(of, verdict, exchanges=exchanges, observations=(REJECTED, FULFILLED))
    return replace(found, page="https://other.example.com")
