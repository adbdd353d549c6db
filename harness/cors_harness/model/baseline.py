"""Baseline: what browsers did, cell by cell, as far as two runs can be compared by it.

Nothing in it differs from run to run by itself: no times, no ports, no tokens. Origins on ports of
the harness stand as `{page}`, `{server}`, `{other}` and `{third}`, or `http://localhost:{page.port}`
where the host is not 127.0.0.1; real origins as they are.
"""

import os
from dataclasses import dataclass
from pathlib import Path, PurePath

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.scenario import Outcome
from cors_harness.terms.reasons import ReasonCode

TextPairs = tuple[tuple[str, str], ...]

# Of a response's headers those that browsers decide by, beside Access-Control-*; why each of them,
# says `changes.facts`.
DECIDED_BY = frozenset(
    {
        "cache-control",
        "cross-origin-resource-policy",
        "location",
        "set-cookie",
        "timing-allow-origin",
        "vary",
    }
)
_CORS, _CORS_REQUEST = "access-control-", "access-control-request-"


def decides_as_request_header(name: str) -> bool:
    """Whether facts keep the request header `name`, which is in lower case."""
    return name == "origin" or name.startswith(_CORS_REQUEST)


def decides_as_response_header(name: str) -> bool:
    """Whether browsers decide by the response header `name`, which is in lower case."""
    return name in DECIDED_BY or (name.startswith(_CORS) and not name.startswith(_CORS_REQUEST))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeFacts:
    """One exchange, as far as a browser decides by it.

    Attributes:
        role: of the origin that received it: `server`, `other`, `third`.
        target: request target without the cell's token; behind a redirect without query values.
        request_headers: only `Access-Control-Request-*`, and `Origin` where it is another than the
            page's; (name, value), latin-1 text, as in `response_headers`.
        with_credentials: whether it carried an Authorization header, or a cookie that a response
            of the same cell had set.
        status: None: no response came.
        response_headers: only those that browsers decide by, see `changes.facts`; (name,
            value), names in lower case, sorted by name, repeats kept in order.
    """

    kind: ExchangeKind
    role: str
    method: str
    target: str
    request_headers: TextPairs = ()
    with_credentials: bool = False
    status: int | None = None
    response_headers: TextPairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """What one call came to.

    Attributes:
        status: as page code reads it; None where it reads none.
        reason: why it was blocked, else None.
        readable: names of the response headers that page code reads, lower case, sorted.
        wire: in wire order.
    """

    outcome: Outcome
    status: int | None = None
    reason: ReasonCode | None = None
    readable: tuple[str, ...] = ()
    wire: tuple[ExchangeFacts, ...] = ()


Facts = tuple[StepFacts, ...]  # of a cell, one for each step


def scenario_name(file: str, scenario: str, folder: Path) -> str:
    """What a baseline in `folder` calls a scenario: `FILE::ID`, FILE relative to `folder`."""
    return f"{PurePath(os.path.relpath(file, folder)).as_posix()}::{scenario}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One scenario on one server, engines side by side.

    Attributes:
        scenario: `FILE::ID`, FILE relative to the folder of the baseline, `/` between.
        origin: the page's: `https://app.example.com`, `null`, or `{page}` or
            `http://localhost:{page.port}` on a port of ours.
        engines: (engine, facts), sorted by engine.
    """

    scenario: str
    server: str
    origin: str
    engines: tuple[tuple[str, Facts], ...]

    @property
    def name(self) -> tuple[str, str]:
        """What tells it from others, and its place in a baseline."""
        return self.scenario, self.server


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Accepted entries, and what they were accepted on.

    Attributes:
        harness: version of cors-harness.
        engines: (name, label), such as `("chromium", "Chromium 156.0.8078.108")`, sorted.
        servers: (name, (distribution, version) pairs), sorted by name.
        entries: sorted by name.
    """

    harness: str
    engines: tuple[tuple[str, str], ...]
    servers: tuple[tuple[str, TextPairs], ...]
    entries: tuple[Entry, ...]
