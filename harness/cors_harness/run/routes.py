"""routes_of(): where the gate sends the requests to the real origins of a run."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from cors_harness.errors import UsageError
from cors_harness.model.cell import Cell
from cors_harness.model.route import Address, Backend, Route
from cors_harness.serving.authority import Authority, Issued
from cors_harness.terms.origin import DEFAULT_PORTS, Origin

AddressOf = Callable[[Cell, str], Address]
KeyOf = Callable[[Cell], str]


def routes_of(
    cells: Sequence[Cell],
    key_of: KeyOf,
    address_of: AddressOf,
    pages: Backend,
    authority: Authority,
) -> tuple[Route, ...]:
    """One route for each real origin of `cells`, and for what HSTS makes of their pages.

    Args:
        cells: all of the run.
        key_of: the key in a cell's token.
        address_of: where the server listens that plays a role in a cell.
        pages: the page server; what carries no cell's token on a page's origin goes there.
        authority: signs a certificate for every https origin.
    """
    by_key: defaultdict[Origin, dict[str, Backend]] = defaultdict(dict)
    for cell in cells:
        for role, origin in cell.scenario.origins:
            by_key[origin][key_of(cell)] = Backend(address=address_of(cell, role), at=role)
    expired = _expired(cells)
    on_pages = frozenset(origin for cell in cells for origin in cell.scenario.page_origins())
    on_pages |= {_upgraded(each) for each in on_pages} - by_key.keys()
    return tuple(
        _route(
            origin,
            by_key[origin],
            pages if origin in on_pages else None,
            authority.issue(origin.host, expired=origin in expired) if origin.is_secure else None,
        )
        for origin in sorted(on_pages | by_key.keys(), key=str)
    )


def _upgraded(origin: Origin) -> Origin:
    """Where a page's own posts go as soon as its browser has learnt HSTS for the page's host."""
    if origin.is_secure or origin.port != DEFAULT_PORTS["http"]:
        return origin  # any other port stays, and cannot speak TLS as well
    return Origin(scheme="https", host=origin.host, port=DEFAULT_PORTS["https"])


def _expired(cells: Sequence[Cell]) -> frozenset[Origin]:
    """Origins whose certificate is to be an expired one; a good one cannot be had beside it."""
    wanted: dict[Origin, dict[bool, str]] = {}
    for scenario in {cell.scenario.id: cell.scenario for cell in cells}.values():
        for role, origin in scenario.origins:
            wanted.setdefault(origin, {})[role in scenario.expired] = scenario.id
    for origin, by in wanted.items():
        if len(by) > 1:
            raise UsageError(
                f"{origin}: {by[True]} wants an expired certificate there, {by[False]} a good one"
                "\n  give one of them an origin of its own"
            )
    return frozenset(origin for origin, by in wanted.items() if True in by)


def _route(
    origin: Origin, by_key: dict[str, Backend], pages: Backend | None, issued: Issued | None
) -> Route:
    backends = frozenset(by_key.values())
    only = next(iter(backends)) if len(backends) == 1 else None
    return Route(
        origin=origin,
        certificate=issued.certificate if issued else None,
        key=issued.key if issued else None,
        default=pages or only,
        by_key=by_key,
    )
