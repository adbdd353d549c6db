"""EngineResult: what one engine made of one fetch(): facts, no verdict."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.scenario import FetchContext, Outcome, Scenario
from cors_harness.model.verdict import Reason
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.token import without_token


class PageHeaders(Mapping[str, str]):
    """Names in lower case and values, repeated ones joined by the browser already."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values = {name.lower(): value for name, value in pairs}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


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
        if self.why and self.why.console:
            return self.why.console
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


OUR_PAGE = re.compile(
    r" ?\(?https?://\S+/harness/\w+\.(?:html|js)\S*"
)  # where an engine says it stood
SENT = ("origin", "cookie", "authorization", "content-type")
CORS = "access-control-"
ANSWERED = ("vary", "location", "set-cookie")


def describe(scenario: Scenario, results: Sequence[EngineResult]) -> Iterator[str]:
    """The lines: the call and what it came to, then wire and words of engines that sent alike."""
    call = scenario.steps[0].call
    yield f"{call.method} {call.path} from {_page(scenario)}: {'; '.join(_came_to(results))}"
    for group in _alike(results, _wire):
        yield from (f"  {line}" for line in _told(group))


def _told(group: Sequence[EngineResult]) -> Iterator[str]:
    """What is the same for all of the group once, then what each of them made of it."""
    wire = _wire(group[0])
    yield f"{_names(group)}{'' if wire else ': nothing reached the server'}"
    yield from (f"  {line}" for line in wire)
    for each in group:
        if isinstance(each.observation, Fulfilled):
            yield f"  {each.engine}: page code reads {', '.join(each.headers) or 'no header'}"
        for line in OUR_PAGE.sub("", without_token(each.said)).splitlines():
            yield f"  {each.engine}: {line}"


def _came_to(results: Sequence[EngineResult]) -> Iterator[str]:
    for group in _alike(results, lambda each: each.summary):
        yield f"{group[0].summary} in {_names(group)}"


def _alike(
    results: Sequence[EngineResult], trait: Callable[[EngineResult], object]
) -> list[list[EngineResult]]:
    groups: defaultdict[object, list[EngineResult]] = defaultdict(list)
    for each in results:
        groups[trait(each)].append(each)
    return list(groups.values())


def _wire(result: EngineResult) -> tuple[str, ...]:
    return tuple(line for exchange in result.exchanges for line in _exchange(exchange))


def _names(group: Sequence[EngineResult]) -> str:
    return ", ".join(each.engine for each in group)


def _page(scenario: Scenario) -> str:
    page = scenario.page
    at = str(page.origin) if page.origin else f"a page on {page.host}"
    match page.place:
        case FetchContext.WINDOW:
            return at
        case FetchContext.WORKER:
            return f"a worker of {at}"
        case FetchContext.SANDBOXED_FRAME:
            return f"null, a sandboxed frame in {at}"


def _exchange(exchange: Exchange) -> Iterator[str]:
    yield f"{exchange.kind} {exchange.method} {without_token(exchange.target)}"
    yield from (f"  {line}" for line in _headers(exchange.request_headers, SENT))
    torn = "" if exchange.complete else ", which did not arrive whole"
    answer = "no response" if exchange.status is None else f"{exchange.status}{torn}"
    yield f"  -> {answer}"
    yield from (f"     {line}" for line in _headers(exchange.response_headers, ANSWERED))


def _headers(headers: HeaderList, shown: Sequence[str]) -> list[str]:
    """Sorted, and named as people write them: engines differ in that, and CORS does not care."""
    pairs = [(name.decode("latin-1").title(), value.decode("latin-1")) for name, value in headers]
    kept = [pair for pair in pairs if pair[0].lower() in shown or pair[0].lower().startswith(CORS)]
    return [without_token(f"{name}: {value}") for name, value in sorted(kept)]


class Result:
    """What the engines made of one fetch(); iterates over them, `result["webkit"]` is one."""

    def __init__(self, scenario: Scenario, engines: Sequence[EngineResult]) -> None:
        self.scenario, self._engines = scenario, {each.engine: each for each in engines}

    def __iter__(self) -> Iterator[EngineResult]:
        return iter(self._engines.values())

    def __len__(self) -> int:
        return len(self._engines)

    def __getitem__(self, engine: str) -> EngineResult:
        """What `engine` made of it; raises KeyError where it was not asked."""
        if engine not in self._engines:
            raise KeyError(f"{engine!r} was not asked; there are {', '.join(self._engines)}")
        return self._engines[engine]

    @property
    def allowed_in_all(self) -> bool:
        """Whether page code got the response and may read it, in every engine."""
        return all(each.allowed for each in self)

    @property
    def blocked_in_all(self) -> bool:
        """Whether every engine kept the response, or the request, back."""
        return all(each.blocked for each in self)

    @property
    def preflighted(self) -> bool:
        """Whether any engine asked first."""
        return any(each.preflighted for each in self)

    def __repr__(self) -> str:
        """The whole story, equal engines once."""
        return "\n".join(describe(self.scenario, tuple(self)))


def result_of(scenario: Scenario, records: Sequence[CellRecord]) -> Result:
    """The records of a scenario of one step, without what was judged."""
    return Result(scenario, [engine_result(record) for record in records])
