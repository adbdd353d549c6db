"""nearest(): the name that somebody probably meant."""

import difflib
from collections.abc import Iterable

COMPARED_CHARACTERS = 200  # of what was found; difflib takes long over long texts


def nearest(found: str, names: Iterable[str]) -> str:
    """The name most like `found`, whatever its case; empty when none is close."""
    by_lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(found[:COMPARED_CHARACTERS].lower(), by_lower, n=1)
    return by_lower[close[0]] if close else ""
