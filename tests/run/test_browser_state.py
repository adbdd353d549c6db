"""HSTS entries that a browser makes of Strict-Transport-Security, and which origins they cover."""

import pytest

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.run.browser_state import learned_hsts
from cors_harness.terms.origin import parse_origin

ONE, ALL = b"max-age=9", b"max-age=9; IncludeSubDomains"
COVERED = {
    "the host itself": ("https://example.com", ONE, "http://example.com", True),
    "whatever the port": ("https://example.com:8443", ONE, "http://example.com:8080", True),
    "not what is below it": ("https://example.com", ONE, "http://app.example.com", False),
    "what is below it": ("https://example.com", ALL, "http://app.example.com", True),
    "not what only ends alike": ("https://example.com", ALL, "http://badexample.com", False),
    "not what is above it": ("https://app.example.com", ALL, "http://example.com", False),
    "not what is on https": ("https://example.com", ALL, "https://example.com", False),
    "not when it was sent on http": ("http://example.com", ALL, "http://example.com", False),
    "not without the header": ("https://example.com", None, "http://example.com", False),
}


@pytest.mark.parametrize(("sender", "value", "origin", "is_covered"), COVERED.values(), ids=COVERED)
def test_hsts_entry_covers(sender: str, value: bytes | None, origin: str, is_covered: bool) -> None:
    exchange = Exchange(
        kind=ExchangeKind.REQUEST,
        role="server",
        origin=sender,
        method="GET",
        target="/?cell=i0.1",
        request_headers=(),
        status=200,
        response_headers=((b"strict-transport-security", value),) if value is not None else (),
    )
    covered = any(entry.covers(parse_origin(origin)) for entry in learned_hsts([exchange]))
    assert covered is is_covered
