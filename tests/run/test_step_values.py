"""What a step brings for later ones, and what is said where it brings nothing."""

import json

import pytest

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.scenario import Call
from cors_harness.run.step_values import (
    JSON_LIMIT,
    FinishedStep,
    NotBrought,
    brought,
    refused_in_header,
)
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.step_value import step_values_in

BODY = {
    "token": 'a"b',
    "n": 7,
    "big": 12345678901234567890123,
    "yes": True,
    "no": None,
    "data": {"items": [{"id": "x"}, {}]},
    "0": "zero",
}
REJECTED = Rejected(error_name="TypeError", error_message="Failed to fetch")


def exchange(
    *headers: tuple[str, str], status: int | None = 200, preflight: bool = False
) -> Exchange:
    return Exchange(
        kind=ExchangeKind.PREFLIGHT if preflight else ExchangeKind.REQUEST,
        role="server",
        origin="http://127.0.0.1:1",
        method="GET",
        target="/",
        request_headers=(),
        status=status,
        response_headers=encoded(headers),
    )


def encoded(headers: tuple[tuple[str, str], ...]) -> HeaderList:
    return tuple((name.encode(), value.encode("latin-1")) for name, value in headers)


def seen(
    *headers: tuple[str, str], body: str | None = "", response_type: str = "cors", status: int = 200
) -> Fulfilled:
    return Fulfilled(
        response_type=response_type,
        status=status,
        url="",
        redirected=False,
        headers=headers,
        body=body,
    )


def found(
    placeholder: str, observation: Observation, *exchanges: Exchange, call: Call | None = None
) -> str | NotBrought:
    (value,) = step_values_in(f"{{steps.0.{placeholder}}}")
    finished = FinishedStep(call=call or Call(), observation=observation, exchanges=exchanges)
    return brought(value, finished)


def why(placeholder: str, observation: Observation, *exchanges: Exchange) -> str:
    missing = found(placeholder, observation, *exchanges)
    assert isinstance(missing, NotBrought)
    return missing.why


def test_a_header_is_what_page_code_reads() -> None:
    assert found("header.X-A", seen(("x-a", "1"), ("x-b", "")), exchange(("X-A", "2"))) == "1"
    assert found("header.x-b", seen(("x-a", "1"), ("x-b", "")), exchange()) == ""


def test_a_header_that_did_not_come_is_missing_and_the_others_are_named() -> None:
    assert why("header.x-a", seen(("content-type", "a/b"), ("x-b", "")), exchange()) == (
        "its response (200) has content-type, x-b that page code can read"
    )
    assert why("header.x-a", seen(), exchange()) == (
        "its response (200) has no header that page code can read"
    )


HIDDEN = "its response (200) has it on the wire, but page code cannot read it: "
EXPOSE = "Access-Control-Expose-Headers"


def test_a_header_that_is_not_exposed_is_missing_and_that_is_said() -> None:
    assert why("header.x-a", seen(), exchange(("X-A", "1"))) == (
        f"{HIDDEN}there is no {EXPOSE}, which must name x-a"
    )
    assert why("header.x-a", seen(), exchange(("X-A", "1"), (EXPOSE, "X-B, X-C\x1b"))) == (
        f"{HIDDEN}{EXPOSE} is 'X-B, X-C\\x1b', which must name x-a"
    )


@pytest.mark.parametrize("exposed", ["*", "X-B, X-a"])
def test_a_header_that_a_browser_keeps_back_though_it_is_exposed_is_told(exposed: str) -> None:
    assert why("header.x-a", seen(), exchange(("X-A", "1"), (EXPOSE, exposed))) == (
        f"{HIDDEN}{EXPOSE} is {exposed!r}, and yet this browser keeps it back"
    )


def test_a_star_exposes_nothing_with_credentials() -> None:
    call = Call(credentials=CredentialsMode.INCLUDE)
    missing = found("header.x-a", seen(), exchange(("X-A", "1"), (EXPOSE, "*")), call=call)
    assert missing == NotBrought(
        f"{HIDDEN}{EXPOSE} is '*', which is no wildcard with credentials and must name x-a"
    )


JSON_VALUES = {
    "token": 'a"b',
    "n": "7",
    "big": "12345678901234567890123",
    "yes": "true",
    "data.items.0.id": "x",
    "0": "zero",
}


@pytest.mark.parametrize(("keys", "text"), JSON_VALUES.items())
def test_json_gives_the_text_as_it_is(keys: str, text: str) -> None:
    assert found(f"json.{keys}", seen(body=json.dumps(BODY))) == text


def test_numbers_stay_as_they_are_written() -> None:
    assert found("json.a", seen(body='{"a": 1.50}')) == "1.50"
    assert found("json.a", seen(body=f'{{"a": {"9" * 5000}}}')) == "9" * 5000


KEYS = "the keys 'token', 'n', 'big', 'yes', 'no', 'data', '0'"
NO_JSON_VALUES = {
    "csrf": f"is JSON: an object with {KEYS}",
    "no": "has at no null",
    "data": "has at data an object with the keys 'items'",
    "data.items": "has at data.items a list of 2",
    "data.items.2": "has at data.items a list of 2",
    "data.items.-1": "has at data.items a list of 2",
    "data.items.1.id": "has at data.items.1 an object with no keys",
    "token.a": "has at token a text or a number",
}


@pytest.mark.parametrize(("keys", "words"), NO_JSON_VALUES.items())
def test_what_json_has_instead_is_said(keys: str, words: str) -> None:
    body = json.dumps(BODY)
    assert why(f"json.{keys}", seen(body=body, status=403)) == f"its response (403) {words}"


BODIES = {
    "a list": ("[1]", "is JSON: a list of 1"),
    "a page": ("<html>\x1b[2J", "has a body that is no JSON: '<html>\\x1b[2J'"),
    "nothing": ("", "has an empty body"),
    "broken off": (None, "has a body that cannot be read"),
    "no number": ('{"a": NaN}', "has a body that is no JSON: '{\"a\": NaN}'"),
    "deep": ("[" * 100_000, f"has a body that is no JSON: {'[' * 60!r}… (100000 characters)"),
    "keys of a server": (
        '{"\\u001b[2J": 1}',
        "is JSON: an object with the keys '\\x1b[2J'",
    ),
    "many keys": (
        json.dumps(dict.fromkeys("bcdefghijklmnop", 1)),
        "is JSON: an object with the keys "
        f"{', '.join(repr(key) for key in 'bcdefghijklm')} and 3 more",
    ),
}


@pytest.mark.parametrize(("body", "words"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_such_json_is_said(body: str | None, words: str) -> None:
    assert why("json.a", seen(body=body)) == f"its response (200) {words}"


def test_a_body_that_is_too_long_is_said_and_not_read_in_part() -> None:
    start, end = '{"a": "b", "pad": "', '"}'
    room = JSON_LIMIT - len(start + end)
    assert found("json.a", seen(body=start + "x" * room + end)) == "b"
    words = f"its response (200) has a body of more than {JSON_LIMIT} characters"
    assert why("json.a", seen(body=start + "x" * (room + 1) + end)) == words
    # JavaScript counts these twice, and has cut the body by that count.
    assert why("json.a", seen(body=start + "\U0001f600" * (room // 2 + 1) + end)) == words


UNREAD = {
    "rejected": (
        REJECTED,
        "it has no response that page code can read: fetch() rejected with 'TypeError'",
    ),
    "timed out": (
        TimedOut(after_ms=1.0),
        "it has no response that page code can read: nothing came in time",
    ),
    "crashed": (
        Crashed(detail="gone"),
        "it has no response that page code can read: the engine went away",
    ),
    "opaque": (
        seen(response_type="opaque", status=0),
        "its response is opaque, page code can read nothing of it",
    ),
    "opaque redirect": (
        seen(response_type="opaqueredirect", status=0),
        "its response is opaque, page code can read nothing of it",
    ),
}


@pytest.mark.parametrize("placeholder", ["header.x-a", "json.a"])
@pytest.mark.parametrize(("observation", "words"), UNREAD.values(), ids=UNREAD)
def test_what_page_code_cannot_read_brings_nothing(
    observation: Observation, words: str, placeholder: str
) -> None:
    assert why(placeholder, observation, exchange(("X-A", "1"))) == words


def test_a_cookie_is_what_was_set_last_also_where_page_code_reads_nothing() -> None:
    first = exchange(("Set-Cookie", "a=1"), ("Set-Cookie", "b=x"), status=302)
    last = exchange(("Set-Cookie", 'a="2 =3"; Path=/; HttpOnly; Max-Age=60'))
    assert found("cookie.a", REJECTED, first, last) == '"2 =3"'
    assert found("cookie.b", REJECTED, first, last) == "x"


NO_COOKIES = {
    "none": ((), "its response (200) sets no cookie"),
    "others": (("A=1", "b\x1b=2"), "its response (200) sets only the cookies 'A', 'b\\x1b'"),
    "no pair": (("a",), "its response (200) sets no cookie"),
    "age": (("a=1; max-age=0",), "its response (200) deletes it"),
    "date": (
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",),
        "its response (200) deletes it",
    ),
    "set, then deleted": (("a=1", "a=; Max-Age=-1"), "its response (200) deletes it"),
}


@pytest.mark.parametrize(("cookies", "words"), NO_COOKIES.values(), ids=NO_COOKIES)
def test_a_cookie_that_is_not_set_is_missing(cookies: tuple[str, ...], words: str) -> None:
    response = exchange(*(("Set-Cookie", cookie) for cookie in cookies))
    assert why("cookie.a", seen(), response) == words


def test_max_age_wins_over_expires_and_what_is_no_date_ends_nothing() -> None:
    past = "Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    assert found("cookie.a", seen(), exchange(("Set-Cookie", f"a=1; Max-Age=60; {past}"))) == "1"
    assert found("cookie.a", seen(), exchange(("Set-Cookie", "a=1; Expires=soon"))) == "1"


def test_a_preflight_sets_no_cookie_and_several_responses_are_named() -> None:
    wire = (exchange(("Set-Cookie", "a=1"), preflight=True), exchange(status=302), exchange())
    assert why("cookie.a", seen(), *wire) == "its responses (302, 200) set no cookie"
    assert why("cookie.a", seen(), wire[0]) == "no response to it was on the wire"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("plain", ""),
        (" \r\n at the ends \n", ""),
        ("é", ""),
        ("a\r\nX: y", "a line break"),
        ("a\nb", "a line break"),
        ("a\0b", "NUL"),
        ("€", "a character above U+00FF"),
    ],
)
def test_values_that_fetch_refuses_in_headers(value: str, words: str) -> None:
    assert refused_in_header(value) == words
