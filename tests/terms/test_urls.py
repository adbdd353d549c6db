"""URLs of servers that run already: what is taken, what is refused, and what is never shown."""

import pytest

from cors_harness.terms.origin import ServerUrlError, parse_server_url

TAKEN = {
    "an origin": ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    "a slash behind it": ("http://localhost:8000/", "http://localhost:8000"),
    "no port": ("https://shop.example.com", "https://shop.example.com"),
    "the default port": ("https://shop.example.com:443/", "https://shop.example.com"),
    "upper case": ("HTTP://LocalHost:8000", "http://localhost:8000"),
    "spaces around it": (" http://localhost:8000\n", "http://localhost:8000"),
    "IPv6": ("http://[::1]:8000", "http://[::1]:8000"),
}


@pytest.mark.parametrize(("text", "origin"), TAKEN.values(), ids=TAKEN)
def test_url_as_people_type_it_is_an_origin(text: str, origin: str) -> None:
    assert str(parse_server_url(text)) == origin


REFUSED = {
    "password": ("http://me:s3cret@127.0.0.1:8000", "found credentials in it"),
    "user name": ("https://s3cret@shop.example.com", "found credentials in it"),
    "user and password without a scheme": ("me:s3cret@127.0.0.1", "found credentials in it"),
    "password with a slash": ("http://me:s3/cret@127.0.0.1:8000", "found credentials in it"),
    "a path": ("http://127.0.0.1:8000/api", "expected http://127.0.0.1:8000\n  paths are named"),
    "a query": ("http://127.0.0.1:8000?token=s3cret", "expected http://127.0.0.1:8000\n"),
    "a fragment": ("http://127.0.0.1:8000#s3cret", "expected http://127.0.0.1:8000\n"),
    "no scheme": ("127.0.0.1:8000", "expected http:// or https://, such as http://127"),
    "a name only": ("localhost", "expected http:// or https://"),
    "another scheme": ("ws://localhost:8000", "expected http:// or https://"),
    "no host": ("http://:8000", "expected http:// or https://"),
    "every address": ("http://0.0.0.0:8000", "where servers listen; expected http://127.0.0.1"),
    "every address of IPv6": ("http://[::]:8000", "where servers listen"),
    "a port that is none": ("http://127.0.0.1:99999", "Port out of range"),
    "an address that browsers write otherwise": ("http://127.1:8000", "expected a host"),
    "nothing": ("", "expected http:// or https://"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_other_text_is_refused_and_secrets_are_not_shown(text: str, why: str) -> None:
    with pytest.raises(ServerUrlError) as refused:
        parse_server_url(text)
    assert why in str(refused.value)
    assert "cret" not in str(refused.value)


def test_refusal_has_each_part_of_its_text() -> None:
    with pytest.raises(ServerUrlError) as refused:
        parse_server_url("http://localhost:8000/; expected x?token=1")
    assert refused.value.found == (
        "'http://localhost:8000/; expected x', with more than host and port"
    )
    assert refused.value.expected == "http://localhost:8000"
    assert refused.value.hint.startswith("paths are named by the scenarios")
