"""remembered_s(): for how long an engine remembers a preflight, by its Access-Control-Max-Age.

https://fetch.spec.whatwg.org/#cors-preflight-fetch : "If extracting fails, then set max-age to 5",
"If max-age is greater than an imposed limit on max-age, then set max-age to the imposed limit".
The limits are declared in the engines' sources (nobody waits for two hours), which `engine_kinds`
names. What engines make of values that are no delta-seconds is measured:
scenarios/verbatim-cache.yaml.
"""

import re

from cors_harness.engine_kinds.table import engine_kinds

DEFAULT_S = 5
_SIGNED = re.compile(r"[+-]?[0-9]+")
_DIGITS = re.compile(r"[0-9]+")


def remembered_s(engine: str, values: tuple[str, ...]) -> int:
    """Seconds; 0 where every call has a preflight of its own.

    Args:
        engine: its name; one that nobody knows is taken to have no limit.
        values: of the header, one for each time that it was sent; none where it is absent.
    """
    value = ", ".join(values).strip(" \t")
    if not value:
        return DEFAULT_S
    kind = engine_kinds().get(engine)
    cache = kind.preflight_cache if kind else None
    if cache and cache.digits_only and not _DIGITS.fullmatch(value):
        return 0
    if not _SIGNED.fullmatch(value):
        return DEFAULT_S
    # A number of 5,000 digits is one that Python does not read.
    seconds = int(value[:20])
    return max(0, min(seconds, cache.cap_s if cache else seconds))
