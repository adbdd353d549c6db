"""The lines: complete, correct, with the values of the cell, and nothing that the wire slips in."""

import ast
from dataclasses import replace

import pytest
from tests.advice.applied.cases import CASES
from tests.advice.call_builders import (
    AIOHTTP,
    AIOHTTP_CORS,
    ALLOW_ORIGIN,
    BLACKSHEEP,
    BOTTLE,
    CONNEXION,
    DJANGO,
    FALCON,
    FASTAPI,
    FLASK,
    FLASK_CORS,
    LITESTAR,
    PAGE,
    PUT,
    PYRAMID,
    QUART,
    SANIC,
    STARLETTE,
    TORNADO,
    US,
    blocked,
    preflight,
    request,
    text,
    unreadable,
)
from tests.advice.test_mistakes import ROWS
from tests.advice.wire.cases import cases
from tests.advice.wire.known_cases import known_cases
from tests.advice.wire.native_cases import native_cases

from cors_harness.advice.advise import advise, link_of
from cors_harness.advice.sentences import spelling_difference
from cors_harness.model.advice import Advice, FixTarget, Mistake
from cors_harness.model.cell import CellRecord
from cors_harness.model.scenario import Call, Outcome
from cors_harness.model.verdict import Reason, StepResult
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.reasons import ReasonCode as Code

MISSING = Code.ALLOW_ORIGIN_MISSING
MADE_OF = {"FastAPI": FASTAPI, "Starlette": STARLETTE, "Flask": FLASK, "flask-cors": FLASK_CORS}
PEERS = {
    "Litestar": LITESTAR,
    "quart-cors": QUART,
    "sanic-ext": SANIC,
    "Falcon": FALCON,
    "aiohttp": AIOHTTP,
    "aiohttp-cors": AIOHTTP_CORS,
    "Tornado": TORNADO,
    "Bottle": BOTTLE,
    "Pyramid": PYRAMID,
    "Connexion": CONNEXION,
    "BlackSheep": BLACKSHEEP,
}
PYTHON = MADE_OF | {"Django": DJANGO} | PEERS
EVERYTHING = (
    *PYTHON.values(),
    *((*made_of, "nginx") for made_of in (FASTAPI, FLASK_CORS, FLASK, DJANGO, SANIC)),
    ("nginx",),
    (),
)


def advice_on(record: CellRecord, made_of: tuple[str, ...]) -> Advice:
    advice = advise(record, made_of)
    assert advice is not None
    return advice


RECORDS = tuple(row[0] for row in ROWS.values())


@pytest.mark.parametrize("made_of", PYTHON.values(), ids=PYTHON)
def test_lines_for_python_are_python(made_of: tuple[str, ...]) -> None:
    for record in RECORDS:
        advice = advice_on(record, made_of)
        if advice.where in {FixTarget.NGINX, FixTarget.ANY}:
            assert not any("import" in line for line in advice.lines)
        else:
            ast.parse("\n".join(advice.lines))


@pytest.mark.parametrize("made_of", EVERYTHING)
def test_advice_is_whole(made_of: tuple[str, ...]) -> None:
    for record in RECORDS:
        advice = advice_on(record, made_of)
        assert advice.wrong.endswith(".")
        assert "\n" not in advice.wrong
        assert bool(advice.place) is bool(advice.lines)
        assert not advice.place.endswith(".")
        assert advice.link.startswith("https://")


WIRE_CASES = (*cases(), *native_cases(), *known_cases())
PROVEN = {(case.mistake, case.where) for case in CASES} | {
    (case.mistake, case.where) for case in WIRE_CASES
}


@pytest.mark.parametrize("made_of", EVERYTHING)
def test_there_are_no_lines_without_a_proof(made_of: tuple[str, ...]) -> None:
    advice = (advice_on(record, made_of) for record in RECORDS)
    assert {(each.mistake, each.where) for each in advice if each.lines} <= PROVEN


@pytest.mark.parametrize("mistake", [each for each in Mistake if each is not Mistake.CARRIED_OUT])
def test_there_is_a_link_for_everything(mistake: Mistake) -> None:
    for where in FixTarget:
        link, link_is = link_of(mistake, where)
        is_report = link_is == "a report of the same"
        assert is_report or link_is == "documentation"
        assert link.startswith("https://")


def test_whole_call_has_the_values_of_the_cell_and_keeps_those_on_the_wire() -> None:
    headers = (
        ("Access-Control-Allow-Methods", "GET, DELETE"),
        ("Access-Control-Allow-Headers", "Accept, Accept-Language, Content-Language, X-Shop"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Max-Age", "60"),
    )
    record = blocked(MISSING, preflight(400, headers), call=PUT)
    assert advice_on(record, FASTAPI).lines == (
        "from fastapi.middleware.cors import CORSMiddleware",
        "",
        "app.add_middleware(",
        "    CORSMiddleware,",
        '    allow_origins=["https://app.example.com"],',
        '    allow_methods=["GET", "DELETE", "PUT"],',
        '    allow_headers=["X-Shop", "Content-Type"],',
        "    allow_credentials=True,",
        "    max_age=60,",
        ")",
    )


def test_origin_that_is_let_in_stays_beside_the_page_and_a_misspelt_one_does_not() -> None:
    record = blocked(
        Code.ALLOW_ORIGIN_MULTIPLE,
        request(200, ((ALLOW_ORIGIN, f"{PAGE}/, https://www.example.com, *"),)),
    )
    lines = advice_on(record, FLASK).lines
    assert 'ALLOWED_ORIGINS = ["https://www.example.com", "https://app.example.com"]' in lines


@pytest.mark.parametrize(
    "misspelt", ["http://app.example.com", "https://app.example.com:8443"], ids=["scheme", "port"]
)
def test_origin_that_differs_from_the_page_in_one_thing_is_no_other_one(misspelt: str) -> None:
    record = blocked(Code.ALLOW_ORIGIN_MISMATCH, request(200, ((ALLOW_ORIGIN, misspelt),)))
    assert '    allow_origins=["https://app.example.com"],' in advice_on(record, FASTAPI).lines


def test_who_is_let_in_without_credentials_gets_none_by_the_advice() -> None:
    star = (
        (ALLOW_ORIGIN, "*"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "GET"),
    )
    record = blocked(Code.METHOD_NOT_ALLOWED, preflight(200, star), call=PUT)
    assert "Credentials" not in "\n".join(advice_on(record, FLASK).lines)


@pytest.mark.parametrize("made_of", EVERYTHING)
def test_nothing_but_names_gets_from_the_wire_into_the_lines(made_of: tuple[str, ...]) -> None:
    odd = '"]); import os; os.abort() #'
    headers = (
        (ALLOW_ORIGIN, f"https://x.example/{odd}"),
        ("Server", "nginx"),
        ("Access-Control-Allow-Methods", f"GET {odd}"),
        ("Access-Control-Allow-Headers", odd),
        ("Access-Control-Expose-Headers", odd),
        ("Access-Control-Max-Age", odd),
    )
    record = blocked(
        Code.ALLOW_ORIGIN_MISMATCH, preflight(204, headers), request(404, headers), call=PUT
    )
    assert "abort" not in "\n".join(advice_on(record, made_of).lines)
    path = "/{__import__('os').abort()}\"+os.abort()"
    at = request(404, headers, target=path), request(400, text("Invalid host header"), target=path)
    for exchange in at:
        odd_host = replace(exchange, origin='https://a"]+os.abort()')
        for each in (exchange, odd_host):
            lines = advice_on(blocked(MISSING, each), made_of).lines
            assert "abort" not in "\n".join(lines)


def test_lines_for_a_header_name_it() -> None:
    record = unreadable(request(200, (*US, ("X-Total-Count", "3"))))
    assert '    expose_headers=["X-Total-Count"],' in advice_on(record, FLASK_CORS).lines


def test_origin_of_this_run_is_named_as_such() -> None:
    record = replace(blocked(MISSING, request()), placeholders=(("page", PAGE),))
    assert "(a port of this run; --page-origin names yours)" in advice_on(record, FLASK).wrong


def test_step_that_was_blocked_is_advised_on() -> None:
    reason = Reason(code=Code.ALLOW_CREDENTIALS_NOT_TRUE)
    first = blocked(MISSING, request())
    record = replace(
        first,
        cell=replace(
            first.cell,
            scenario=replace(first.cell.scenario, steps=first.cell.scenario.steps * 2),
        ),
        exchanges=(request(200, US), request(200, US, step=1)),
        observations=first.observations * 2,
        verdict=replace(
            first.verdict,
            steps=(
                StepResult(outcome=Outcome.ALLOWED),
                StepResult(outcome=Outcome.BLOCKED, reason=reason),
            ),
            mismatches=(replace(first.verdict.mismatches[0], step=1),),
        ),
    )
    assert advice_on(record, FASTAPI).mistake is Mistake.CREDENTIALS


@pytest.mark.parametrize(
    ("credentials", "says"),
    [(None, False), (CredentialsMode.INCLUDE, True)],
    ids=["none", "cookies"],
)
def test_headers_are_advised_on_only_where_the_page_is_not_let_in_yet(
    credentials: CredentialsMode | None, says: bool
) -> None:
    call = replace(PUT, credentials=credentials)
    lines = advice_on(blocked(Code.PREFLIGHT_STATUS, preflight(401, US), call=call), FLASK).lines
    assert "def let_preflights_pass():" in lines
    assert ("def allow_cors(response):" in lines) is says


def test_data_for_anyone_is_not_advised_to_be_sent_with_credentials() -> None:
    redirected = request(200, origin="https://files.example.net")
    call = Call(credentials=CredentialsMode.INCLUDE)
    record = blocked(MISSING, request(302, US), redirected, call=call)
    assert advice_on(record, FASTAPI).lines == ()


@pytest.mark.parametrize(
    ("value", "beginning"),
    [
        (f"{PAGE}/", "a slash at the end"),
        ("https://App.Example.com", "upper case"),
        ("http://app.example.com", "http where the page is on https"),
        (f"{PAGE}:8443", "another port"),
        (f"{PAGE}/shop", "a path, /shop"),
        (f"{PAGE}:port", ""),
        ("https://www.example.com", ""),
        ("null", ""),
        ("*", ""),
    ],
)
def test_spelling_difference_is_named(value: str, beginning: str) -> None:
    difference = spelling_difference(value, PAGE)
    assert difference.startswith(beginning)
    assert bool(difference) is bool(beginning)


REDIRECTS = {
    "own, under http": ("http://api.example.org/api/data/", "https://api.example.org/api/data/"),
    "own": ("https://api.example.org/api/data/", "that address"),
    "a host that begins alike": ("http://api.example.org.uk/", "that address"),
    "elsewhere": ("https://files.example.net/", "that address"),
    "a path": ("/new", "https://api.example.org/new"),
}


@pytest.mark.parametrize(("location", "address"), REDIRECTS.values(), ids=REDIRECTS)
def test_page_is_not_sent_to_http(location: str, address: str) -> None:
    record = blocked(Code.PREFLIGHT_REDIRECT, preflight(308, (("Location", location),)), call=PUT)
    wrong = advice_on(record, ()).wrong
    assert f"redirected to {location}, and" in wrong
    assert wrong.endswith(f"the page can also call {address} itself.")


def test_litestar_keeps_what_it_says_that_it_allows() -> None:
    star = (("Access-Control-Allow-Methods", "*"), ("Access-Control-Allow-Headers", "X-Shop"))
    lines = advice_on(blocked(MISSING, request(200, star)), LITESTAR).lines
    assert '    allow_methods=["*"],' in lines
    assert '    allow_headers=["X-Shop"],' in lines
