"""UnprovenSteps: the steps of a run that an error decided, once all cells are compared.

A cell alone cannot tell whether its 401 without a CORS header says anything of CORS. Other cells
can: where a page of another origin gets the same 401 *with* the header, CORS tells the two apart.
So can another page whose same call succeeds and is read: then the status itself depends on the
origin, unless it is one that comes and goes, as of a rate limit.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from cors_harness.judge.caveats import is_cors
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import RecordedCell
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Caveat, Status
from cors_harness.terms.headers import get, is_ok
from cors_harness.terms.token import with_unique_named, without_token

# That come and go: https://httpwg.org/specs/rfc9110.html#status.408, of overload, of a failure
PASSING = frozenset((408, 425, 429))
FIRST_FAILURE = 500
CREDENTIALS = ("Cookie", "Authorization")
MOST_BYTES = 200  # of a body that is kept to be shown
LINES_KEPT = 4  # of what a server wrote: the end of a traceback
GREEN = frozenset((Status.AS_EXPECTED, Status.KNOWN_DIFFERENCE))

Place = tuple[str, str, ExchangeKind, str]  # server, role, kind, path


@dataclass(frozen=True, slots=True, kw_only=True)
class UnprovenStep:
    """A step that an error decided, and no cell of the run shows that CORS did.

    Attributes:
        cell: as `Cell.node_id`.
        is_green: whether the cell is as expected, or a known difference.
        exchange: the one with the error, with the first bytes of its body.
        before: the kinds of the exchanges of the step before that.
        app_output: the last lines that the user's server wrote meanwhile.
    """

    cell: str
    is_green: bool
    caveat: Caveat
    exchange: Exchange
    before: tuple[ExchangeKind, ...] = ()
    app_output: tuple[str, ...] = ()

    @property
    def call(self) -> str:
        """Method and path, as the page asked for them: `PUT /orders/1`."""
        return call_text(self.exchange)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """What requests have in common that a server could answer alike, but for their origin."""

    place: Place
    method: str
    query: str
    credentials: tuple[bool, ...]


class UnprovenSteps:
    """Takes every cell of a run; the verdicts stay as they are.

    Attributes:
        ran: how many cells came to an expected result.
    """

    def __init__(self) -> None:
        self.ran = 0
        self._doubtful: list[tuple[UnprovenStep, str, int]] = []  # with server, steps
        self._granted: defaultdict[tuple[Place, int], set[str]] = defaultdict(set)
        self._read: defaultdict[_Call, set[str]] = defaultdict(set)

    def add(self, record: RecordedCell) -> None:
        """Takes the facts of a finished cell."""
        is_green = record.status in GREEN
        self.ran += is_green
        exchanges = tuple(_named(exchange, record.unique) for exchange in record.exchanges)
        for exchange in exchanges:
            self._note(record.server, exchange)
        for caveat in record.caveats:
            *before, last = (each for each in exchanges if each.step == caveat.step)
            step = UnprovenStep(
                cell=record.cell,
                is_green=is_green,
                caveat=caveat,
                exchange=replace(last, request_body=b"", body=last.body[:MOST_BYTES]),
                before=tuple(exchange.kind for exchange in before),
                app_output=record.app_output[-LINES_KEPT:],
            )
            self._doubtful.append((step, record.server, len(record.steps)))

    def found(self) -> tuple[UnprovenStep, ...]:
        """Those for which no cell so far shows that CORS decided, in the order they came."""
        return tuple(step for step, server, _ in self._doubtful if not self._is_shown(step, server))

    @property
    def is_all(self) -> bool:
        """Whether there are green cells, and all their steps were decided by such errors."""
        steps: defaultdict[str, int] = defaultdict(int)
        for step in self.found():
            steps[step.cell] += step.is_green
        planned = {step.cell: count for step, _, count in self._doubtful}
        return self.ran > 0 and self.ran == sum(steps[cell] == planned[cell] for cell in steps)

    def _note(self, server: str, exchange: Exchange) -> None:
        origin = _origin(exchange)
        if exchange.status is None or not is_cors(exchange):
            return
        allowed = get(exchange.response_headers, "Access-Control-Allow-Origin")
        is_granted = allowed is not None and allowed.decode("latin-1") in {"*", origin}
        if is_granted:
            self._granted[_place(server, exchange), exchange.status].add(origin)
        if is_ok(exchange.status) and is_granted:
            self._read[_call(server, exchange)].add(origin)

    def _is_shown(self, step: UnprovenStep, server: str) -> bool:
        """Whether the cells show that CORS decided, or that the meant answer comes too."""
        exchange, status = step.exchange, step.caveat.status
        origins = self._read[_call(server, exchange)]
        if step.caveat.outcome is Outcome.ALLOWED:
            return bool(origins)
        others = {_origin(exchange)}
        if self._granted[_place(server, exchange), status] - others:
            return True
        passes = status in PASSING or status >= FIRST_FAILURE
        return not passes and bool(origins - others)


def call_text(exchange: Exchange) -> str:
    """Method and path of the call that an exchange is of; not yet safe for a terminal."""
    return f"{_method(exchange)} {_path(exchange)}"


def _named(exchange: Exchange, unique: str) -> Exchange:
    """The exchange with `{unique}` for what stood there: cells that differ in it made one call."""
    target = with_unique_named(exchange.target, unique)
    return exchange if target == exchange.target else replace(exchange, target=target)


def _origin(exchange: Exchange) -> str:
    return (get(exchange.request_headers, "Origin") or b"").decode("latin-1")


def _path(exchange: Exchange) -> str:
    return without_token(exchange.target).partition("?")[0]


def _method(exchange: Exchange) -> str:
    asked = get(exchange.request_headers, "Access-Control-Request-Method")
    is_preflight = exchange.kind is ExchangeKind.PREFLIGHT
    return asked.decode("latin-1") if is_preflight and asked else exchange.method


def _place(server: str, exchange: Exchange) -> Place:
    return server, exchange.role, exchange.kind, _path(exchange)


def _call(server: str, exchange: Exchange) -> _Call:
    sent = (get(exchange.request_headers, name) is not None for name in CREDENTIALS)
    return _Call(
        place=_place(server, exchange),
        method=_method(exchange),
        query=without_token(exchange.target).partition("?")[2],
        credentials=tuple(sent),
    )
