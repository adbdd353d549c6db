"""HstsEntry, and what else a browser remembers of a response beyond the page that got it.

Firefox shares what it knows of HSTS between all contexts of its process: a fresh context does not
help there, only a fresh process.

https://www.rfc-editor.org/rfc/rfc6797#section-8.2
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Scenario
from cors_harness.terms.headers import get
from cors_harness.terms.origin import Origin, parse_origin


@dataclass(frozen=True, slots=True, kw_only=True)
class HstsEntry:
    """A host that is called by https only, and with `subdomains` every host below it as well."""

    host: str
    subdomains: bool

    def covers(self, origin: Origin) -> bool:
        """Whether a browser with this entry calls `origin` by https instead."""
        below = self.subdomains and origin.host.endswith(f".{self.host}")
        return not origin.is_secure and (below or origin.host == self.host)


def learned_hsts(exchanges: Iterable[Exchange]) -> frozenset[HstsEntry]:
    """The entries that a browser may have made of these responses; an engine may make fewer."""
    values = (
        (exchange, get(exchange.response_headers, "Strict-Transport-Security"))
        for exchange in exchanges
    )
    return frozenset(
        HstsEntry(
            host=parse_origin(exchange.origin).host,
            subdomains=b"includesubdomains" in value.lower(),
        )
        for exchange, value in values
        if value is not None and exchange.origin.startswith("https://")
    )


def would_upgrade(entries: Iterable[HstsEntry], scenarios: Iterable[Scenario]) -> bool:
    """Whether a browser with these entries would call an http origin of `scenarios` by https."""
    origins = {origin for scenario in scenarios for origin in scenario.real_origins()}
    return any(entry.covers(origin) for entry in entries for origin in origins)


# Cookies; http turned into https; everything forgotten; another server for the same origin.
REMEMBERED = ("Set-Cookie", "Strict-Transport-Security", "Clear-Site-Data", "Alt-Svc")


def changes_browser_state(exchange: Exchange) -> bool:
    """Whether a later page in the same browser context could notice this exchange."""
    return any(get(exchange.response_headers, name) is not None for name in REMEMBERED)
