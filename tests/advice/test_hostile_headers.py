"""Advice is given whatever a server puts into its headers: nobody's header ends a run."""

from collections.abc import Iterator

import pytest
from tests.advice.call_builders import (
    AIOHTTP_CORS,
    DJANGO,
    FASTAPI,
    LITESTAR,
    PUT,
    blocked,
    preflight,
    request,
)

from cors_harness.advice.advise import advise
from cors_harness.model.cell import CellRecord
from cors_harness.terms.reasons import ReasonCode

LONG_NUMBER = "1" * 5000  # more digits than Python reads
LOCATIONS = (
    "http://[/login",
    "//[",
    "https://[::1/",
    "https://a:99999/login",
    "http://a:\xb2/",
    "",
)
HEADERS = {
    **{f"Location: {value}": ("Location", value) for value in LOCATIONS},
    "a max-age without end": ("Access-Control-Max-Age", LONG_NUMBER),
    "a max-age that is a power": ("Access-Control-Max-Age", "\xb2"),
    "a length without end": ("Content-Length", LONG_NUMBER),
    "a length that is a power": ("Content-Length", "\xb2"),
    "an origin that is none": ("Access-Control-Allow-Origin", "http://[::1"),
}
TYPE = ("Content-Type", "text/plain")


def records(header: tuple[str, str]) -> Iterator[CellRecord]:
    for code in ReasonCode:
        for status in (200, 302, 400, 403, 404):
            yield blocked(code, request(status, (header, TYPE)))
            yield blocked(code, preflight(status, (header, TYPE)), call=PUT)
            yield blocked(code, preflight(200), request(status, (header, TYPE)), call=PUT)


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("made_of", [(), FASTAPI, DJANGO, LITESTAR, AIOHTTP_CORS])
def test_advice_is_given(header: tuple[str, str], made_of: tuple[str, ...]) -> None:
    given = [advise(record, made_of) for record in records(header)]
    assert any(given)
