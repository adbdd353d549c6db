"""Ways to type an origin that come to the same one."""

import pytest

from cors_harness.corpus.spellings import spellings, spellings_of_all
from cors_harness.terms.origin import parse_origin, typed_origin

TYPED: dict[str, tuple[str, dict[str, str]]] = {
    "an ordinary origin": (
        "https://app.example.com",
        {
            "upper-case": "https://APP.EXAMPLE.COM",
            "trailing-slash": "https://app.example.com/",
            "default-port": "https://app.example.com:443",
        },
    ),
    "localhost with a port": (
        "http://localhost:3000",
        {"upper-case": "http://LOCALHOST:3000", "trailing-slash": "http://localhost:3000/"},
    ),
    "an address": (
        "http://192.0.2.1",
        {"trailing-slash": "http://192.0.2.1/", "default-port": "http://192.0.2.1:80"},
    ),
    "an IPv6 address with letters": (
        "https://[2001:db8::1]:8443",
        {"trailing-slash": "https://[2001:db8::1]:8443/"},
    ),
    "a host that its scheme begins with": (
        "https://http",
        {
            "upper-case": "https://HTTP",
            "trailing-slash": "https://http/",
            "default-port": "https://http:443",
        },
    ),
}


@pytest.mark.parametrize(("origin", "typed"), TYPED.values(), ids=TYPED)
def test_origin_is_typed_in_other_ways(origin: str, typed: dict[str, str]) -> None:
    assert {each.name: each.typed for each in spellings(parse_origin(origin))} == typed


@pytest.mark.parametrize(("origin", "typed"), TYPED.values(), ids=TYPED)
def test_browsers_make_the_same_origin_of_it(origin: str, typed: dict[str, str]) -> None:
    assert {str(typed_origin(text)) for text in typed.values()} == {origin}


def test_names_of_several_origins_differ() -> None:
    origins = [parse_origin(text) for text in ("http://localhost:3000", "https://example.com")]
    assert [each.name for each in spellings_of_all(origins)] == [
        "upper-case",
        "trailing-slash",
        "upper-case-2",
        "trailing-slash-2",
        "default-port-2",
    ]
