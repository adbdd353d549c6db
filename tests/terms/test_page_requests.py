"""What a page may send, as the Fetch standard has it."""

import pytest

from cors_harness.terms.page_requests import is_header, is_method, is_safelisted


@pytest.mark.parametrize(
    ("method", "sendable"),
    [
        *(("GET", True), ("PROPFIND", True), ("query", True), ("TRACE", False), ("Track", False)),
        *(("connect", False), ("", False), ("A B", False), ("GET\n", False)),
    ],
)
def test_methods(method: str, sendable: bool) -> None:
    assert is_method(method) is sendable


@pytest.mark.parametrize(
    ("name", "sendable"),
    [
        *(
            ("X-Version", True),
            ("authorization", True),
            ("Cookie", False),
            ("Sec-Fetch-Mode", False),
        ),
        *(("proxy-authorization", False), ("X Y", False)),
        *(("", False), ("Ä", False), ("Host", False)),
    ],
)
def test_headers(name: str, sendable: bool) -> None:
    assert is_header(name) is sendable


@pytest.mark.parametrize(("value", "sendable"), [("PATCH", True), ("get, trace", False)])
def test_header_that_overrides_the_method(value: str, sendable: bool) -> None:
    assert is_header("X-Http-Method-Override", value) is sendable


@pytest.mark.parametrize(
    ("name", "value", "safe"),
    [
        ("Accept", "text/csv", True),
        ("Accept", "a{b}", False),
        ("accept-language", "de, en;q=0.5", True),
        ("Content-Language", "a_b", False),
        ("Accept-Language", "a" * 129, False),
        ("Content-Type", "Text/Plain; charset=utf-8", True),
        ("Content-Type", "multipart/form-data; boundary=x", True),
        ("Content-Type", "application/json", False),
        ("X-Version", "3", False),
    ],
)
def test_headers_without_a_preflight(name: str, value: str, safe: bool) -> None:
    assert is_safelisted(name, value) is safe
