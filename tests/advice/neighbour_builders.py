"""Cells of one run as judge() gives them: what a page asked, what came, what its scenario means."""

from collections.abc import Iterable, Sequence

from tests.advice.call_builders import ALLOW_ORIGIN, PAGE, SERVER, SPEC, Headers, preflight, request

from cors_harness.advice.advise import advise
from cors_harness.advice.neighbourhood import Neighbourhood
from cors_harness.advice.neighbours import neighbours_of
from cors_harness.judge.verdicts import judge
from cors_harness.model.advice import Advice
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled, Observation, Rejected, StepMessages
from cors_harness.model.scenario import (
    Call,
    Expectation,
    ExpectationOverride,
    Outcome,
    Scenario,
    Step,
)
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.source_span import SourceSpan

REJECTED = Rejected(error_name="TypeError", error_message="Failed to fetch")
FULFILLED = Fulfilled(response_type="cors", status=200, url=SERVER, redirected=False)
ALLOWED = Expectation(outcome=(Outcome.ALLOWED,))
BLOCKED = Expectation(outcome=(Outcome.BLOCKED,))
OPEN = Expectation()
WWW = "https://www.example.com"
EVIL = "https://attacker.example"
SAYS = {  # what Chromium says on the console
    "missing": "No 'Access-Control-Allow-Origin' header is present",
    "wildcard": (
        "The value of the 'Access-Control-Allow-Origin' header in the response must not be the "
        "wildcard '*' when the request's credentials mode is 'include'."
    ),
    "preflight": (
        "Response to preflight request doesn't pass access control check: "
        "It does not have HTTP ok status."
    ),
}


def cell(  # noqa: PLR0913 - a cell has that many parts
    name: str,
    expect: Expectation = ALLOWED,
    *exchanges: Exchange,
    page: str = PAGE,
    call: Call = Call(),  # noqa: B008 - it is frozen
    engine: str = "chromium",
    seen: Observation | None = None,
    exemptions: tuple[ExpectationOverride, ...] = (),
) -> CellRecord:
    """A cell of one step; whether the page got the response is read off its last exchange."""
    scenario = Scenario(
        id=name,
        title="The page gets its answer",
        spec=SPEC,
        source=SourceSpan(file="orders.yaml", line=1),
        steps=(Step(call=call, expect=expect, exemptions=exemptions),),
    )
    found = Cell(scenario=scenario, server="app", engine=engine)
    cookies = call.credentials is CredentialsMode.INCLUDE
    is_let_in = _lets_in(exchanges[-1:], page, cookies=cookies)
    observation = seen or (FULFILLED if is_let_in else REJECTED)
    says = "wildcard" if cookies else "missing"
    if exchanges[0].method == "OPTIONS" and len(exchanges) == 1:
        says = "preflight"
    messages = (StepMessages(console=(SAYS[says],)),)
    return CellRecord(
        cell=found,
        page=page,
        exchanges=exchanges,
        observations=(observation,),
        verdict=judge(found, (observation,), exchanges, messages),
    )


def _lets_in(last: Sequence[Exchange], page: str, *, cookies: bool) -> bool:
    values = {value for each in last for _, value in each.response_headers}
    named = {page.encode()} if cookies else {b"*", page.encode()}
    return bool(values & named) and all(each.status == 200 for each in last)


def reads(
    name: str, expect: Expectation = ALLOWED, page: str = PAGE, *, cookies: bool = False, **at: str
) -> CellRecord:
    """A page that gets a GET, by its own origin in the answer; `at`: of the request."""
    headers: Headers = ((ALLOW_ORIGIN, page),)
    if cookies:
        headers = (*headers, ("Access-Control-Allow-Credentials", "true"))
    mode = CredentialsMode.INCLUDE if cookies else None
    return cell(name, expect, _get(page, headers, **at), page=page, call=Call(credentials=mode))


def misses(name: str, expect: Expectation = ALLOWED, page: str = PAGE, **at: str) -> CellRecord:
    """A page that does not get a GET, as the answer has no CORS header."""
    return cell(name, expect, _get(page, (), **at), page=page)


def puts(
    name: str, headers: Headers, expect: Expectation = ALLOWED, page: str = PAGE, status: int = 200
) -> CellRecord:
    """A page whose PUT is preflighted; with a status that is no ok one it goes no further."""
    asked = preflight(status, headers, request_headers=_preflight_of(page))
    more = () if status != 200 else (request(200, headers[:1], request_headers=_origin(page)),)
    return cell(name, expect, asked, *more, page=page, call=Call(method="PUT"))


def _get(page: str, headers: Headers, **at: str) -> Exchange:
    return request(200, headers, request_headers=_origin(page), **at)


def _origin(page: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"Origin", page.encode()),)


def _preflight_of(page: str) -> tuple[tuple[bytes, bytes], ...]:
    return (
        *_origin(page),
        (b"Access-Control-Request-Method", b"PUT"),
        (b"Access-Control-Request-Headers", b"content-type"),
    )


def neighbourhood(records: Iterable[CellRecord]) -> Neighbourhood:
    return Neighbourhood(call for record in records for call in neighbours_of(record))


def advice_in_run(record: CellRecord, made_of: tuple[str, ...], *others: CellRecord) -> Advice:
    advice = advise(record, made_of, neighbourhood((record, *others)))
    assert advice is not None
    return advice
