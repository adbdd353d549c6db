"""OriginMap: which server instance answers for a cell, and which origins and token the cell has."""

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cors_harness.errors import UsageError
from cors_harness.model.answer import Answer, Fault
from cors_harness.model.cell import Cell
from cors_harness.model.route import Address, Backend, Route
from cors_harness.model.scenario import FetchContext, PageSpec
from cors_harness.model.server import APPS, VERBATIM
from cors_harness.model.subject import AppSubject, Subject
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.placeholders import substitute
from cors_harness.serving.authority import Authority
from cors_harness.serving.reference.servers import Instance
from cors_harness.terms.origin import DEFAULT_PORTS, Origin
from cors_harness.terms.role import Role
from cors_harness.terms.token import UNIQUE, unique_value

Names = Mapping[str, str]  # values of placeholders
BackendsByOrigin = Mapping[
    Origin, Mapping[str, Backend]
]  # of one origin: by key, see OriginMap.key


class DirectOrigins:
    """Where engines on other machines, which have no proxy, find ports of 127.0.0.1.

    Attributes:
        host: in the place of 127.0.0.1, as a URL has it.
        engines: their names.
        ports: in the place of each port of the run.
    """

    def __init__(self, host: str = "") -> None:
        self.host = host
        self.engines: set[str] = set()
        self.ports: dict[int, int] = {}

    def has(self, engine: str) -> bool:
        """Whether the engine is one of them."""
        return engine in self.engines

    def origin(self, engine: str, host: str, port: int) -> str:
        """The origin by which the engine calls a port that others call at `host`."""
        if self.has(engine):
            return f"http://{self.host}:{self.ports[port]}"
        return f"http://{host}:{port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOrigins:
    """Where the page server listens, and so the origins of pages that have no real one.

    Attributes:
        port: for most pages.
        public_port: for pages that count as public address space.
    """

    port: int
    public_port: int
    direct: DirectOrigins = field(default_factory=DirectOrigins)

    def document_origin(self, page: PageSpec, engine: str) -> str:
        """The origin of the page's document, also where a frame in it has the origin null."""
        if page.origin:
            return str(page.origin)
        port = self.public_port if page.public else self.port
        return self.direct.origin(engine, page.host, port)

    def names(self, cell: Cell) -> Names:
        """The origins of a cell that are known before any server runs."""
        scenario = cell.scenario
        sandboxed = scenario.page.place is FetchContext.SANDBOXED_FRAME
        page = "null" if sandboxed else self.document_origin(scenario.page, cell.engine)
        return {**{role: str(origin) for role, origin in scenario.origins}, "page": page}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleOrigins:
    """The origins of the verbatim server, one for each role.

    Attributes:
        ports: that browsers call, by role.
        closing_ports: that they call instead for cells of which `closes_connections` holds; empty
            where there are none.
    """

    ports: Mapping[Role, int]
    closing_ports: Mapping[Role, int] = field(default_factory=dict)

    def names(self, cell: Cell, direct: DirectOrigins) -> Names:
        """The loopback origin of each role, at the host that the scenario states."""
        host = cell.scenario.server_host
        ports = (closes_connections(cell) and self.closing_ports) or self.ports
        return {str(role): direct.origin(cell.engine, host, port) for role, port in ports.items()}


def closes_connections(cell: Cell) -> bool:
    """Whether a server closes a connection of the cell without an answer.

    A browser sends a request once more for each kept connection that ends so, until one is fresh.
    Where other cells leave theirs at the same port, that may take longer than the cell has.
    """
    return any(answer.fault is Fault.CLOSE for answer in cell.scenario.answers or ())


class ServerInstances:
    """Which server instance answers for `{server}`; known before any server runs."""

    def __init__(self, pages: PageOrigins, subject: Subject | None = None) -> None:
        self._pages, self._subject = pages, subject
        # Thousands of cells in one go would hold up the loop for seconds; engines share the work.
        self._known: dict[tuple[int, str, str, bool], Instance] = {}

    def instance(self, cell: Cell) -> Instance:
        """The instance for a cell; not for cells of the verbatim server.

        The scenario must live as long as this.
        """
        identity = self.identity(cell)
        if identity not in self._known:
            self._known[identity] = self._instance(cell)
        return self._known[identity]

    def identity(self, cell: Cell) -> tuple[int, str, str, bool]:
        """Cells that are served alike have the same, as far as it can be told at a glance."""
        is_direct = self._pages.direct.has(cell.engine)
        return id(cell.scenario), cell.server, self.engine_of(cell), is_direct

    def instances(self, cells: Iterable[Cell]) -> tuple[Instance, ...]:
        """Every instance that has to be started for `cells`, each once."""
        return tuple(
            dict.fromkeys(self.instance(cell) for cell in cells if cell.server != VERBATIM)
        )

    def _instance(self, cell: Cell) -> Instance:
        policy = substitute(cell.scenario.policy, self._pages.names(cell))
        origin = dict(cell.scenario.origins).get("server")
        scheme = origin.scheme if origin and self._is_told(cell) else "http"
        engine = self.engine_of(cell)
        return Instance(
            key=f"{cell.server} {scheme} {policy}" + (f" {engine}" if engine else ""),
            server=cell.server,
            policy=policy,
            scheme=scheme,
            engine=engine,
        )

    def engine_of(self, cell: Cell) -> str:
        """The engine that has the cell's server to itself; empty: all engines share it."""
        is_own = cell.server in APPS and self._subject is not None and self._subject.per_engine
        return cell.engine if is_own else ""

    def _is_told(self, cell: Cell) -> bool:
        """Whether the server knows the scheme by which browsers call it."""
        return cell.server not in APPS or self._subject is None or self._subject.forwarded

    def is_told_by_headers(self, cell: Cell, address: Address) -> bool:
        """Whether the server at `address` has to be told of https by the gate, on each request.

        Only a server that browsers call by https, and which speaks plain http itself.
        """
        origin = dict(cell.scenario.origins).get("server")
        is_by_https = origin is not None and origin.is_secure and address.tls_name is None
        is_ours = cell.server not in APPS or isinstance(self._subject, AppSubject)
        return is_by_https and not is_ours and self._is_told(cell)


class OriginMap:
    """Binds cells to origins and tokens, once the servers have their ports.

    A key stands first in the token of every cell that is served alike: the verbatim server looks
    its answers up by the key, the gate the instance, as on a real origin many instances share one
    name and one port.
    """

    def __init__(
        self,
        pages: PageOrigins,
        roles: RoleOrigins,
        instances: ServerInstances | None = None,
        serials: Iterator[int] | None = None,
    ) -> None:
        """Takes what is there.

        Args:
            pages: the page server's origins.
            roles: the verbatim server's.
            instances: of the other servers.
            serials: of the tokens, where another map has given some of them by now.
        """
        self._pages, self._roles = pages, roles
        self._instances = instances or ServerInstances(pages)
        self._instance_ports: dict[str, int] = {}
        self._keys: dict[object, str] = {}
        self._known_keys: dict[tuple[int, str, str, bool], str] = {}  # for the same reason as above
        self._serials = serials or itertools.count(1)

    def add_instances(self, ports: Mapping[str, int]) -> None:
        """Takes the ports that browsers call, by the keys of instances."""
        self._instance_ports.update(ports)

    def bind(self, cell: Cell) -> BoundCell:
        """The cell with its origins and a token of its own."""
        scenario = cell.scenario
        token = f"{self.key(cell)}.{next(self._serials)}"
        of_cell = {"cell": f"cell={token}", "token": token, UNIQUE: unique_value()}
        names = {**self._names(cell), **of_cell}
        if cell.server != VERBATIM and "server" not in dict(scenario.origins):
            port = self._instance_ports[self._instances.instance(cell).key]
            names["server"] = self._pages.direct.origin(cell.engine, scenario.server_host, port)
        return BoundCell(cell=cell, token=token, names=names)

    def rebind(self, bound: BoundCell) -> BoundCell:
        """The same cell with another token."""
        again = self.bind(bound.cell)
        return dataclasses.replace(bound, token=again.token, names=again.names)

    def key(self, cell: Cell) -> str:
        """The key: cells have the same one if and only if the same servers answer them alike."""
        identity = self._instances.identity(cell)
        if identity not in self._known_keys:
            self._known_keys[identity] = self._key(cell)
        return self._known_keys[identity]

    def answers(self, cells: Iterable[Cell]) -> Mapping[str, Sequence[Answer]]:
        """What the verbatim server answers to `cells`, by key."""
        by_key = {self.key(cell): cell for cell in cells if cell.server == VERBATIM}
        return {key: self._answers(cell) for key, cell in by_key.items()}

    def backends(self, cells: Iterable[Cell], addresses: Mapping[str, Address]) -> BackendsByOrigin:
        """The servers behind each real origin of `cells`.

        `addresses`: of all servers, by the keys of instances, and by `verbatim_key` of a role.
        """
        by_origin: defaultdict[Origin, dict[str, Backend]] = defaultdict(dict)
        for cell in cells:
            for role, origin in cell.scenario.origins:
                is_verbatim = cell.server == VERBATIM or role != Role.SERVER
                server = verbatim_key(role) if is_verbatim else self._instances.instance(cell).key
                address = addresses[server]
                told = not is_verbatim and self._instances.is_told_by_headers(cell, address)
                backend = Backend(address=address, role=role, forwarded=told)
                by_origin[origin][self.key(cell)] = backend
        return by_origin

    def _key(self, cell: Cell) -> str:
        origins = cell.scenario.origins
        if cell.server == VERBATIM:
            served: object = ("v", self._answers(cell), origins)
            return self._keys.setdefault(served, f"{len(self._keys)}")
        served = self._instances.instance(cell), origins
        return self._keys.setdefault(served, f"i{len(self._keys)}")

    def _answers(self, cell: Cell) -> tuple[Answer, ...]:
        return substitute(cell.scenario.answers or (), self._names(cell))

    def _names(self, cell: Cell) -> Names:
        return {**self._roles.names(cell, self._pages.direct), **self._pages.names(cell)}


def verbatim_key(role: str) -> str:
    """The key under which the verbatim server of a role is started."""
    return f"{VERBATIM}:{role}"


def routes(
    cells: Sequence[Cell], backends: BackendsByOrigin, pages: Backend, authority: Authority
) -> Iterator[Route]:
    """One route for each real origin of `cells`, and for what HSTS makes of their pages.

    Args:
        cells: all of the run.
        backends: the servers behind each real origin.
        pages: the page server; what carries no cell's token on a page's origin goes there.
        authority: signs a certificate for every https origin.

    Raises:
        UsageError: an origin would need two certificates.
    """
    expired = _expired(cells)
    of_pages = frozenset(origin for cell in cells for origin in cell.scenario.page_origins())
    of_pages |= {_upgraded(origin) for origin in of_pages} - backends.keys()
    for origin in sorted(of_pages | backends.keys(), key=str):
        issued = (
            authority.issue(origin.host, expired=origin in expired) if origin.is_secure else None
        )
        by_key = backends.get(origin, {})
        servers = frozenset(by_key.values())
        only_server = next(iter(servers)) if len(servers) == 1 else None
        yield Route(
            origin=origin,
            certificate=issued.certificate if issued else None,
            key=issued.key if issued else None,
            default=pages if origin in of_pages else only_server,
            by_key=by_key,
        )


def _upgraded(origin: Origin) -> Origin:
    """Where a page's own posts go as soon as its browser has learnt HSTS for the page's host."""
    if origin.is_secure or origin.port != DEFAULT_PORTS["http"]:
        return origin  # any other port stays, and cannot speak TLS as well
    return Origin(scheme="https", host=origin.host, port=DEFAULT_PORTS["https"])


def _expired(cells: Iterable[Cell]) -> frozenset[Origin]:
    """Origins whose certificate has to be expired; a good one cannot be had beside it."""
    wishes: dict[Origin, dict[bool, str]] = {}  # by whether it is to be expired: who wants that
    for scenario in {cell.scenario.id: cell.scenario for cell in cells}.values():
        for role, origin in scenario.origins:
            wishes.setdefault(origin, {})[role in scenario.expired] = scenario.id
    for origin, by_expiry in wishes.items():
        if len(by_expiry) > 1:
            raise UsageError(
                f"{origin}: {by_expiry[True]} wants an expired certificate there,"
                f" {by_expiry[False]} a good one\n  give one of them an origin of its own"
            )
    return frozenset(origin for origin, by_expiry in wishes.items() if True in by_expiry)
