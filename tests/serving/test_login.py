"""What a login brings, from a real server; and what becomes of it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.route import Address
from cors_harness.model.survey import LoginAnswer, LoginCall, PageLogin
from cors_harness.serving.survey.login import filled_headers, log_in, with_answer

LOGIN = LoginCall(method="POST", target="/login", content_type="application/json", body="{}")
BEARER = ("Authorization", "Bearer {steps.0.json.access_token}")


def answered(response: bytes, sent: list[bytes] | None = None) -> LoginAnswer:
    """What `log_in` makes of `response`; `sent` gets the request."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(2)  # what is not read is answered with a reset
        if sent is not None:
            sent.append(head + body)
        writer.write(response)
        writer.close()

    async def ask() -> LoginAnswer:
        async with await asyncio.start_server(take, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            headers = (("Host", "api.example"), ("Origin", "https://app.example"))
            return await log_in(Address(port=port), LOGIN, headers)

    return asyncio.run(ask())


def response(body: object, *headers: str, status: int = 200) -> bytes:
    text = json.dumps(body)
    lines = (f"HTTP/1.1 {status} Fine", *headers, f"Content-Length: {len(text)}", "", text)
    return "\r\n".join(lines).encode()


def test_login_is_sent_as_by_a_page() -> None:
    sent: list[bytes] = []
    answered(response({}), sent)
    head, _, body = sent[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert (lines[0], body) == (b"post /login http/1.1", b"{}")
    assert {b"host: api.example", b"origin: https://app.example"} <= set(lines)
    assert b"content-type: application/json" in lines
    assert sum(line.startswith(b"host:") for line in lines) == 1


@pytest.mark.parametrize(
    ("body", "token"),
    [
        ({"access_token": "a", "token_type": "bearer"}, "access_token"),
        ({"data": {"user": {"token": "a"}}}, "data.user.token"),
        ({"token": {"access": "a", "refresh": "b"}}, "token.access"),
        ({"user": "ann", "access_token": None}, None),
        ([{"token": "a"}], None),
        ({"a}b": {"token": "a"}}, None),  # no placeholder can name it
        ({"token": "a\r\nX: y", "jwt": "b"}, "jwt"),
        ({"token": "\u20ac"}, None),
    ],
)
def test_token_is_found_by_its_name(body: object, token: str | None) -> None:
    assert answered(response(body)).token == token


def test_json_of_any_depth_is_no_trouble() -> None:
    text = "[" * 100_000
    head = f"HTTP/1.1 200 Fine\r\nContent-Length: {len(text)}\r\n\r\n"
    assert answered((head + text).encode()).json is None


def test_cookies_are_what_responses_set() -> None:
    answer = answered(response({}, "Set-Cookie: session=in; Path=/", "Set-Cookie: csrf=c; Secure"))
    assert answer.cookies == ("session=in", "csrf=c")


def test_cookie_that_a_login_deletes_is_none_of_those_that_it_brings() -> None:
    answer = answered(response({}, "Set-Cookie: flash=; Max-Age=0", "Set-Cookie: session=in"))
    assert answer.cookies == ("session=in",)


def test_redirect_after_a_login_counts_as_one() -> None:
    answer = answered(response("", "Location: /me", "Set-Cookie: session=in", status=303))
    assert (answer.status, answer.cookies) == (303, ("session=in",))


def test_error_is_no_login() -> None:
    with pytest.raises(UsageError, match=r"POST /login is answered with status 401; expected"):
        answered(response({}, status=401))


def test_server_without_an_answer_is_told() -> None:
    with pytest.raises(ServerFailed, match=r"--login: your server gives POST /login no answer"):
        answered(b"")


ANSWER = LoginAnswer(
    status=200,
    cookies=("session=in", "csrf=a=b"),
    headers={"x-session": "h"},
    json={"access_token": "t", "user": {"ids": [1, 2]}},
    token="access_token",  # noqa: S106 - a key, no secret
)


@pytest.mark.parametrize(
    ("headers", "carried"),
    [
        ((), (BEARER,)),
        ((("X-Key", "k"),), (("X-Key", "k"), BEARER)),
        ((("Authorization", "Basic x"),), (("Authorization", "Basic x"),)),
        ((("X-Csrf", "{steps.0.cookie.csrf}"),), (("X-Csrf", "{steps.0.cookie.csrf}"),)),
    ],
)
def test_token_goes_into_a_header_where_none_is_named(
    headers: Sequence[tuple[str, str]], carried: Sequence[tuple[str, str]]
) -> None:
    page_login = PageLogin(headers=tuple(headers), login=LOGIN)
    assert with_answer(page_login, ANSWER).headers == tuple(carried)


def test_values_of_the_login_are_filled_in() -> None:
    text = "{steps.0.json.user.ids.1} {steps.0.cookie.csrf} {steps.0.header.X-Session}"
    page_login = PageLogin(headers=(("X", text), BEARER), login=LOGIN)
    assert filled_headers(page_login, ANSWER) == (("X", "2 a=b h"), ("Authorization", "Bearer t"))


def test_login_that_brings_nothing_is_told() -> None:
    nothing = LoginAnswer(status=200, json={"ok": True})
    with pytest.raises(
        UsageError, match=r"sets no cookie(?s:.*)keys: 'ok'(?s:.*)steps\.0\.json\.KEY"
    ):
        with_answer(PageLogin(login=LOGIN), nothing)
    only_cookies = replace(ANSWER, token=None)
    assert with_answer(PageLogin(login=LOGIN), only_cookies).headers == ()


def test_header_that_names_what_did_not_come_is_told_without_values() -> None:
    page_login = PageLogin(headers=(("X", "{steps.0.json.key}"),), login=LOGIN)
    with pytest.raises(UsageError) as told:
        with_answer(page_login, ANSWER)
    assert "brings no {steps.0.json.key}" in str(told.value)
    assert "cookies: 'session', 'csrf'; keys: 'access_token', 'user'" in str(told.value)


@pytest.mark.parametrize("token", ["a\r\nX: y", "\u20ac", "\x1b[2J"])
def test_value_that_no_header_can_have_is_told_and_not_shown(token: str) -> None:
    page_login = PageLogin(headers=(BEARER,), login=LOGIN)
    with pytest.raises(UsageError, match=r"of the login is nothing that a header can have") as told:
        with_answer(page_login, replace(ANSWER, json={"access_token": token}))
    assert token not in str(told.value)


def test_names_that_a_server_gives_are_shown_with_escapes() -> None:
    odd = LoginAnswer(status=200, json={"\x1b[2J": 1, **{f"key{n}": n for n in range(99)}})
    with pytest.raises(UsageError) as told:
        with_answer(PageLogin(login=LOGIN), odd)
    assert "\x1b" not in str(told.value)
    assert str(told.value).splitlines()[1].endswith(" and 88 more")
