"""Spellings: other ways to type an origin, from which the browser makes the very same origin."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cors_harness.terms.origin import DEFAULT_PORTS, Origin

REASONS = {
    "upper-case": "browsers write hosts in lower case, whatever was typed; a configuration with "
    "capitals never matches",
    "trailing-slash": "an origin ends without a slash, whatever was typed; a configuration with "
    "one never matches",
    "default-port": "browsers leave the scheme's own port out, whatever was typed; a "
    "configuration with it never matches",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """One way to type an origin.

    Attributes:
        name: a slug, such as `upper-case`.
        origin: what the browser makes of it.
        typed: the beginning of the URL by which the page is opened.
        reason: what it is about, one line.
    """

    name: str
    origin: Origin
    typed: str
    reason: str


def spellings(origin: Origin) -> tuple[Spelling, ...]:
    """Every way to type it that makes sense: an address has no capitals."""
    return tuple(
        Spelling(name=name, origin=origin, typed=typed, reason=REASONS[name])
        for name, typed in _typed(origin)
    )


def spellings_of_all(origins: Iterable[Origin]) -> tuple[Spelling, ...]:
    """The ways to type several origins; names of later ones have a number behind them."""
    numbered = enumerate(dict.fromkeys(origins), start=1)
    return tuple(
        Spelling(
            name=spelling.name if number == 1 else f"{spelling.name}-{number}",
            origin=origin,
            typed=spelling.typed,
            reason=spelling.reason,
        )
        for number, origin in numbered
        for spelling in spellings(origin)
    )


def _typed(origin: Origin) -> Iterator[tuple[str, str]]:
    scheme, _, rest = str(origin).partition("://")
    upper = f"{scheme}://{rest.upper()}"
    if upper != str(origin) and not origin.host.startswith("["):
        yield "upper-case", upper
    yield "trailing-slash", f"{origin}/"
    if origin.port == DEFAULT_PORTS[origin.scheme]:
        yield "default-port", f"{origin}:{origin.port}"
