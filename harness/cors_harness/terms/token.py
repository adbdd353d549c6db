"""The token of a cell: it stands in the query of every URL that a cell requests, as `cell=K.N`.

K is the key that cells have which the same servers answer alike, as run/origin_map.py gives it out:
digits for answers of the verbatim server, `i3` for another one's instance. N is a serial, of which
nobody else can guess where a run begins to count.

Beside it, a cell has a value of its own that its requests may carry anywhere, as `{unique}`.
"""

import re
import secrets
import string

TOKEN_IN_URL = re.compile(r"[?&]cell=([0-9A-Za-z]+\.[0-9]+)")
UNIQUE = "unique"  # the name of the placeholder
UNIQUE_LENGTH = 10  # of the same length in every cell: what is sent has the same size in every run
_FIRST_SERIAL = 100_000_000_000_000  # to 900…: 49 bits that are random
_FIRST, _FURTHER = string.ascii_lowercase, string.ascii_lowercase + string.digits
_IN_QUERY = re.compile(rf"(?=(?P<mark>[?&])){TOKEN_IN_URL.pattern}(?P<more>&)?")


def first_serial() -> int:
    """Where a run begins to count: of the same length in every run."""
    return _FIRST_SERIAL + secrets.randbelow(8 * _FIRST_SERIAL)


def without_token(text: str) -> str:
    """`text` without the tokens in its URLs; what else is in their queries stays."""
    return _IN_QUERY.sub(lambda match: match["mark"] if match["more"] else "", text)


def unique_value() -> str:
    """A word for `{unique}`: a small letter, then small letters and digits, all at random.

    So it is another one in every cell, engine and run, also of runs at the same time; an identifier
    in most languages, a host label, and the same where case does not count.
    """
    rest = secrets.randbelow(len(_FIRST) * len(_FURTHER) ** (UNIQUE_LENGTH - 1))
    rest, first = divmod(rest, len(_FIRST))
    word = _FIRST[first]
    for _ in range(UNIQUE_LENGTH - 1):
        rest, further = divmod(rest, len(_FURTHER))
        word += _FURTHER[further]
    return word


def with_unique_named(text: str, value: str) -> str:
    """`text` with `{unique}` for each `value` in it, in whatever case; as it is without a value."""
    return re.sub(re.escape(value), f"{{{UNIQUE}}}", text, flags=re.IGNORECASE) if value else text
