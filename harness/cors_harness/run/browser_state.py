"""What a browser keeps of a response: entries of HSTS, and other state beyond the page.

Firefox keeps it for all contexts of its process together; a fresh context is no remedy there.

https://www.rfc-editor.org/rfc/rfc6797#section-8.2
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Scenario
from cors_harness.terms.headers import get
from cors_harness.terms.origin import Origin, parse_origin
from cors_harness.terms.token import TOKEN_IN_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class HstsEntry:
    """That a host, and with `subdomains` what is below it, is called by https only."""

    host: str
    subdomains: bool

    def covers(self, origin: Origin) -> bool:
        """Whether a browser that holds to it turns `origin` into another one."""
        below = self.subdomains and origin.host.endswith(f".{self.host}")
        return not origin.is_secure and (below or origin.host == self.host)


def learned_hsts(exchanges: Iterable[Exchange]) -> frozenset[HstsEntry]:
    """What these answers have taught; that an engine may not have taken it is no matter."""
    told = ((each, get(each.response_headers, "Strict-Transport-Security")) for each in exchanges)
    return frozenset(
        HstsEntry(
            host=parse_origin(exchange.origin).host,
            subdomains=b"includesubdomains" in value.lower(),
        )
        for exchange, value in told
        if value is not None and exchange.origin.startswith("https://")
    )


def would_upgrade(taught: Iterable[HstsEntry], scenarios: Iterable[Scenario]) -> bool:
    """Whether an engine that was taught so would call some of these origins by another scheme."""
    origins = {origin for scenario in scenarios for origin in scenario.real_origins()}
    return any(pledge.covers(origin) for pledge in taught for origin in origins)


# Cookies; http turned into https; everything forgotten; another way to the same origin.
REMEMBERED = ("Set-Cookie", "Strict-Transport-Security", "Clear-Site-Data", "Alt-Svc")


def changes_browser_state(exchange: Exchange) -> bool:
    """Whether a later page in the same browser context could notice this exchange."""
    headers = exchange.response_headers
    if any(get(headers, name) is not None for name in REMEMBERED):
        return True
    location = get(headers, "Location")
    # The answer behind such a redirect is nobody's on the record, so it may have been anything.
    return location is not None and not TOKEN_IN_URL.search(location.decode("latin-1"))
