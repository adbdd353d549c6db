"""remembered_s(): for how long an engine remembers a preflight, by its Access-Control-Max-Age.

https://fetch.spec.whatwg.org/#cors-preflight-fetch : "If extracting fails, then set max-age to 5",
"If max-age is greater than an imposed limit on max-age, then set max-age to the imposed limit".
The limits are declared in the engines' sources (nobody waits for two hours): `kMaxTimeout` in
Chromium's services/network/public/cpp/cors/preflight_result.cc, "Cap at 24 hours" in Firefox's
netwerk/protocol/http/nsCORSListenerProxy.cpp, `maxPreflightCacheTimeout` in WebKit's
Source/WebCore/loader/CrossOriginPreflightResultCache.cpp. What they make of values that are no
delta-seconds is measured: scenarios/verbatim-cache.yaml.
"""

import re
from collections.abc import Mapping

DEFAULT_S = 5
CAPS_S: Mapping[str, int] = {"chromium": 7200, "firefox": 86400, "webkit": 600}
_SIGNED = re.compile(r"[+-]?[0-9]+")
_DIGITS = re.compile(r"[0-9]+")


def remembered_s(engine: str, values: tuple[str, ...]) -> int:
    """Seconds; 0 where every call has a preflight of its own.

    Args:
        engine: `chromium`, `firefox` or `webkit`.
        values: of the header, one for each time that it was sent; none where it is absent.
    """
    value = ", ".join(values).strip(" \t")
    if not value:
        return DEFAULT_S
    if engine == "firefox" and not _DIGITS.fullmatch(value):
        return 0
    if not _SIGNED.fullmatch(value):
        return DEFAULT_S
    # A number of 5,000 digits is one that Python does not read.
    seconds = int(value[:20])
    return max(0, min(seconds, CAPS_S.get(engine, seconds)))
