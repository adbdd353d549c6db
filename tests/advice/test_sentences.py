"""Each sentence is true of the transcript above it, and of the rest of the run."""

import pytest
from tests.advice.call_builders import (
    AIOHTTP_CORS,
    ALLOW_ORIGIN,
    BLACKSHEEP,
    DJANGO,
    FASTAPI,
    FLASK,
    LITESTAR,
    PAGE,
    PUT,
    US,
    Headers,
    blocked,
    preflight,
    request,
    sent,
    text,
)
from tests.advice.neighbour_builders import advice_in_run, misses, reads

from cors_harness.advice.advise import advise
from cors_harness.model.cell import CellRecord
from cors_harness.terms.reasons import ReasonCode as Code

MISSING = Code.ALLOW_ORIGIN_MISSING
NOT_LISTED = "does not list this origin"
NO_HAND = "nothing that sets CORS headers had a hand"


def wrong(record: CellRecord, made_of: tuple[str, ...] = ()) -> str:
    advice = advise(record, made_of)
    assert advice is not None
    return advice.wrong


@pytest.mark.parametrize("made_of", [(), FASTAPI, DJANGO])
def test_origin_that_is_let_in_elsewhere_is_listed(made_of: tuple[str, ...]) -> None:
    record = misses("orders", target="/orders")
    assert NOT_LISTED in advice_in_run(record, ()).wrong
    said = advice_in_run(record, made_of, reads("items", target="/items")).wrong
    assert NOT_LISTED not in said
    assert "it lets them read GET /items, and" in said
    assert ("CORS_URLS_REGEX" in said) is (made_of == DJANGO)


def test_who_passed_the_preflight_is_listed() -> None:
    passed = blocked(MISSING, preflight(200, US), request(403), call=PUT)
    assert NO_HAND in wrong(passed)
    assert NOT_LISTED not in wrong(passed)
    assert NOT_LISTED in wrong(blocked(MISSING, request(403)))


def test_what_sets_headers_had_a_hand_where_the_answer_says_so() -> None:
    assert NO_HAND not in wrong(blocked(MISSING, request(401, (("Vary", "Origin"),))), FASTAPI)


FAILED = "CORS preflight request failed: "
REFUSED_BY_LIBRARY: dict[str, tuple[int, Headers, tuple[str, ...], str]] = {
    "aiohttp-cors, origin": (
        403,
        text(f"{FAILED}origin '{PAGE}' is not allowed"),
        AIOHTTP_CORS,
        NOT_LISTED,
    ),
    "aiohttp-cors, header": (
        403,
        text(f"{FAILED}headers are not allowed: CONTENT-TYPE"),
        AIOHTTP_CORS,
        "does not allow the request header content-type",
    ),
    "Litestar": (
        400,
        text("Disallowed CORS method"),
        LITESTAR,
        f"does not allow the origin {PAGE}, the request header content-type or the method PUT.",
    ),
    "BlackSheep": (
        400,
        (("CORS-Error", "The origin of the request is not enabled by CORS rules."),),
        BLACKSHEEP,
        NOT_LISTED,
    ),
}


@pytest.mark.parametrize(
    ("status", "headers", "made_of", "part"), REFUSED_BY_LIBRARY.values(), ids=REFUSED_BY_LIBRARY
)
def test_library_that_refuses_a_preflight_asks_for_no_login(
    status: int, headers: Headers, made_of: tuple[str, ...], part: str
) -> None:
    record = blocked(MISSING, preflight(status, headers), call=PUT)
    said = wrong(record, made_of)
    assert part in said
    assert "login" not in said


def test_who_refuses_a_preflight_by_403_was_not_heard_to_ask_for_a_login() -> None:
    said = wrong(blocked(MISSING, preflight(403), call=PUT), FLASK)
    assert "login" not in said
    assert "or it lacks what the server asks every request for" in said
    assert "login" in wrong(blocked(MISSING, preflight(401), call=PUT), FLASK)


def test_two_equal_origins_differ_in_no_slash() -> None:
    wire = request(200, ((ALLOW_ORIGIN, PAGE),), request_headers=sent("https://www.example.com"))
    assert "slash" not in wrong(blocked(Code.ALLOW_ORIGIN_MISMATCH, wire))


REDIRECTS = {
    "a slash": ("/api/data/", True),
    "a slash less": ("/api/data", False),
    "elsewhere": ("/api/new", False),
}


@pytest.mark.parametrize(("location", "is_slash"), REDIRECTS.values(), ids=REDIRECTS)
def test_only_a_redirect_to_a_slash_is_about_one(location: str, is_slash: bool) -> None:
    moved = (("Location", location),)
    assert ("about a slash" in wrong(blocked(MISSING, request(301, moved)))) is is_slash
    asked = blocked(Code.PREFLIGHT_REDIRECT, preflight(308, (*US, *moved)), call=PUT)
    advice = advise(asked, FLASK)
    assert advice is not None
    assert ("app.url_map.strict_slashes = False" in advice.lines) is is_slash


def test_page_is_not_sent_to_a_login() -> None:
    login = (("Location", "/login?next=/api/data"),)
    said = wrong(blocked(Code.PREFLIGHT_REDIRECT, preflight(302, login), call=PUT), FLASK)
    assert "was redirected to a login, https://api.example.org/login; browsers" in said
    said = wrong(blocked(MISSING, request(302, login)))
    assert "answer 401 in its place" in said


def test_host_by_which_the_server_was_called_is_named() -> None:
    said = wrong(blocked(MISSING, request(400, text("Invalid host header"))), FASTAPI)
    assert "was called api.example.org (--server-origin names it as your pages do)" in said


def test_unknown_framework_is_said_to_be_unknown() -> None:
    for made_of, is_unknown in (((), True), (("uvicorn",), True), (("apache",), False)):
        advice = advise(blocked(MISSING, request()), made_of)
        assert advice is not None
        assert ("framework is not known" in advice.place) is is_unknown


def test_answer_that_is_as_long_as_a_known_one_is_not_taken_for_it_in_another_framework() -> None:
    known = {
        "Invalid host header": FLASK,
        "Disallowed CORS method": FASTAPI,
        '{"message":"invalid host header"}': DJANGO,
    }
    for body, made_of in known.items():
        for exchange in (request(400, text(body)), preflight(400, text(body))):
            advice = advise(blocked(MISSING, exchange, call=PUT), made_of)
            assert advice is not None
            assert advice.mistake.value in {"error", "preflight-error"}
