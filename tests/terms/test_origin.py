"""Origins as browsers write them, and texts that are none."""

import pytest

from cors_harness.terms.origin import Origin, parse_origin

ORIGINS = {
    "https, default port": ("https://app.example.com", "https", "app.example.com", 443),
    "http, a port": ("http://localhost:3000", "http", "localhost", 3000),
    "an address": ("http://192.0.2.1:8080", "http", "192.0.2.1", 8080),
    "an IPv6 address": ("http://[::1]", "http", "[::1]", 80),
    "an underscore": ("https://my_shop.example", "https", "my_shop.example", 443),
    "punycode": ("https://xn--bcher-kva.example", "https", "xn--bcher-kva.example", 443),
}
NONE = {
    "no scheme": ("app.example.com", "expected http:// or https:// and a host"),
    "another scheme": ("ftp://example.com", "expected http:// or https://"),
    "a trailing slash": ("https://example.com/", "nothing behind host and port, so without '/'"),
    "a path": ("https://example.com/shop", "so without '/shop'"),
    "user information": ("https://me@example.com", "neither user name nor password"),
    "its default port": ("https://example.com:443", "browsers write it 'https://example.com'"),
    "a zero in front of the port": ("http://a.example:080", "browsers write it 'http://a.example'"),
    "capital letters": ("https://Example.com", "a host in lower case"),
    "not ASCII": ("https://bücher.example", "a host in lower case"),
    "port 0": ("http://example.com:0", "a port from 1 to 65535"),
    "a port too high": ("http://example.com:65536", "a port from 1 to 65535"),
    "an empty label": ("https://a..example", "a host in lower case"),
    "no address": ("http://1.2.3", "a host in lower case"),
    "a number at the end": ("https://example.1", "a host in lower case"),
    "a hexadecimal number at the end": ("https://a.0x7f", "a host in lower case"),
    "null": ("null", "expected http:// or https:// and a host"),
}


@pytest.mark.parametrize(("text", "scheme", "host", "port"), ORIGINS.values(), ids=ORIGINS)
def test_origin_is_read_and_written_alike(text: str, scheme: str, host: str, port: int) -> None:
    origin = parse_origin(text)
    assert origin == Origin(scheme=scheme, host=host, port=port)
    assert str(origin) == text
    assert origin.is_secure == text.startswith("https:")


@pytest.mark.parametrize(("text", "why"), NONE.values(), ids=NONE)
def test_what_browsers_write_otherwise_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"host|expected|browsers") as refused:
        parse_origin(text)
    assert why in str(refused.value)
