"""story(): what came of one fetch(), as text for people; what engines share is told once."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from cors_harness.asking.engine_result import EngineResult
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled
from cors_harness.model.scenario import Place, Scenario
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.token import without_token

OUR_PAGE = re.compile(
    r" ?\(?https?://\S+/harness/\w+\.(?:html|js)\S*"
)  # where an engine says it stood
SENT = ("origin", "cookie", "authorization", "content-type")
CORS = "access-control-"
ANSWERED = ("vary", "location", "set-cookie")


def story(scenario: Scenario, results: Sequence[EngineResult]) -> Iterator[str]:
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
        case Place.WINDOW:
            return at
        case Place.WORKER:
            return f"a worker of {at}"
        case Place.SANDBOXED_FRAME:
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
