"""Which server instance answers for a cell, under which key, and which origin each role has."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from cors_harness.errors import UsageError
from cors_harness.model.answer import Answer
from cors_harness.model.cell import Cell
from cors_harness.model.route import Address, Backend, Route
from cors_harness.model.scenario import Scenario
from cors_harness.model.server import VERBATIM
from cors_harness.run.bound_cell import substitute
from cors_harness.serving.authority import Authority, Issued
from cors_harness.serving.reference.servers import Instance
from cors_harness.terms.origin import DEFAULT_PORTS, Origin

Names = Mapping[str, str]


class ServerInstances:
    """Instances and keys; a key stands first in the token of every cell that is served alike.

    The verbatim server looks its answers up by the key, the gate the instance: on a real origin
    many instances share one name and one port.
    """

    def __init__(self, names: Callable[[Scenario], Names]) -> None:
        """`names`: values of the placeholders of a scenario, as far as they are known by now."""
        self._names = names
        self._keys: dict[object, str] = {}
        # Thousands of cells in one go would hold up the loop for seconds; engines share the work.
        self._known_keys: dict[tuple[int, str], str] = {}
        self._known_instances: dict[tuple[int, str], Instance] = {}

    def instance(self, cell: Cell) -> Instance:
        """The server that answers for `{server}`; not for cells of the verbatim server."""
        place = id(cell.scenario), cell.server
        if place not in self._known_instances:
            self._known_instances[place] = self._instance(cell)
        return self._known_instances[place]

    def _instance(self, cell: Cell) -> Instance:
        policy = substitute(cell.scenario.policy, self._names(cell.scenario))
        origin = dict(cell.scenario.origins).get("server")
        scheme = origin.scheme if origin else "http"
        key = f"{cell.server} {scheme} {policy}"
        return Instance(key=key, server=cell.server, policy=policy, scheme=scheme)

    def instances(self, cells: Sequence[Cell]) -> tuple[Instance, ...]:
        """Every instance that is to be started for `cells`, each once."""
        cast = (cell for cell in cells if cell.server != VERBATIM)
        return tuple(dict.fromkeys(self.instance(cell) for cell in cast))

    def key(self, cell: Cell) -> str:
        """The key: cells have the same one if and only if the same servers answer them alike.

        Asked for only once every origin is known, and for scenarios that live as long as this.
        """
        place = id(cell.scenario), cell.server
        if place not in self._known_keys:
            self._known_keys[place] = self._key(cell)
        return self._known_keys[place]

    def _key(self, cell: Cell) -> str:
        origins = cell.scenario.origins
        if cell.server == VERBATIM:
            return self._keys.setdefault(("v", self.answers(cell), origins), f"{len(self._keys)}")
        return self._keys.setdefault((self.instance(cell), origins), f"i{len(self._keys)}")

    def answers(self, cell: Cell) -> tuple[Answer, ...]:
        """What the verbatim server answers to this cell."""
        return substitute(cell.scenario.answers or (), self._names(cell.scenario))

    def all_answers(self, cells: Sequence[Cell]) -> Mapping[str, Sequence[Answer]]:
        """What the verbatim server answers, by key."""
        cast = {self.key(cell): cell for cell in cells if cell.server == VERBATIM}
        return {key: self.answers(cell) for key, cell in cast.items()}


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
            by_key[origin][key_of(cell)] = Backend(address=address_of(cell, role), role=role)
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
