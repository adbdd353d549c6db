"""Scrub: what differs from run to run by itself goes, every other byte stays."""

from urllib.parse import quote

import pytest
from tests.changes.records import ORIGINS, TOKEN

from cors_harness.changes.facts import RunNormalizer, token_in

SERVER, PAGE = ORIGINS["server"], ORIGINS["page"]
ROWS = {
    "a query of the token alone": ("/orders?cell=i7.26", "/orders"),
    "the token at the end": ("/orders?page=2&cell=i7.26", "/orders?page=2"),
    "the token in front": ("/orders?cell=i7.26&page=2", "/orders?page=2"),
    "the token in the middle": ("/orders?a=1&cell=i7.26&b=2", "/orders?a=1&b=2"),
    "a cell of the server's own": ("/sheet?cell=A1.2&row=3", "/sheet?cell=A1.2&row=3"),
    "a fragment behind it": ("/orders?cell=i7.26#top", "/orders#top"),
    "the URL in the query of another": (
        "/login?next=%2Forders%3Fpage%3D2%26cell%3Di7.26",
        "/login?next=%2Forders%3Fpage%3D2",
    ),
    "the URL in another, encoded but for =": (
        "/login?next=/orders%3Fcell=i7.26",
        "/login?next=/orders",
    ),
    "the URL in another, encoded twice": (
        "/login?next=%252Forders%253Fcell%253Di7.26%2526page%253D2",
        "/login?next=%252Forders%253Fpage%253D2",
    ),
    "the token in a cookie's name": ("session-i7.26=…; Path=/", "session-{token}=…; Path=/"),
    "another number": ("/orders?v=i7.261", "/orders?v=i7.261"),
    "a parameter that ends alike": ("/orders?excell=i7.2", "/orders?excell=i7.2"),
    "an origin": (PAGE, "{page}"),
    "an origin in a URL": (f"{SERVER}/orders/?cell=i7.26", "{server}/orders/"),
    "origins side by side": (f"{PAGE}, {SERVER}", "{page}, {server}"),
    "an origin with a slash behind it": (f"{PAGE}/", "{page}/"),
    "a lookalike of an origin": (f"{PAGE}.attacker.example", "{page}.attacker.example"),
    "an origin whose port is longer": (f"{PAGE}1", f"{PAGE}1"),
    "an origin in the query of a URL": (
        "/login?next=http%3A%2F%2F127.0.0.1%3A43889%2Forders",
        "/login?next={server}%2Forders",
    ),
    "an origin of another scheme": ("https://127.0.0.1:41375", "https://127.0.0.1:{page.port}"),
    "an origin in upper case": ("HTTP://LOCALHOST:41375", "HTTP://LOCALHOST:{page.port}"),
    "a URL without a scheme": ("//127.0.0.1:43889/x", "//127.0.0.1:{server.port}/x"),
    "a real origin": ("https://app.example.com", "https://app.example.com"),
    "a placeholder that the server sent": ("{page}, {token}", "{{page}}, {{token}}"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "scrubbed"), ROWS.values(), ids=ROWS)
def test_tokens_and_ports_go(text: str, scrubbed: str) -> None:
    assert RunNormalizer(tuple(ORIGINS.items()), TOKEN)(text) == scrubbed


@pytest.mark.parametrize(
    ("page", "scrubbed"),
    [
        ("http://localhost:41375", "http://localhost:{page.port}"),
        ("http://shop.localhost:41375", "http://shop.localhost:{page.port}"),
        ("http://[::1]:41375", "http://[::1]:{page.port}"),
        ("http://127.0.0.1:41375", "{page}"),
    ],
)
def test_the_host_of_a_role_stays_where_it_is_not_the_usual_one(page: str, scrubbed: str) -> None:
    """On another host a page is cross-site to what it was same-site to."""
    assert RunNormalizer(tuple({**ORIGINS, "page": page}.items()), TOKEN)(page) == scrubbed


UNIQUE_ROWS = {
    "a segment": ("/users/k3b9x0a1c2", "/users/{unique}"),
    "a part of a word": ("/users/bob-k3b9x0a1c2x?cell=i7.26", "/users/bob-{unique}x"),
    "as the server writes it": ("/Users/Bob-K3B9X0A1C2", "/Users/Bob-{unique}"),
    "encoded beside it": ("/a?mail=k3b9x0a1c2%40example.org", "/a?mail={unique}%40example.org"),
    "one that the server sent": ("/{unique}", "/{{unique}}"),
}


@pytest.mark.parametrize(("text", "scrubbed"), UNIQUE_ROWS.values(), ids=UNIQUE_ROWS)
def test_the_unique_value_of_the_cell_goes(text: str, scrubbed: str) -> None:
    assert RunNormalizer(tuple(ORIGINS.items()), TOKEN, "k3b9x0a1c2")(text) == scrubbed
    assert "k3b9x0a1c2" in RunNormalizer((), TOKEN)("k3b9x0a1c2"), "no value, nothing goes"


def test_a_port_that_is_no_role_s_stays() -> None:
    scrub = RunNormalizer((("server", SERVER),), TOKEN)
    assert scrub("http://localhost:3000") == "http://localhost:3000"


def test_the_token_is_found_in_the_targets() -> None:
    assert token_in(["/favicon.ico", "/orders?page=2&cell=3.14"]) == "3.14"
    assert token_in(["/orders"]) == ""
    assert RunNormalizer(tuple(ORIGINS.items()), "")("/orders?v=1.0") == "/orders?v=1.0"


@pytest.mark.parametrize("host", ["192.0.2.7", "devbox.lan", "[fd00::2]", "127.0.0.2"])
def test_advertised_host_stands_for_the_usual_one(host: str) -> None:
    normalize = RunNormalizer((("page", f"http://{host}:41375"),), TOKEN)
    texts = {
        f"http://{host}:41375": "{page}",
        f"Host: {host}:41375": "Host: 127.0.0.1:{page.port}",
        f"https://{host}/orders": "https://127.0.0.1/orders",
        f"/?next={quote(f'http://{host}:41375/', safe='')}": "/?next={page}%2F",
        f"http://{host}:41375.attacker.example": "{page}.attacker.example",
        f"http://x{host}": f"http://x{host}",
    }
    assert {text: normalize(text) for text in texts} == texts
