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
    "no secret": (
        "http://h:1/a@b user@example.com PORT=1",
        "http://h:1/a@b user@example.com PORT=1",
    ),
}


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_credentials_are_hidden_and_nothing_else(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_messages_hide_what_servers_say_of_their_passwords() -> None:
    error = ServerFailed("no connection to postgres://me:s3cret@db/shop")
    assert f"{error}" == "no connection to postgres://***@db/shop"
