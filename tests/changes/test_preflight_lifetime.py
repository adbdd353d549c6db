"""remembered_s(): what each engine makes of Access-Control-Max-Age."""

import pytest

from cors_harness.changes.rules import remembered_s

# Values, then seconds in Chromium, Firefox and WebKit.
ROWS: dict[str, tuple[tuple[str, ...], tuple[int, int, int]]] = {
    "absent": ((), (5, 5, 5)),
    "empty": (("",), (5, 5, 5)),
    "0": (("0",), (0, 0, 0)),
    "a number": (("60",), (60, 60, 60)),
    "zeros before it": (("0060",), (60, 60, 60)),
    "WebKit's limit": (("600",), (600, 600, 600)),
    "above WebKit's limit": (("601",), (601, 601, 600)),
    "Chromium's limit": (("7200",), (7200, 7200, 600)),
    "above Chromium's limit": (("7201",), (7200, 7201, 600)),
    "Firefox's limit": (("86400",), (7200, 86400, 600)),
    "above Firefox's limit": (("604800",), (7200, 86400, 600)),
    "more digits than any number has": (("9" * 5000,), (7200, 86400, 600)),
    "negative": (("-1",), (0, 0, 0)),
    "a sign": (("+60",), (60, 0, 60)),
    "no number": (("forever",), (5, 0, 5)),
    "a fraction": (("600.5",), (5, 0, 5)),
    "sent twice": (("60", "60"), (5, 0, 5)),
}


@pytest.mark.parametrize(("values", "seconds"), ROWS.values(), ids=ROWS)
def test_each_engine_remembers_as_long_as_it_does(
    values: tuple[str, ...], seconds: tuple[int, int, int]
) -> None:
    engines = ("chromium", "firefox", "webkit")
    assert tuple(remembered_s(engine, values) for engine in engines) == seconds


def test_column_remembers_as_long_as_its_engine() -> None:
    assert remembered_s("edge-windows", ("7201",)) == 7200
    assert remembered_s("safari", ("601",)) == 600
