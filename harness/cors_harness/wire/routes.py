"""Routes: the map from the addresses that browsers ask the gate for to the servers behind it."""

import ssl
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cors_harness.model.route import Backend, Refusal, Route
from cors_harness.terms.origin import Origin
from cors_harness.terms.role import PAGE
from cors_harness.wire.exchange_log import ExchangeLog, HostPort
from cors_harness.wire.http1_exchanges import HTTP_1, HTTP_2, OpenExchange
from cors_harness.wire.upstream import Pool, ResponseSink, Upstream

NOT_MAPPED = "not mapped"
NO_SERVER = "no server for this request"

PROTOCOLS = (HTTP_2, HTTP_1)  # the preferred one first


def _context(route: Route) -> ssl.SSLContext:
    if not (route.certificate and route.key):
        raise ValueError(f"{route.origin} has no certificate or no key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(route.certificate, route.key)
    except OSError as error:  # SSLError is one too
        files = f"{route.certificate} and {route.key}"
        raise ValueError(f"{route.origin}: {files} cannot be used: {error}") from error
    context.set_alpn_protocols(list(PROTOCOLS))
    return context


class Routes:
    """What goes where, and what went nowhere."""

    def __init__(self) -> None:
        self._routes: dict[HostPort, Route] = {}
        self._contexts: dict[tuple[Path | None, Path | None], ssl.SSLContext] = {}
        self._loopback_ports: frozenset[int] = frozenset()
        self._page_ports: frozenset[int] = frozenset()
        self._refused: Counter[tuple[str, int, str, str]] = Counter()

    def replace(self, routes: Sequence[Route], page_ports: Sequence[int]) -> None:
        """Map `routes` and nothing else; nothing changes when it raises.

        Args:
            routes: what to map.
            page_ports: the page server's, which may be reached by this machine's own names too.

        Raises:
            ValueError: a certificate or key cannot be used.
        """
        secure = [route for route in routes if route.origin.is_secure]
        contexts = {(route.certificate, route.key): self._context_of(route) for route in secure}
        behind = (backend.address for route in routes for backend in _backends(route))
        backends = {address.port for address in behind if address.is_ours}
        self._contexts, self._loopback_ports = contexts, frozenset(backends | {*page_ports})
        self._page_ports = frozenset(page_ports)
        self._routes = {(route.origin.host, route.origin.port): route for route in routes}

    def _context_of(self, route: Route) -> ssl.SSLContext:
        known = self._contexts.get((route.certificate, route.key))
        return known or _context(route)

    def find(self, address: HostPort) -> Route | None:
        """The route of an address; None: it is not mapped."""
        return self._routes.get(address)

    def context(self, route: Route) -> ssl.SSLContext:
        """What a TLS server for an https route needs."""
        return self._contexts[route.certificate, route.key]

    def may_pass(self, port: int) -> bool:
        """Whether that port of this machine may be reached by a loopback name."""
        return port in self._loopback_ports

    def role_at(self, port: int) -> str | None:
        """The role under which is recorded what a cell asks at that port of this machine."""
        return PAGE if port in self._page_ports else None

    def refuse(self, address: HostPort, client: str, why: str) -> None:
        """Count a connection or request of `client` that goes nowhere."""
        self._refused[(*address, client, why)] += 1

    def refusals(self) -> list[Refusal]:
        """Remove and return what was counted."""
        refused, self._refused = self._refused, Counter()
        return [
            Refusal(host=host, port=port, client=client, why=why, count=count)
            for (host, port, client, why), count in refused.items()
        ]


def _backends(route: Route) -> tuple[Backend, ...]:
    default = (route.default,) if route.default else ()
    return (*default, *route.by_key.values())


def backend_of(route: Route, token: str | None) -> Backend | None:
    """Where a request goes, by the key of its cell's token; None: nowhere."""
    return route.by_key.get((token or "").partition(".")[0], route.default)


class GateClient(NamedTuple):
    """Whoever uses one port of the gate.

    Attributes:
        engine: its name.
        page: where only one page of the engine uses the port, what that is called; else empty.
        only_loopback: whether it is led to ports of the run by names of this machine alone.
    """

    engine: str
    page: str = ""
    only_loopback: bool = False

    @property
    def name(self) -> str:
        """What its exchanges are kept under."""
        return self.page or self.engine


class GateServices(NamedTuple):
    """What all connections through a gate share."""

    routes: Routes
    log: ExchangeLog
    pool: Pool


class MappedOrigin:
    """An origin that looks the map up for each request: it may change during a connection."""

    __slots__ = ("_address", "_client", "_log", "_pool", "_routes")

    def __init__(self, address: HostPort, client: GateClient, services: GateServices) -> None:
        """`client` has asked for `address`."""
        self._address, self._client = address, client
        self._routes, self._log, self._pool = services

    @property
    def serialized(self) -> str | None:
        """The origin, serialized; None: it is no longer mapped."""
        route = self._routes.find(self._address)
        return str(route.origin) if route else None

    def backend(self, head: bytes) -> Backend | None:
        """Where the request with that head goes; None: nowhere, and that is counted."""
        route = self._routes.find(self._address)
        token = self._log.token_for(head, self.serialized, self._client.name)
        backend = backend_of(route, token) if route else None
        if backend is None:
            self.refuse(NO_SERVER)
        return backend

    def refuse(self, why: str) -> None:
        """Count something that came to nothing."""
        self._routes.refuse(self._address, self._client.engine, why)

    def record(self, exchange: OpenExchange) -> None:
        """Keep an exchange that has just begun, if it has a role."""
        exchange.client = self._client.name
        self._log.add(exchange)

    def connect(self, backend: Backend, sink: ResponseSink, *, fresh: bool) -> Upstream:
        """A connection for `sink`; `fresh`: one that nobody has used yet."""
        return self._pool.take(backend.address, sink, fresh=fresh)

    def give_back(self, upstream: Upstream) -> None:
        """Leave a connection, on which no answer is due, to others."""
        self._pool.give_back(upstream)


class UnnamedOrigin(MappedOrigin):
    """An origin that no scenario names, and that a redirect leads to."""

    __slots__ = ("_backend", "_serialized")

    def __init__(
        self, origin: Origin, backend: Backend, client: GateClient, services: GateServices
    ) -> None:
        """`backend` takes all that `client` asks of `origin`."""
        super().__init__((origin.host, origin.port), client, services)
        self._serialized, self._backend = str(origin), backend

    @property
    def serialized(self) -> str:
        """The origin, serialized."""
        return self._serialized

    def backend(self, head: bytes) -> Backend:  # noqa: ARG002 - the same for every request
        """The server that does not answer."""
        return self._backend
