"""Result: what the engines made of one fetch(), facts and no verdict; an EngineResult for each."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.scenario import FetchContext, Outcome, Scenario
from cors_harness.model.verdict import Caveat, Reason
from cors_harness.run.hidden_record import hidden_record
from cors_harness.terms.fingerprints import Fingerprints
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.secret_texts import hide_in_url
from cors_harness.terms.token import without_token
from cors_harness.text.printable import printable

HideUrl = Callable[[str], str]  # a URL as it is shown


class PageHeaders(Mapping[str, str]):
    """Response headers by name in any case; repeated ones were joined by the browser already."""

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
    """What one engine made of a fetch().

    Attributes:
        engine: its name.
        outcome: what it came to; `allowed` where page code reads the response.
        observation: what page code saw.
        exchanges: all that reached the server, in order.
        why: the reason why the promise was rejected, by code and with the engine's own words; None:
            it was not.
        caveat: the error that may have decided instead of CORS; None: there is none.
    """

    engine: str
    outcome: Outcome
    observation: Observation
    exchanges: tuple[Exchange, ...]
    why: Reason | None
    caveat: Caveat | None = None

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
        """Whether the browser made a CORS-preflight request."""
        return self.preflight is not None

    @property
    def preflight(self) -> Exchange | None:
        """The first CORS-preflight request and its answer, if there was one."""
        for exchange in self.exchanges:
            if exchange.kind is ExchangeKind.PREFLIGHT:
                return exchange
        return None

    @property
    def status(self) -> int | None:
        """The status that page code reads; 0 of an opaque response; None without one."""
        return self.observation.status if isinstance(self.observation, Fulfilled) else None

    @property
    def answered(self) -> int | None:
        """The status of the last response on the wire, also of one that page code may not read."""
        return self.exchanges[-1].status if self.exchanges else None

    @property
    def status_text(self) -> str | None:
        """The reason phrase that page code reads; empty over HTTP/2; None without a response."""
        return self.observation.status_text if isinstance(self.observation, Fulfilled) else None

    @property
    def headers(self) -> Mapping[str, str]:
        """The response headers that page code reads, by name in any case."""
        return PageHeaders(
            self.observation.headers if isinstance(self.observation, Fulfilled) else ()
        )

    @property
    def body(self) -> str | None:
        """The first 4096 characters that page code reads; None where it reads no body.

        Of server-sent events what comes within half a second, of another body without an end what
        comes before the deadline of the call; see `body_ended`.
        """
        return self.observation.body if isinstance(self.observation, Fulfilled) else None

    @property
    def body_ended(self) -> bool:
        """Whether page code saw the end of the body."""
        seen = self.observation
        return isinstance(seen, Fulfilled) and seen.body is not None and seen.body_ended

    @property
    def reason(self) -> str | None:
        """The code, such as `allow-origin-missing`, of why it was rejected; None: it was not."""
        return str(self.why.code) if self.why else None

    @property
    def message(self) -> str:
        """Why it was rejected: the engine's console message, else the error; empty: it was not."""
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
        """The outcome in a line: `blocked preflight-status (400)`, `allowed 200`."""
        detail = f"({self.why.detail})" if self.why and self.why.detail else ""
        is_read = self.outcome is not Outcome.FAILED  # a head that not every engine gives a page
        status = str(self.status) if self.status and is_read else ""
        return " ".join(filter(None, (self.outcome, status, self.reason, detail)))

    def __repr__(self) -> str:
        return printable(f"<{self.engine}: {self.summary}>")


# The place in our own page that an engine names as that of the call.
OUR_PAGE = re.compile(r" ?\(?https?://\S+/harness/\w+\.(?:html|js)\S*")
CORS = "access-control-"
REQUEST_HEADERS = ("origin", "cookie", "authorization", "content-type")  # that matter beside those
RESPONSE_HEADERS = ("vary", "location", "set-cookie")


def describe(
    scenario: Scenario, results: Sequence[EngineResult], hide: HideUrl = str
) -> Iterator[str]:
    """The lines: call and outcomes, then the wire once for engines that sent the same.

    Nothing in them steers a terminal. `hide` gives the call's path as it is shown.
    """
    return map(printable, _described(scenario, results, hide))


def _described(scenario: Scenario, results: Sequence[EngineResult], hide: HideUrl) -> Iterator[str]:
    call = scenario.steps[0].call
    summaries = [
        f"{group[0].summary} in {_names(group)}"
        for group in _grouped(results, lambda result: result.summary)
    ]
    yield f"{call.method} {hide(call.path)} from {_page(scenario)}: {'; '.join(summaries)}"
    for group in _grouped(results, _wire):
        yield from (f"  {line}" for line in _describe_group(group))


def _describe_group(group: Sequence[EngineResult]) -> Iterator[str]:
    """The lines of one group: the wire that all share once, then what each engine made of it."""
    wire = _wire(group[0])
    yield f"{_names(group)}{'' if wire else ': nothing reached the server'}"
    yield from (f"  {line}" for line in wire)
    for result in group:
        if isinstance(result.observation, Fulfilled):
            yield f"  {result.engine}: page code reads {', '.join(result.headers) or 'no header'}"
        for line in OUR_PAGE.sub("", without_token(result.message)).splitlines():
            yield f"  {result.engine}: {line}"
    yield from (f"  {line}" for line in dict.fromkeys(map(_doubt, group)) if line)


def _doubt(result: EngineResult) -> str:
    if result.caveat is None or not result.blocked:
        return ""
    return f"{result.caveat.status} without a CORS header: alone this says nothing about CORS"


def _grouped(
    results: Sequence[EngineResult], key: Callable[[EngineResult], object]
) -> list[list[EngineResult]]:
    groups: defaultdict[object, list[EngineResult]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return list(groups.values())


def _wire(result: EngineResult) -> tuple[str, ...]:
    return tuple(line for exchange in result.exchanges for line in _exchange(exchange))


def _names(group: Sequence[EngineResult]) -> str:
    return ", ".join(result.engine for result in group)


def _page(scenario: Scenario) -> str:
    page = scenario.page
    document = str(page.origin) if page.origin else f"a page on {page.host}"
    match page.place:
        case FetchContext.WINDOW:
            return document
        case FetchContext.WORKER:
            return f"a worker of {document}"
        case FetchContext.SANDBOXED_FRAME:
            return f"null, a sandboxed frame in {document}"


def _exchange(exchange: Exchange) -> Iterator[str]:
    yield f"{exchange.kind} {exchange.method} {without_token(exchange.target)}"
    yield from (f"  {line}" for line in _headers(exchange.request_headers, REQUEST_HEADERS))
    response = "no response" if exchange.status is None else str(exchange.status)
    yield f"  -> {response}{_incomplete(exchange)}"
    yield from (f"     {line}" for line in _headers(exchange.response_headers, RESPONSE_HEADERS))


def _incomplete(exchange: Exchange) -> str:
    if exchange.broke_off and exchange.status is not None:
        return f", and the server broke off in its {exchange.broke_off}"
    return "" if exchange.complete or exchange.status is None else ", which did not arrive whole"


def _headers(headers: HeaderList, shown: Sequence[str]) -> list[str]:
    """The headers, sorted and in the usual spelling, as engines differ there and CORS does not."""
    pairs = [(name.decode("latin-1").title(), value.decode("latin-1")) for name, value in headers]
    kept = [pair for pair in pairs if pair[0].lower() in shown or pair[0].lower().startswith(CORS)]
    return [without_token(f"{name}: {value}") for name, value in sorted(kept)]


class Result:
    """What the engines made of one fetch(): an EngineResult each; `result["webkit"]` is one.

    The text of it has fingerprints in the place of secrets, what the engines got is as it was.
    """

    def __init__(
        self,
        scenario: Scenario,
        engines: Sequence[EngineResult],
        shown: Sequence[EngineResult] | None = None,
        hide: HideUrl = str,
    ) -> None:
        """`shown`: the same as the text has it; `hide` gives a path as the text has that."""
        self.scenario, self._engines = scenario, {each.engine: each for each in engines}
        self._shown, self._hide = tuple(engines if shown is None else shown), hide

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
        """Whether any engine made a CORS-preflight request."""
        return any(each.preflighted for each in self)

    def __repr__(self) -> str:
        """All that is known, once for engines that agree; see `describe`."""
        return "\n".join(describe(self.scenario, self._shown, self._hide))


def result_of(
    scenario: Scenario, records: Sequence[CellRecord], fingerprints: Fingerprints | None = None
) -> Result:
    """The records of a scenario of one step as a Result; the verdicts are left out.

    `fingerprints`: stand for secrets in its text; None: those do themselves.
    """
    shown = [hidden_record(record, fingerprints) for record in records]
    hide = str if fingerprints is None else partial(hide_in_url, hide=fingerprints.of)
    return Result(scenario, _engine_results(records), _engine_results(shown), hide)


def _engine_results(records: Sequence[CellRecord]) -> Sequence[EngineResult]:
    return [
        EngineResult(
            engine=record.cell.engine,
            outcome=record.verdict.steps[0].outcome,
            observation=record.observations[0],
            exchanges=record.exchanges,
            why=record.verdict.steps[0].reason,
            caveat=next(iter(record.verdict.caveats), None),
        )
        for record in records
    ]
