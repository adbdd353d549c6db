"""What is hidden of a text that is shown or kept."""

import pytest

from cors_harness.errors import ServerFailed
from cors_harness.terms.secrets import redacted

TEXTS = {
    "password in a URL": ("--url=http://me:s3cret@h:1/a", "--url=http://***@h:1/a"),
    "user name in a URL": ("found 'https://s3cret@h'", "found 'https://***@h'"),
    "password with an @": ("x://me:s3@cret@h", "x://***@h"),
    "database of a command": (
        "DB=postgres://me:s3cret@db/shop run",
        "DB=postgres://***@db/shop run",
    ),
    "two URLs": ("a://b@c d://e@f", "a://***@c d://***@f"),
    "setting": ("SECRET_KEY=s3cret gunicorn", "SECRET_KEY=*** gunicorn"),
    "setting in quotes": ('"API_KEY=s3cret"', '"API_KEY=***"'),
    "setting in lower case": ("db_password=s3cret run", "db_password=*** run"),
    "short word": ("PASS=s3cret", "PASS=***"),
    "short word at the end": ("MYSQL_PWD=s3cret run", "MYSQL_PWD=*** run"),
    "key": ("STRIPE_KEY=s3cret run", "STRIPE_KEY=*** run"),
    "key alone": ("KEY=s3cret", "KEY=***"),
    "words after it": ("SECRET_KEY_BASE=s3cret", "SECRET_KEY_BASE=***"),
    "value in quotes": ("AWS_SECRET_ACCESS_KEY='a b' run", "AWS_SECRET_ACCESS_KEY=*** run"),
    "value in double quotes": ('TOKEN="a \\" b" run', "TOKEN=*** run"),
    "value with an escape": ("TOKEN=a\\ b run", "TOKEN=*** run"),
    "all in quotes": ("'API_KEY=a b' run", "'API_KEY=***' run"),
    "option": ("run --password s3cret --port 1", "run --password *** --port 1"),
    "option with =": ("run --api-key=s3cret --port 1", "run --api-key=*** --port 1"),
    "option with a value in quotes": ("--db-password 'a b' -x", "--db-password *** -x"),
    "option of credentials": ("--credentials=s3cret", "--credentials=***"),
    "two settings": ("A_TOKEN=x B_TOKEN=y", "A_TOKEN=*** B_TOKEN=***"),
    "a user of curl": ("curl -u me:s3cret http://h/a", "curl -u me:*** http://h/a"),
    "a user without a space": ("curl -ume:s3cret", "curl -ume:***"),
    "a user in quotes": ("curl --user 'me:s3 cret' x", "curl --user 'me:***' x"),
    "a user of a proxy": ("curl --proxy-user=me:s3cret x", "curl --proxy-user=me:*** x"),
    "a cookie of curl": ("curl -b 'a=s3cret; b=cd' x", "curl -b 'a=***' x"),
    "a header of curl": ("-H 'Authorization: Bearer s3 cret'", "-H 'Authorization: Bearer ***'"),
    "a header": ("Authorization: Basic bWU6czNj to", "Authorization: Basic *** to"),
    "a key in a header": ("X-Api-Key: s3cret", "X-Api-Key: ***"),
    "cookies": ("Cookie: sid=s3cret; b=cdef", "Cookie: sid=***; b=***"),
    "a cookie with attributes": (
        "Set-Cookie: sid=s3cret; Path=/orders; SameSite=None",
        "Set-Cookie: sid=***; Path=/orders; SameSite=None",
    ),
    "JSON": ('{"user": "ann", "password": "s3 \\"cret"}', '{"user": "ann", "password": "***"}'),
    "Python": (
        "{'Authorization': 'Bearer s3cret', 'a': 'b'}",
        "{'Authorization': '***', 'a': 'b'}",
    ),
    "headers of ASGI": ("(b'cookie', b'sid=s3cret')", "(b'cookie', b'***')"),
    "a token": ("refused Bearer s3cret of", "refused Bearer *** of"),
    "a form": ("POST /login user=ann&password=s3cret", "POST /login user=ann&password=***"),
}
ORDINARY = (
    "--header 'Authorization: Bearer {steps.0.json.access_token}'",
    "X-Api-Key: {unique}",
    "http://h:1/a@b user@example.com PORT=1",
    "Access-Control-Allow-Headers: X-Api-Key, X-Token, Authorization",
    "Access-Control-Allow-Credentials: true",
    "orders.yaml:3:5: headers: found 'X-Api-Key'; expected a mapping",
    "title: found 'A token, a password and a key'; expected text",
    "Vary: Origin; set-cookie: sid{token}=1",
    "allow_credentials=True, supports_credentials=False",
    "credentials='include'",
    "sorted(key=len) bypass=1 keyword=x",
    "init --credentials --out FILE",
    "unless you say --credentials and more",
    "--token-file /run/x --password-store=basic --keyfile k.pem",
    "-k 'token and not key'",
    "{page}/landing?cell=TOKEN",
    "python -u -m shop:app",
    "name what it brings: --header 'Authorization: Bearer {steps.0.json.KEY}'",
    "such as --header 'Authorization: Bearer abc'",
    "X-Csrf: {steps.0.cookie.csrf}",
    "gunicorn -b 127.0.0.1:8000 -u www-data shop:app",
    "uwsgi -u http://127.0.0.1:8000",
    "Bearer authentication is asked for",
    "allow_headers=['X-Api-Key', 'Authorization']",
    "bad password: must have 8 characters",
    "orders.yaml:3:5: X-Api-Key: found a number; expected text",
)


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_credentials_are_hidden(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_messages_hide_what_servers_say_of_their_passwords() -> None:
    error = ServerFailed("no connection to postgres://me:s3cret@db/shop")
    assert f"{error}" == "no connection to postgres://***@db/shop"


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("word", ["X-auth", "token", "key_", "pass_", "'token'", "Cookie: a=b; "])
def test_long_text_of_a_server_is_read_once(word: str) -> None:
    """Minutes where the time goes by the square of the length."""
    assert len(redacted(word * 100_000)) > 100_000
