"""Secrets are found where they stand, and what is to be read stays."""

import pytest

from cors_harness.terms.fingerprints import FINGERPRINT, Fingerprints
from cors_harness.terms.secret_texts import (
    hide_in_body,
    hide_in_header,
    hide_in_url,
    without_secrets,
)

HEADERS = {
    "a token": ("Authorization", "Bearer abc", "Bearer <abc>"),
    "a password": ("authorization", "Basic bWU6czNj", "Basic <bWU6czNj>"),
    "credentials without a scheme": ("Authorization", "abc", "<abc>"),
    "credentials of a proxy": ("Proxy-Authorization", "Digest a=b, c=d", "Digest <a=b, c=d>"),
    "cookies": ("Cookie", "a=b; sid=c d; e=", "a=<b>; sid=<c d>; e="),
    "a cookie without a name": ("Cookie", "abc", "<abc>"),
    "a cookie that is set": (
        "Set-Cookie",
        "sid=abc; Path=/; SameSite=None; Secure",
        "sid=<abc>; Path=/; SameSite=None; Secure",
    ),
    "a cookie that is deleted": ("set-cookie", "sid=; Max-Age=0", "sid=; Max-Age=0"),
    "a key": ("X-Api-Key", "abc", "<abc>"),
    "a key of a subscription": ("Ocp-Apim-Subscription-Key", "abc", "<abc>"),
    "a token against forgery": ("X-CSRFToken", "abc", "<abc>"),
    "a session": ("Mcp-Session-Id", "abc", "<abc>"),
    "a URL": ("Location", "/cb?code=abc&state=d#access_token=e&f=g", None),
    "names": ("Access-Control-Allow-Headers", "X-Api-Key, Authorization", None),
    "leave": ("Access-Control-Allow-Credentials", "true", None),
    "what a browser says": ("Sec-WebSocket-Key", "abc", None),
    "a challenge": ("WWW-Authenticate", 'Bearer realm="a"', None),
    "a key against repetition": ("Idempotency-Key", "7", None),
    "an author": ("X-Author", "ann", None),
    "a type": ("Content-Type", "multipart/form-data; boundary=abc", None),
}
BODIES = {
    "JSON": (
        '{"user": "ann", "password": "s3\\"cr\\u0065t", "n": 1}',
        '{"user": "ann", "password": "<s3"cret>", "n": 1}',
    ),
    "JSON below a key": (
        '{"token": {"access": "abc", "all": ["x", 1, null, true]}, "id": 5}',
        '{"token": {"access": "<abc>", "all": ["<x>", "<1>", null, true]}, "id": 5}',
    ),
    "JSON in a list": ('[{"pin": 1234}, {"id": 5}]', '[{"pin": "<1234>"}, {"id": 5}]'),
    "JSON that is cut": ('{"id": 1, "apiKey": "abcde', '{"id": 1, "apiKey": "<abcde>"'),
    "JSON that is told of later": (
        'data: {"session_id": "abc"}\n\n',
        'data: {"session_id": "<abc>"}\n\n',
    ),
    "a form": ("user=ann&password=s3%20cret&x=1", "user=ann&password=<s3 cret>&x=1"),
    "parts": (
        '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nabc\r\n--b--',
        '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n<abc>\r\n--b--',
    ),
    "an element": (
        '<input type="hidden" name="csrfmiddlewaretoken" value="abc"> <input name="q" value="d">',
        '<input type="hidden" name="csrfmiddlewaretoken" value="<abc>"> <input name="q" value="d">',
    ),
    "a signed token by its looks": (
        "it is eyJhbGciOiJI.eyJzdWIi.c2ln here",
        "it is <eyJhbGciOiJI.eyJzdWIi.c2ln> here",
    ),
    "a URL": ('see "https://a.example/?token=abc&b=c"', 'see "https://a.example/?token=<abc>&b=c"'),
}
PLAIN = (
    '{"author": "ann", "expires_in": 3, "token_type": "Bearer", "authenticated": true}',
    '{"code": "not_found", "detail": "a token is missing"}',
    "<p class='token'>one = two</p>",
    "a=b&c=d",
    '}]{,: "',
)


def marked(value: str) -> str:
    return f"<{value}>" if value else value


@pytest.mark.parametrize(("name", "value", "shown"), HEADERS.values(), ids=HEADERS)
def test_headers(name: str, value: str, shown: str | None) -> None:
    if name == "Location":
        shown = "/cb?code=<abc>&state=d#access_token=<e>&f=g"
    assert hide_in_header(name, value, marked) == (value if shown is None else shown)


@pytest.mark.parametrize(("text", "shown"), BODIES.values(), ids=BODIES)
def test_bodies(text: str, shown: str) -> None:
    assert hide_in_body(text, marked) == shown


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_bodies_stay(text: str) -> None:
    assert hide_in_body(text, marked) == text


def test_a_url_keeps_its_parameters_of_ours_and_its_placeholders() -> None:
    url = "/a?cell=3.1&token={steps.0.json.id}&page=2"
    assert hide_in_url(url, marked) == url


def test_a_password_in_a_url() -> None:
    assert hide_in_url("https://me:s3%20@h/a", marked) == "https://me:<s3 >@h/a"


def test_a_password_is_known_by_itself_too() -> None:
    seen: list[str] = []

    def remember(value: str) -> str:
        seen.append(value)
        return value

    hide_in_header("Authorization", "Basic bWU6czNj", remember)
    assert seen == ["s3c", "bWU6czNj"]


def test_equal_values_have_equal_fingerprints_under_one_key() -> None:
    mine, yours = Fingerprints(key=b"a" * 32), Fingerprints(key=b"b" * 32)
    assert mine.of("s3cret") == mine.of("s3cret") != mine.of("s3crets")
    assert mine.of("s3cret") != yours.of("s3cret")
    assert FINGERPRINT.fullmatch(mine.of("s3cret \ud800"))
    assert mine.of(mine.of("s3cret")) == mine.of("s3cret")
    assert mine.of("") == ""
    assert "aaa" not in repr(mine)


def test_a_url_is_the_same_on_every_machine() -> None:
    hidden = Fingerprints().of("abc")
    shown = {without_secrets(f"/a/{hidden}?token={value}&b=c") for value in ("abc", hidden)}
    assert shown == {"/a/…?token=…&b=c"}
