"""Names of engines, and of columns: a column is an engine, or a browser somewhere else by name."""

import re
from collections.abc import Iterable, Mapping

ENGINE_NAMES = ("chromium", "firefox", "webkit")
"""In the order in which everything lists them."""

ENGINE_OF_BROWSER: Mapping[str, str] = {
    "chromium": "chromium",
    "chrome": "chromium",
    "edge": "chromium",
    "msedge": "chromium",
    "opera": "chromium",
    "firefox": "firefox",
    "webkit": "webkit",
    "safari": "webkit",
    "epiphany": "webkit",
    "minibrowser": "webkit",
}
"""The engine of each browser that the name of a column may begin with."""

_COLUMN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def browser_of(column: str) -> str:
    """The browser that a column's name begins with: `edge` of `edge-windows`."""
    return column.partition("-")[0]


def engine_of(column: str) -> str:
    """The name of a column's engine: `webkit` of `safari-mac`; of an unknown one its own name."""
    return ENGINE_OF_BROWSER.get(browser_of(column), column)


def is_column(name: str) -> bool:
    """Whether a column may have that name: words of a-z and 0-9, the first one a known browser."""
    return bool(_COLUMN.fullmatch(name)) and browser_of(name) in ENGINE_OF_BROWSER


def column_at_end(text: str, columns: Iterable[str]) -> str:
    """The longest of `columns` that `text` ends with, behind a `-`; empty: it ends with none."""
    fitting = [name for name in columns if text.endswith(f"-{name}") and text != f"-{name}"]
    return max(fitting, key=len, default="")
