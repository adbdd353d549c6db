"""Served: where a server of the user's answers, and what it says it is."""

import re
from dataclasses import dataclass

from cors_harness.model.route import Address

# https://httpwg.org/specs/rfc9110.html#rfc.section.5.6.2 and #field.server
_PRODUCT = re.compile(r"(?<!\S)([\w.+-]+)/([\w.+-]+)")

LOOPBACK = ("127.0.0.1", "::1")  # either may be what a server takes `localhost` for

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that is up.

    Attributes:
        versions: (product, version) as its `Server` header has them.
    """

    address: Address
    versions: Pairs


def said_versions(server: str) -> Pairs:
    """The products of a `Server` header that state a version: `nginx/1.22.1 (Debian)`."""
    return tuple((name.lower(), version) for name, version in _PRODUCT.findall(server))
