"""Which mistake it is, and for what the lines are written, by reason, wire and distributions."""

from dataclasses import replace

import pytest
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
    NGINX,
    PUT,
    PYRAMID,
    QUART,
    SANIC,
    STARLETTE,
    TORNADO,
    US,
    Headers,
    blocked,
    mismatch,
    preflight,
    request,
    sent,
    text,
    unreadable,
)

from cors_harness.advice.advise import advise
from cors_harness.advice.diagnosis import DECISIONS
from cors_harness.model.advice import SHUTS_OUT, FixTarget, Mistake
from cors_harness.model.cell import CellRecord
from cors_harness.model.scenario import Call
from cors_harness.model.verdict import Aspect, Unseen
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.reasons import ReasonCode as Code

MISSING, MISMATCH = Code.ALLOW_ORIGIN_MISSING, Code.ALLOW_ORIGIN_MISMATCH
STATUS = Code.PREFLIGHT_STATUS
METHODS, HEADERS = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"
COUNT: Headers = ((ALLOW_ORIGIN, "https://app.example.com"), ("X-Total-Count", "3"))
REFUSED = text("Disallowed CORS origin, method, headers")
BY_NGINX: Headers = (("Server", "nginx/1.22.1"), ("Content-Type", "text/html"))
BY_NGINX_413, BY_NGINX_502 = (
    (*BY_NGINX, ("Content-Length", "183")),
    (*BY_NGINX, ("Content-Length", "157")),
)
HOST = text("Invalid host header")
LOGIN = ("Location", "/accounts/login/?next=/api/data")
ELSEWHERE = "https://files.example.net"
ITSELF = ("Location", "https://api.example.org/api/data?cell=p.1")
WITHOUT_QUERY = ("Location", "https://api.example.org/api/data")
AIOHTTP_FAILED = "CORS preflight request failed: "
AIOHTTP_ORIGIN = text(f"{AIOHTTP_FAILED}origin 'https://app.example.com' is not allowed")
AIOHTTP_HEADER = text(f"{AIOHTTP_FAILED}headers are not allowed: CONTENT-TYPE")
COOKIES = Call(credentials=CredentialsMode.INCLUDE)

WITHOUT_PREFLIGHT = mismatch(Aspect.WIRE, ("preflight", "request"), ("request",))

ROWS = {
    "nothing about CORS": (blocked(MISSING, request()), FASTAPI, Mistake.ORIGIN_MISSING),
    "somebody else's origin": (
        blocked(MISMATCH, request(200, ((ALLOW_ORIGIN, "https://x.example"),))),
        FLASK,
        Mistake.ORIGIN_MISMATCH,
    ),
    "preflight passed, request says nothing": (
        blocked(MISSING, preflight(200, US), request(), call=PUT),
        FLASK,
        Mistake.ONLY_ON_PREFLIGHT,
    ),
    "a crash": (blocked(MISSING, request(500)), FASTAPI, Mistake.CRASH),
    "a crash behind a preflight": (
        blocked(MISSING, preflight(200, US), request(500), call=PUT),
        STARLETTE,
        Mistake.CRASH,
    ),
    "another error": (blocked(MISSING, request(403)), FASTAPI, Mistake.ERROR),
    "too large": (blocked(MISSING, request(413, BY_NGINX_413)), FASTAPI, Mistake.TOO_LARGE),
    "too large for whatever runs the app": (
        blocked(MISSING, request(413)),
        FLASK_CORS,
        Mistake.TOO_LARGE,
    ),
    "too many connections for whatever runs the app": (
        blocked(MISSING, request(503)),
        FASTAPI,
        Mistake.ERROR,
    ),
    "too many headers for whatever runs the app": (
        blocked(STATUS, preflight(431), call=PUT),
        FLASK,
        Mistake.PREFLIGHT_ERROR,
    ),
    "two headers": (
        blocked(Code.ALLOW_ORIGIN_MULTIPLE, request(200, US + US)),
        FLASK,
        Mistake.TWICE,
    ),
    "two origins in one header": (
        blocked(
            Code.ALLOW_ORIGIN_MULTIPLE, request(200, ((ALLOW_ORIGIN, "https://a, https://b"),))
        ),
        FLASK,
        Mistake.SEVERAL_IN_ONE,
    ),
    "* with cookies": (
        blocked(
            Code.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
            request(200, ((ALLOW_ORIGIN, "*"),)),
            call=COOKIES,
        ),
        FASTAPI,
        Mistake.WILDCARD_CREDENTIALS,
    ),
    "no credentials": (
        blocked(Code.ALLOW_CREDENTIALS_NOT_TRUE, request(200, US), call=COOKIES),
        DJANGO,
        Mistake.CREDENTIALS,
    ),
    "401 to the preflight, in Chromium's words": (
        blocked(MISSING, preflight(401), call=PUT),
        FASTAPI,
        Mistake.PREFLIGHT_AUTH,
    ),
    "401 to the preflight, in WebKit's words": (
        blocked(STATUS, preflight(401), call=PUT),
        FASTAPI,
        Mistake.PREFLIGHT_AUTH,
    ),
    "403 to the preflight, in words that nobody mapped": (
        blocked(Code.UNKNOWN, preflight(403), call=PUT),
        FLASK,
        Mistake.PREFLIGHT_REFUSED,
    ),
    "429 to the preflight": (
        blocked(STATUS, preflight(429), call=PUT),
        FASTAPI,
        Mistake.RATE_LIMIT,
    ),
    "429": (blocked(MISSING, request(429)), FLASK_CORS, Mistake.RATE_LIMIT),
    "400 for the Host": (blocked(MISSING, request(400, HOST)), FASTAPI, Mistake.HOST_REFUSED),
    "400 for the Host, to the preflight": (
        blocked(STATUS, preflight(400, HOST), call=PUT),
        STARLETTE,
        Mistake.HOST_REFUSED,
    ),
    "Django's 400, which CommonMiddleware did not see": (
        blocked(MISSING, request(400, (("Content-Type", "text/html; charset=utf-8"),))),
        DJANGO,
        Mistake.HOST_REFUSED,
    ),
    "a 400 of the app": (blocked(MISSING, request(400, text("no"))), DJANGO, Mistake.ERROR),
    "an error of an app that lets others in": (
        blocked(MISSING, request(401, (("Vary", "Origin"),))),
        FASTAPI,
        Mistake.ORIGIN_MISSING,
    ),
    "redirected to a slash": (
        blocked(MISSING, request(301, (("Location", "/api/data/"),))),
        DJANGO,
        Mistake.REDIRECT,
    ),
    "redirected to a login": (
        blocked(MISSING, request(302, (LOGIN,))),
        DJANGO,
        Mistake.LOGIN_REDIRECT,
    ),
    "redirected to a login that says nothing about CORS": (
        blocked(MISSING, request(302, (*US, LOGIN)), request(200, target="/accounts/login/")),
        DJANGO,
        Mistake.LOGIN_REDIRECT,
    ),
    "preflight redirected to a login": (
        blocked(Code.PREFLIGHT_REDIRECT, preflight(302, (LOGIN,)), call=PUT),
        FLASK,
        Mistake.LOGIN_REDIRECT,
    ),
    "Litestar's 400 for headers": (
        blocked(MISSING, preflight(400, text("Disallowed CORS headers")), call=PUT),
        LITESTAR,
        Mistake.HEADER,
    ),
    "Litestar's 400 for the origin or the method": (
        blocked(MISSING, preflight(400, text("Disallowed CORS Origin")), call=PUT),
        LITESTAR,
        Mistake.PREFLIGHT_REFUSED,
    ),
    "aiohttp-cors' 403 for the origin": (
        blocked(MISSING, preflight(403, AIOHTTP_ORIGIN), call=PUT),
        AIOHTTP_CORS,
        Mistake.ORIGIN_MISSING,
    ),
    "aiohttp-cors' 403 for a header": (
        blocked(MISSING, preflight(403, AIOHTTP_HEADER), call=PUT),
        AIOHTTP_CORS,
        Mistake.HEADER,
    ),
    "BlackSheep's 400 for the method, not to a preflight": (
        blocked(MISSING, request(400, (("CORS-Error", "The method of the request is not"),))),
        BLACKSHEEP,
        Mistake.METHOD,
    ),
    "401 to the preflight, without credentials": (
        blocked(
            Code.ALLOW_CREDENTIALS_NOT_TRUE,
            preflight(401, US),
            call=Call(method="PUT", credentials=CredentialsMode.INCLUDE),
        ),
        FLASK,
        Mistake.PREFLIGHT_AUTH,
    ),
    "405 to the preflight": (
        blocked(STATUS, preflight(405), call=PUT),
        FASTAPI,
        Mistake.PREFLIGHT_ROUTE,
    ),
    "404 to the preflight": (
        blocked(MISSING, preflight(404), call=PUT),
        (),
        Mistake.PREFLIGHT_ROUTE,
    ),
    "500 to the preflight": (
        blocked(STATUS, preflight(500, US), call=PUT),
        FLASK,
        Mistake.PREFLIGHT_ERROR,
    ),
    "308 to the preflight": (
        blocked(Code.PREFLIGHT_REDIRECT, preflight(308, US), call=PUT),
        FLASK_CORS,
        Mistake.PREFLIGHT_REDIRECT,
    ),
    "307 to the preflight, as a missing header": (
        blocked(MISSING, preflight(307), call=PUT),
        FASTAPI,
        Mistake.PREFLIGHT_REDIRECT,
    ),
    "Starlette's 400 without the origin": (
        blocked(MISSING, preflight(400, ((METHODS, "GET"), *REFUSED)), call=PUT),
        STARLETTE,
        Mistake.ORIGIN_MISSING,
    ),
    "Starlette's 400 without the method": (
        blocked(
            STATUS,
            preflight(400, (*US, (METHODS, "GET"), *text("Disallowed CORS method"))),
            call=PUT,
        ),
        FASTAPI,
        Mistake.METHOD,
    ),
    "Starlette's 400 without the header": (
        blocked(
            STATUS,
            preflight(400, (*US, (METHODS, "GET, PUT"), (HEADERS, "X-A"), *REFUSED)),
            call=PUT,
        ),
        FASTAPI,
        Mistake.HEADER,
    ),
    "a 400 of who knows what": (
        blocked(STATUS, preflight(400, US), call=PUT),
        FASTAPI,
        Mistake.PREFLIGHT_ERROR,
    ),
    "a method": (
        blocked(Code.METHOD_NOT_ALLOWED, preflight(200, (*US, (METHODS, "GET"))), call=PUT),
        FLASK,
        Mistake.METHOD,
    ),
    "a method in lower case": (
        blocked(
            Code.METHOD_NOT_ALLOWED,
            preflight(200, (*US, (METHODS, "GET, PATCH")), method="patch"),
            call=Call(method="patch"),
        ),
        FASTAPI,
        Mistake.METHOD_CASE,
    ),
    "a request header": (
        blocked(Code.HEADER_NOT_ALLOWED, preflight(200, (*US, (METHODS, "PUT"))), call=PUT),
        FLASK,
        Mistake.HEADER,
    ),
    "a list that is none": (
        blocked(Code.ALLOW_METHODS_INVALID, preflight(200, (*US, (METHODS, "A B"))), call=PUT),
        FLASK,
        Mistake.LIST_INVALID,
    ),
    "redirected to another origin": (
        blocked(
            MISSING,
            request(302, US),
            request(200, origin=ELSEWHERE, request_headers=sent("null")),
        ),
        FASTAPI,
        Mistake.REDIRECTED_AWAY,
    ),
    "redirected to http": (
        blocked(Code.MIXED_CONTENT, request(307, US)),
        FASTAPI,
        Mistake.REDIRECTED_TO_HTTP,
    ),
    "redirected to itself": (
        blocked(Code.REDIRECT_COUNT, *[request(307, (*US, ITSELF))] * 3),
        FASTAPI,
        Mistake.HTTPS_UNTOLD,
    ),
    "redirected to itself, and nothing about CORS": (
        blocked(MISSING, request(301, (ITSELF,))),
        DJANGO,
        Mistake.HTTPS_UNTOLD,
    ),
    "preflight redirected to itself, which loses the query": (
        blocked(Code.PREFLIGHT_REDIRECT, preflight(302, (WITHOUT_QUERY,)), call=PUT),
        FLASK,
        Mistake.HTTPS_UNTOLD,
    ),
    "redirected to itself without a scheme": (
        blocked(MISSING, request(302, (("Location", "/api/data"),))),
        FLASK,
        Mistake.REDIRECT,
    ),
    "a sandboxed frame": (
        blocked(MISSING, request(200, request_headers=sent("null")), page="null"),
        FASTAPI,
        Mistake.ORIGIN_NULL,
    ),
    "a header that is not exposed": (unreadable(request(200, COUNT)), FLASK, Mistake.NOT_EXPOSED),
    "a header that is not there": (unreadable(request(200, US)), FLASK, Mistake.NEVER_SENT),
    "mixed content": (blocked(Code.MIXED_CONTENT), FASTAPI, Mistake.MIXED_CONTENT),
    "local network access": (blocked(Code.LOCAL_NETWORK_ACCESS), FASTAPI, Mistake.LOCAL_NETWORK),
    "a certificate": (blocked(Code.CERTIFICATE), FASTAPI, Mistake.CERTIFICATE),
}


@pytest.mark.parametrize(("record", "made_of", "mistake"), ROWS.values(), ids=ROWS)
def test_mistake_is_told(record: CellRecord, made_of: tuple[str, ...], mistake: Mistake) -> None:
    advice = advise(record, made_of)
    assert advice is not None
    assert advice.mistake is mistake


@pytest.mark.parametrize(("record", "made_of"), [row[:2] for row in ROWS.values()], ids=ROWS)
def test_advice_does_not_hang_on_whether_a_body_has_come(
    record: CellRecord, made_of: tuple[str, ...]
) -> None:
    def having(body: bytes) -> CellRecord:
        wire = (replace(each, body=body, complete=not body) for each in record.exchanges)
        return replace(record, exchanges=tuple(wire))

    said = (b"", b"Disallowed CORS origin", b"<center>nginx", b"Invalid host header")
    assert len({advise(having(body), made_of) for body in said}) == 1


def test_every_mistake_has_a_row() -> None:
    of_comparisons = {Mistake.CARRIED_OUT, *SHUTS_OUT}  # of those test_let_in has the rows
    assert {mistake for _, _, mistake in ROWS.values()} == set(Mistake) - of_comparisons


NOTHING_TO_SAY = {
    "meant to be blocked": blocked(MISSING, request(), mismatches=[WITHOUT_PREFLIGHT]),
    "blocked as it was meant to be": blocked(MISSING, request(), mismatches=()),
    "nobody knows why": blocked(Code.UNKNOWN, request(200, US)),
    "the network": blocked(Code.NETWORK),
    "no response": blocked(MISSING, preflight(None), call=PUT),
    "the page's own mode": blocked(Code.MODE_SAME_ORIGIN),
    "a redirect too many": blocked(Code.REDIRECT_COUNT, request(302, US)),
}


@pytest.mark.parametrize("record", NOTHING_TO_SAY.values(), ids=NOTHING_TO_SAY)
def test_no_advice_where_there_is_nothing_to_say(record: CellRecord) -> None:
    assert advise(record, FASTAPI) is None


def test_call_that_was_meant_to_give_a_status_was_meant_to_be_allowed() -> None:
    missed = mismatch(Aspect.STATUS, 200, None, unseen=Unseen.NO_RESPONSE)
    record = blocked(MISSING, request(), mismatches=[missed])
    assert advise(record, FASTAPI) is not None


def test_whoever_knows_better_than_the_scenario_says_so() -> None:
    record = blocked(MISSING, request(), mismatches=())
    advice = advise(record, FASTAPI, step=0)
    assert advice is not None
    assert advice.mistake is Mistake.ORIGIN_MISSING
    assert advise(record, FASTAPI, step=1) is None


BY_HAND: Headers = ((ALLOW_ORIGIN, "https://x.example"), (METHODS, "GET"))
SERVED_BY_NGINX: Headers = (("Server", "nginx/1.22.1"),)
OF_DJANGO: Headers = (
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
PLACES = {
    "FastAPI": (blocked(MISSING, request()), FASTAPI, FixTarget.FASTAPI),
    "Starlette": (blocked(MISSING, request()), STARLETTE, FixTarget.STARLETTE),
    "Flask": (blocked(MISSING, request()), FLASK, FixTarget.FLASK),
    "flask-cors": (blocked(MISSING, request()), FLASK_CORS, FixTarget.FLASK_CORS),
    "flask-cors is there, the header is by hand": (
        blocked(MISMATCH, request(200, BY_HAND)),
        FLASK_CORS,
        FixTarget.FLASK,
    ),
    "Django": (blocked(MISSING, request()), DJANGO, FixTarget.DJANGO),
    "who knows what": (blocked(MISSING, request()), ("home-made", "hypercorn"), FixTarget.ANY),
    "Litestar": (blocked(MISSING, request()), LITESTAR, FixTarget.LITESTAR),
    "Quart, which has Flask inside": (blocked(MISSING, request()), QUART, FixTarget.QUART),
    "Sanic": (blocked(MISSING, request()), SANIC, FixTarget.SANIC),
    "Falcon": (blocked(MISSING, request()), FALCON, FixTarget.FALCON),
    "aiohttp": (blocked(MISSING, request()), AIOHTTP, FixTarget.AIOHTTP),
    "aiohttp-cors": (blocked(MISSING, request()), AIOHTTP_CORS, FixTarget.AIOHTTP_CORS),
    "Tornado": (blocked(MISSING, request()), TORNADO, FixTarget.TORNADO),
    "Bottle": (blocked(MISSING, request()), BOTTLE, FixTarget.BOTTLE),
    "Pyramid": (blocked(MISSING, request()), PYRAMID, FixTarget.PYRAMID),
    "Connexion, which has both inside": (
        blocked(MISSING, request()),
        CONNEXION,
        FixTarget.CONNEXION,
    ),
    "BlackSheep": (blocked(MISSING, request()), BLACKSHEEP, FixTarget.BLACKSHEEP),
    "nothing is known, and Tornado serves": (
        blocked(MISSING, request(200, (("Server", "TornadoServer/6.6.1"),))),
        (),
        FixTarget.TORNADO,
    ),
    "nothing is known, and aiohttp serves": (
        blocked(MISSING, request(200, (("Server", "Python/3.11 aiohttp/3.14.5"),))),
        ("python",),
        FixTarget.AIOHTTP,
    ),
    "nothing is known, and Django adds what it adds": (
        blocked(MISSING, request(200, OF_DJANGO)),
        (),
        FixTarget.DJANGO,
    ),
    "nothing is known": (blocked(MISSING, request()), (), FixTarget.ANY),
    "Flask and Starlette in a process of uvicorn": (
        blocked(MISSING, request()),
        (*FLASK, *STARLETTE),
        FixTarget.STARLETTE,
    ),
    "an error page of nginx": (
        blocked(MISSING, request(502, BY_NGINX_502)),
        FASTAPI,
        FixTarget.NGINX,
    ),
    "nginx says its name, the app's 404": (
        blocked(MISSING, request(404, SERVED_BY_NGINX)),
        (),
        FixTarget.NGINX,
    ),
    "nginx in front, the app's 404": (
        blocked(MISSING, request(404)),
        (*FLASK, *NGINX),
        FixTarget.NGINX,
    ),
    "nginx in front, the app's crash": (
        blocked(MISSING, request(500)),
        (*FASTAPI, *NGINX),
        FixTarget.FASTAPI,
    ),
    "nginx in front, a good response": (
        blocked(MISSING, request()),
        (*FASTAPI, *NGINX),
        FixTarget.FASTAPI,
    ),
    "nginx answers the preflight": (
        blocked(Code.HEADER_NOT_ALLOWED, preflight(204, (*US, *SERVED_BY_NGINX)), call=PUT),
        (*FASTAPI, *NGINX),
        FixTarget.NGINX,
    ),
    "nginx adds a second header": (
        blocked(Code.ALLOW_ORIGIN_MULTIPLE, request(200, US + US)),
        (*FLASK_CORS, *NGINX),
        FixTarget.NGINX,
    ),
    "Apache adds a second header": (
        blocked(Code.ALLOW_ORIGIN_MULTIPLE, request(200, US + US)),
        (*FLASK_CORS, "apache"),
        FixTarget.ANY,
    ),
    "Apache answers the preflight": (
        blocked(MISSING, preflight(204), call=PUT),
        (*FASTAPI, "apache"),
        FixTarget.ANY,
    ),
    "the app answers the preflight 204": (
        blocked(MISSING, preflight(204), call=PUT),
        FLASK,
        FixTarget.FLASK,
    ),
    "nothing is known, and Starlette refuses": (
        blocked(MISSING, preflight(400, ((METHODS, "GET"), *REFUSED)), call=PUT),
        (),
        FixTarget.STARLETTE,
    ),
    "nothing is known, and Werkzeug serves": (
        blocked(MISSING, request(200, (("Server", "Werkzeug/3.1.3 Python/3.11.2"),))),
        (),
        FixTarget.FLASK,
    ),
    "no line helps": (blocked(Code.CERTIFICATE), FASTAPI, FixTarget.ANY),
    "the app never heard of it": (blocked(MISSING, request(413)), FASTAPI, FixTarget.ANY),
}


@pytest.mark.parametrize(("record", "made_of", "where"), PLACES.values(), ids=PLACES)
def test_lines_are_for_what_is_at_hand(
    record: CellRecord, made_of: tuple[str, ...], where: FixTarget
) -> None:
    advice = advise(record, made_of)
    assert advice is not None
    assert advice.where is where


def test_every_reason_code_has_a_decision() -> None:
    forgotten = set(Code) - set(DECISIONS)
    assert not forgotten, (
        f"decide in DECISIONS of advice/diagnosis.py what is advised for {sorted(forgotten)}; "
        "Decision() where there is nothing to advise"
    )
