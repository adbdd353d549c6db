"""Short names of origins."""

import pytest

from cors_harness.drafts.names import origin_names
from cors_harness.terms.origin import parse_origin

NAMES = {
    "the first label": (["https://app.example.com"], ["app"]),
    "no label but a host": (["http://localhost:3000"], ["localhost"]),
    "an address": (["http://192.0.2.1"], ["192-0-2-1"]),
    "an IPv6 address": (["http://[::1]:3000"], ["1"]),
    "labels that are alike": (
        ["https://app.example.com", "https://app.example.org"],
        ["app", "app-example-org"],
    ),
    "hosts that are alike": (
        ["http://localhost:3000", "http://localhost:5173"],
        ["localhost", "localhost-5173"],
    ),
    "schemes that differ only": (
        ["https://app.example.com", "http://app.example.com"],
        ["app", "app-example-com"],
    ),
    "what differs in an underscore only": (
        ["https://my_shop.example", "https://my-shop.example", "https://my_shop.example:444"],
        ["my-shop", "my-shop-example", "my-shop-example-444"],
    ),
}


@pytest.mark.parametrize(("origins", "names"), NAMES.values(), ids=NAMES)
def test_names_are_short_and_differ(origins: list[str], names: list[str]) -> None:
    found = origin_names([parse_origin(origin) for origin in origins])
    assert dict(found) == dict(zip(names, origins, strict=True))
