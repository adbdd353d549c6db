"""MappedOrigin: one mapped address as a connection to it sees it, with its servers and the log."""

from typing import NamedTuple

from cors_harness.model.route import Backend
from cors_harness.wire.exchange_log import ExchangeLog
from cors_harness.wire.http1_exchanges import OpenExchange
from cors_harness.wire.routes import NO_SERVER, HostPort, Routes, backend_of
from cors_harness.wire.upstream import Pool, ResponseSink, Upstream


class GateServices(NamedTuple):
    """What all connections through a gate share."""

    routes: Routes
    log: ExchangeLog
    pool: Pool


class MappedOrigin:
    """Looks the map up anew for each request: it may change while a connection stays open."""

    __slots__ = ("_address", "_client", "_log", "_pool", "_routes")

    def __init__(self, address: HostPort, client: str, services: GateServices) -> None:
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
        backend = backend_of(route, head) if route else None
        if backend is None:
            self.refuse(NO_SERVER)
        return backend

    def refuse(self, why: str) -> None:
        """Count something that came to nothing."""
        self._routes.refuse(self._address, self._client, why)

    def record(self, exchange: OpenExchange) -> None:
        """Keep an exchange that has just begun, if it has a role."""
        self._log.add(exchange)

    def connect(self, backend: Backend, sink: ResponseSink) -> Upstream:
        """A connection for `sink`."""
        return self._pool.take(backend.address, sink)

    def give_back(self, upstream: Upstream) -> None:
        """Leave a connection, on which no answer is due, to others."""
        self._pool.give_back(upstream)
