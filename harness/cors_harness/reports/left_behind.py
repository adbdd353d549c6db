"""LeftBehind: calls that the user's server did for one engine and refused another, at a run's end.

Engines call that server at the same time: what one has made or removed there is made or removed for
the others. So the first POST that creates is answered 201, the next 409; and a cell that is run
once more, by itself, is as expected.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import RecordedCell
from cors_harness.model.exchange import Exchange
from cors_harness.model.server import APPS
from cors_harness.model.verdict import Status
from cors_harness.reports.base import Line
from cors_harness.reports.transcript import printable
from cors_harness.terms.headers import is_ok
from cors_harness.terms.modes import SAFE_METHODS
from cors_harness.terms.token import with_unique_named, without_token

# What servers say of a name that is taken, and of a thing that is no longer there.
STATE_STATUSES = frozenset((400, 404, 409, 410, 412, 422))
STYLE = "bold yellow"
SHOWN = 3
WHY = (
    "  all browsers call one server: what one has made or removed there, it has for the others",
    "  {unique} in a scenario is another value in every cell; with --reset the browsers take",
    "  turns; with --server-per-engine each has a server of its own",
)

StepKey = tuple[str, str, int, str]  # server, scenario, step, method


class LeftBehind:
    """Takes every cell of a run in which engines share the user's server."""

    def __init__(self) -> None:
        self._paths: dict[StepKey, str] = {}
        self._statuses: defaultdict[StepKey, dict[str, int]] = defaultdict(dict)  # by engine
        self._unexpected: set[tuple[str, str, str]] = set()  # server, scenario, engine

    def add(self, record: RecordedCell) -> None:
        """Takes what that server answered to requests that may change something."""
        if record.server not in APPS:
            return
        if record.status is Status.UNEXPECTED:
            self._unexpected.add((record.server, record.scenario, record.engine))
        for exchange in record.exchanges:
            if exchange.status is not None and _may_change_something(exchange):
                step = (record.server, record.scenario, exchange.step, exchange.method)
                path = without_token(exchange.target).partition("?")[0]
                self._paths.setdefault(step, with_unique_named(path, record.unique))
                self._statuses[step][record.engine] = exchange.status

    def lines(self) -> Iterator[Line]:
        """The paragraph; none where no engine was refused what another one got."""
        sentences = tuple(dict.fromkeys(self._sentences()))
        if not sentences:
            return
        yield from (((sentence, STYLE),) for sentence in sentences[:SHOWN])
        if more := len(sentences[SHOWN:]):
            yield ((f"… and {more} more", STYLE),)
        yield from (((line, ""),) for line in WHY)
        yield ()

    def _sentences(self) -> Iterator[str]:
        for step, by_engine in self._statuses.items():
            server, scenario, _, method = step
            is_refused = any(
                status in STATE_STATUSES and (server, scenario, engine) in self._unexpected
                for engine, status in by_engine.items()
            )
            if is_refused and any(map(is_ok, by_engine.values())):
                call = printable(f"{method} {self._paths[step]}")
                yield f"{call} is answered {_answers(by_engine)}"


def _may_change_something(exchange: Exchange) -> bool:
    return exchange.kind is ExchangeKind.REQUEST and exchange.method not in SAFE_METHODS


def _answers(by_engine: Mapping[str, int]) -> str:
    """`201 in chromium, 409 in firefox and webkit`."""
    engines: defaultdict[int, list[str]] = defaultdict(list)
    for engine, status in sorted(by_engine.items()):
        engines[status].append(engine)
    return ", ".join(f"{status} in {' and '.join(of)}" for status, of in sorted(engines.items()))
