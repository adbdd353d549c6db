"""leaves_trace(): whether an answer stays with the browser beyond the page that asked for it.

What is cached stays too, but under URLs that no other cell asks for.
"""

from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import get
from cors_harness.terms.token import TOKEN_IN_URL

# Cookies; http turned into https; everything forgotten; another way to the same origin.
REMEMBERED = ("Set-Cookie", "Strict-Transport-Security", "Clear-Site-Data", "Alt-Svc")


def leaves_trace(exchange: Exchange) -> bool:
    """Whether a later page in the same browser context could notice this exchange."""
    headers = exchange.response_headers
    if any(get(headers, name) is not None for name in REMEMBERED):
        return True
    location = get(headers, "Location")
    # The answer behind such a redirect is nobody's on the record, so it may have been anything.
    return location is not None and not TOKEN_IN_URL.search(location.decode("latin-1"))
