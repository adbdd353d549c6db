"""The token of a cell: it stands in the query of every URL that a cell requests, as `cell=K.N`.

K is the key that cells have which the same servers answer alike, as run/origin_map.py gives it out:
digits for answers of the verbatim server, `i3` for another one's instance. N is a serial.
"""

import re

TOKEN_IN_URL = re.compile(r"[?&]cell=([0-9A-Za-z]+\.[0-9]+)")
_IN_QUERY = re.compile(rf"(?=(?P<mark>[?&])){TOKEN_IN_URL.pattern}(?P<more>&)?")


def without_token(text: str) -> str:
    """`text` without the tokens in its URLs; what else is in their queries stays."""
    return _IN_QUERY.sub(lambda match: match["mark"] if match["more"] else "", text)
