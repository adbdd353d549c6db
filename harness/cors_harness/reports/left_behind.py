"""LeftBehind: calls that the user's server did for one engine and refused another, in words.

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
from cors_harness.reports.fitting import wrapped
from cors_harness.terms.headers import is_ok
from cors_harness.terms.modes import SAFE_METHODS
from cors_harness.terms.token import with_unique_named, without_token
from cors_harness.text.printable import printable

# What servers say of a name that is taken, and of a thing that is no longer there.
STATE_STATUSES = frozenset((400, 404, 409, 410, 412, 422))
STYLE = "bold yellow"
SHOWN = 3
WHY = (
    "all browsers call one server: what one has made or removed there, it has for the others; "
    "{unique} in a scenario is another value in every cell; with --reset the browsers take turns; "
    "with --server-per-engine each has a server of its own"
)
IF_SHARED = (
    "where one browser meets what another has left on the server, {unique}, --reset or "
    "--server-per-engine keeps them apart"
)

StepKey = tuple[str, str, int, str]  # server, scenario, step, method


class LeftBehind:
    """Takes every cell of a run."""

    def __init__(self) -> None:
        self._paths: dict[StepKey, str] = {}
        self._statuses: defaultdict[StepKey, dict[str, int]] = defaultdict(dict)  # by engine

    def add(self, record: RecordedCell) -> None:
        """Takes what that server answered to requests that may change something."""
        if record.server not in APPS or record.status is Status.KNOWN_DIFFERENCE:
            return
        for exchange in record.exchanges:
            if exchange.status is not None and _may_change_something(exchange):
                step = (record.server, record.scenario, exchange.step, exchange.method)
                path = without_token(exchange.target).partition("?")[0]
                self._paths.setdefault(step, with_unique_named(path, record.unique))
                self._statuses[step][record.engine] = exchange.status

    def lines(self, width: int = 80) -> Iterator[Line]:
        """The paragraph, at most `width` columns wide.

        None where no engine was refused what another one got.
        """
        calls = self._calls()
        if not calls:
            return
        for call in calls[:SHOWN]:
            yield from (((line, STYLE),) for line in wrapped("", call, width, 0))
        if more := len(calls[SHOWN:]):
            yield ((f"… and {more} more", STYLE),)
        yield from (((line, ""),) for line in wrapped("", WHY, width, 2))
        yield ()

    def sentence(self) -> str:
        """The same for a run of which is not known whether engines shared the server; or empty."""
        calls = self._calls()
        more = f" (and {len(calls) - 1} more)" if len(calls) > 1 else ""
        return f"{calls[0]}{more}: {IF_SHARED}" if calls else ""

    def _calls(self) -> tuple[str, ...]:
        """`POST /users is answered 201 in chromium, 409 in webkit`, each once."""
        found = (
            f"{printable(f'{step[-1]} {self._paths[step]}')} is answered {_answers(by_engine)}"
            for step, by_engine in self._statuses.items()
            if any(map(is_ok, by_engine.values()))
            and not STATE_STATUSES.isdisjoint(by_engine.values())
        )
        return tuple(dict.fromkeys(found))


def _may_change_something(exchange: Exchange) -> bool:
    return exchange.kind is ExchangeKind.REQUEST and exchange.method not in SAFE_METHODS


def _answers(by_engine: Mapping[str, int]) -> str:
    """`201 in chromium, 409 in firefox and webkit`."""
    engines: defaultdict[int, list[str]] = defaultdict(list)
    for engine, status in sorted(by_engine.items()):
        engines[status].append(engine)
    return ", ".join(f"{status} in {' and '.join(of)}" for status, of in sorted(engines.items()))
