"""Site: one mapped address as a connection to it sees it, with its servers and the ledger."""

from typing import NamedTuple

from cors_harness.model.route import Backend
from cors_harness.wire.exchange_log import ExchangeLog
from cors_harness.wire.http1_exchanges import OpenExchange
from cors_harness.wire.routes import NO_SERVER, HostPort, Routes, backend_of
from cors_harness.wire.upstream import Pool, ResponseSink, Upstream


class GateServices(NamedTuple):
    """What all connections through a gate share."""

    routes: Routes
    ledger: ExchangeLog
    pool: Pool


class MappedOrigin:
    """Looks the map up anew for each request: it may change while a connection stays open."""

    __slots__ = ("_address", "_ledger", "_pool", "_routes", "_who")

    def __init__(self, address: HostPort, who: str, means: GateServices) -> None:
        """`who` has asked for `address`."""
        self._address, self._who = address, who
        self._routes, self._ledger, self._pool = means

    @property
    def origin(self) -> str | None:
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
        self._routes.refuse(self._address, self._who, why)

    def record(self, heard: OpenExchange) -> None:
        """Keep an exchange that has just begun, if it has a role."""
        self._ledger.add(heard)

    def connect(self, backend: Backend, user: ResponseSink) -> Upstream:
        """A connection for `user`."""
        return self._pool.take(backend.address, user)

    def give_back(self, upstream: Upstream) -> None:
        """Leave a connection, on which no answer is due, to others."""
        self._pool.give_back(upstream)
