"""RunServers: page server, wire recorder and servers under test of a run, and the gate if any."""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from cors_harness.engines.base import LaunchOptions, LoopbackProxy, PageOptions
from cors_harness.errors import ServerFailed
from cors_harness.model.cell import Cell
from cors_harness.model.route import Address, Backend
from cors_harness.model.server import APP, APPS
from cors_harness.model.subject import AppSubject, Subject
from cors_harness.planning.pages import is_gated
from cors_harness.run.advertising import LOOPBACK, Advertising
from cors_harness.run.gate_refusals import GateRefusals
from cors_harness.run.origin_map import (
    OriginMap,
    PageOrigins,
    RoleOrigins,
    ServerInstances,
    closes_connections,
    routes,
    verbatim_key,
)
from cors_harness.serving.authority import Authority
from cors_harness.serving.page.server import PageServer
from cors_harness.serving.reference.servers import Instance
from cors_harness.serving.servers_under_test import ServersUnderTest
from cors_harness.serving.user.app_output import AppOutput
from cors_harness.serving.user.reset import ResetTarget
from cors_harness.terms.origin import Origin
from cors_harness.terms.role import PAGE, Role
from cors_harness.terms.token import first_serial
from cors_harness.wire.recorder import Recorder

OPENING = 2  # pages of all engines together


class RunServers:
    """Everything that answers requests during a run: starts it, watches it, stops it.

    Attributes:
        pages: the page server.
        page_origins: where it listens; after `bind`.
        recorder: the wire recorder, in front of all servers under test.
        under_test: the servers under test.
        origins: binds cells to the origins of these servers; after `start`.
        refusals: of the gates, after `bind`; None where nothing is recorded.
        lost: whether a server under test or the recorder has died, so that nothing that fails says
            anything of its cell.
        are_up: whether all have started.
        advertising: how browsers on other machines get here.
        without_proxy: names of engines whose pages reach servers without the gate, where they can.
        page_openings: held by whoever opens a page, until the page says hello. Dozens that open at
            once starve one another, and hold up pages that run for seconds.
    """

    page_origins: PageOrigins
    origins: OriginMap

    def __init__(
        self,
        *,
        recorded: bool = True,
        subject: Subject | None = None,
        advertising: Advertising | None = None,
    ) -> None:
        """Takes what is under test; starts nothing.

        Args:
            recorded: False has browsers call the servers directly, to measure what recording costs.
            subject: the user's own server.
            advertising: of engines on other machines; None: there are none.
        """
        self._recorded = recorded
        self.advertising = advertising or Advertising()
        self.pages = PageServer()
        self.recorder = Recorder()
        self.under_test = ServersUnderTest(subject)
        self._subject = subject
        self.refusals: GateRefusals | None = None
        self.lost = self.are_up = False
        self.page_openings = asyncio.Semaphore(OPENING)
        self._addresses: dict[str, Address] = {}  # of the servers themselves, by key
        self._fronts: set[int] = set()  # ports of the recorder in front of them
        self._authority: Authority | None = None
        self.without_proxy: frozenset[str] = frozenset()
        self._gated: dict[object, Cell] = {}  # one for each set of origins that `add` has seen
        self._serials = itertools.count(first_serial())
        self._added = asyncio.Event()

    def bind(self, cells: Sequence[Cell], *, headed: bool, real: bool = False) -> LaunchOptions:
        """Takes what must be known before anything starts; returns how engines are to be started.

        `real`: cells that are added later may need real origins.
        """
        self.pages.bind()
        self.page_origins = PageOrigins(
            port=self.pages.port,
            public_port=self.pages.public_port,
            direct=self.advertising.direct,
        )
        self._instances = ServerInstances(self.page_origins, self._subject)
        if real or self.advertising.host or any(map(is_gated, cells)):
            self._authority = Authority()
        self.refusals = GateRefusals(self.recorder) if self._recorded else None
        public = any(cell.scenario.page.public for cell in cells)
        return LaunchOptions(
            headed=headed,
            ca=self._authority.ca_pem if self._authority else None,
            public_ports=(self.pages.public_port,) if public else (),
        )

    async def start(self, cells: Sequence[Cell]) -> None:
        """Starts what the cells need; raises as `ServersUnderTest.start`."""
        await self.pages.start()
        if self._recorded:
            await self._start_recorder()
        await self._start_under_test(cells)

    @property
    def name(self) -> str:
        """What is under test, in a few words."""
        match self._subject:
            case None:
                return "the servers"
            case AppSubject(spec=spec):
                return f"your app {spec}"
            case _:
                return "your server"

    async def _start_recorder(self, start_s: float | None = None) -> None:
        await self.recorder.start(start_s)
        await self.advertising.start(self.recorder, self.pages.port)
        await self.recorder.open_elsewhere(*(self._authority.pem() if self._authority else ()))

    async def renew(self, cells: Sequence[Cell], output: AppOutput | None = None) -> None:
        """Ends the servers under test, and starts afresh those that the cells need.

        Pages, recorder and authority stay as they are, and so what engines know of them. Where it
        raises, as `ServersUnderTest.start`, it may be called again. `output`: goes on taking what
        the user's server writes; None: a fresh one does.
        """
        await self.under_test.stop()
        await self.recorder.close_ports()
        self._fronts.clear()
        self.advertising.forget_servers()
        self.under_test = ServersUnderTest(self._subject, output)
        self._instances = ServerInstances(self.page_origins, self._subject)
        self._addresses.clear()
        self._gated.clear()
        if self.refusals is not None:
            await self.refusals.all()  # so that they are no more those of what comes
            self.refusals = GateRefusals(self.recorder)
        self.lost = self.are_up = False
        await self._start_under_test(cells)

    async def _start_under_test(self, cells: Sequence[Cell]) -> None:
        if self._recorded:
            self.under_test.output.counts_from(self.recorder.start_s)
        cells = [cell for cell in cells if not self.advertising.why_unreachable(cell)]
        instances = self._instances.instances(cells)
        self._addresses.update(await self.under_test.start(instances))
        closing = await self._role_ports() if any(map(closes_connections, cells)) else {}
        roles = RoleOrigins(ports=await self._role_ports(), closing_ports=closing)
        self.origins = OriginMap(self.page_origins, roles, self._instances, self._serials)
        await self._add_to_origins(instances)
        await self.under_test.replace_answers(self.origins.answers(cells))
        self._call_pages_by(())
        if self._recorded:
            await self.recorder.map_origins((), page_ports=self._page_ports)
        if self._authority:
            fit = [cell for cell in cells if cell.server not in self.under_test.unfit]
            await self._map_real_origins(fit, self._authority)
        self.are_up = True

    async def add(self, cells: Sequence[Cell]) -> None:
        """Starts what these cells of the user's server need beyond what there is; after `start`.

        Calls must not overlap; they raise what `start` raises.
        """
        instances = self._instances.instances(cells)
        new = [instance for instance in instances if instance.key not in self._addresses]
        self._addresses.update(await self.under_test.add(new))
        await self._add_to_origins(new)
        unknown = [cell for cell in cells if _origins(cell) not in self._gated]
        if unknown and self._authority:
            self._gated.update((_origins(cell), cell) for cell in unknown)
            await self._map_real_origins(tuple(self._gated.values()), self._authority)
        if new:
            self._added.set()

    async def lost_users_server(self) -> bool:
        """Whether it is the user's own server that has died."""
        return await self.under_test.have_users_died()

    async def start_again(self, cells: Sequence[Cell]) -> None:
        """Starts afresh, after a loss, what the cells need; the recorder too if it is gone.

        Raises:
            ServerFailed: something does not start; or it is the recorder, whose ports browsers on
                other machines were told.
        """
        output = self.under_test.output
        if self.recorder.has_ended:
            if self.advertising.host:
                self.recorder.check()
            start_s = self.recorder.start_s
            await self.recorder.stop()
            self.recorder = Recorder()
            await self._start_recorder(start_s)
            self.refusals = self.refusals and GateRefusals(self.recorder)
        await self.renew(cells, output)

    async def reset(self, engine: str, cells: Sequence[Cell]) -> None:
        """Brings the user's server back to where it began, for the turn of an engine with `cells`.

        Does nothing where that is not asked for; raises as `UserReset.run`.
        """
        if self.under_test.reset.is_asked and any(cell.server in APPS for cell in cells):
            targets = (self._reset_target(cell) for cell in cells if cell.server == APP)
            by_address = {target.address: target for target in targets}
            await self.under_test.reset.run(engine, tuple(by_address.values()))

    def _reset_target(self, cell: Cell) -> ResetTarget:
        """The server of a cell, called as browsers call it."""
        address = self._addresses[self._instances.instance(cell).key]
        origin = dict(cell.scenario.origins).get(Role.SERVER)
        host = str(origin).partition("://")[2] if origin else f"{address.host}:{address.port}"
        told = self._instances.is_told_by_headers(cell, address)
        return ResetTarget(address=address, host=host, forwarded=told)

    async def watch(self) -> None:
        """Raises when a server or the recorder dies, or a page gets no answer; never returns.

        Servers that `add` starts are watched as well.

        Raises:
            ServerFailed: what has died, with its last output.
            Exception: a bug of ours in answering a page.
        """
        while True:
            self._added.clear()
            watching = asyncio.create_task(self._watch_started())
            adding = asyncio.create_task(self._added.wait())
            try:
                await asyncio.wait({watching, adding}, return_when=asyncio.FIRST_COMPLETED)
                if watching.done():
                    watching.result()
            finally:
                watching.cancel()
                adding.cancel()
                await asyncio.wait({watching, adding})

    async def check(self) -> None:
        """Raises ServerFailed when a server has died that `watch` has not noticed yet."""
        await self._noting_loss(self.under_test.check)

    async def stop(self) -> None:
        """Stops all of it; idempotent."""
        try:
            await end_all([self.pages.stop(), self.recorder.stop(), self.under_test.stop()])
        finally:
            if self._authority:
                self._authority.close()

    def can_bind(self, cell: Cell) -> bool:
        """Whether a page for this cell can have a gate of its own.

        Not where it has none: a browser that has a proxy, say, remembers addresses otherwise.
        """
        return self._recorded and is_gated(cell) and self._is_gated(cell)

    async def page_options(self, cell: Cell, page: str = "") -> PageOptions:
        """How the page of this cell is opened; `page`: its name, where it has its own gate."""
        permissions = cell.scenario.page.permissions
        entry = self.advertising.entry_url(cell.engine)
        loopback = await self._loopback_proxy(cell.engine)
        if not self._is_gated(cell):
            return PageOptions(
                proxy=loopback.url if loopback else None,
                direct_ports=loopback.direct_ports if loopback else (),
                is_public=cell.scenario.page.public,
                loopback=loopback,
                entry=entry,
                permissions=permissions,
            )
        gate = await self.recorder.open_gate(cell.engine, page, advertised=entry is not None)
        host = self.advertising.host if entry else LOOPBACK
        return PageOptions(
            proxy=f"socks5://{host}:{gate}",
            loopback=loopback,
            entry=entry,
            permissions=permissions,
        )

    async def _loopback_proxy(self, engine: str) -> LoopbackProxy | None:
        """The gate of pages that call nothing but ports of this run; None: there is none.

        Pages on other machines have the one gate for all that they call.
        """
        is_away = self.advertising.has(engine)
        if not self._recorded or is_away or engine in self.without_proxy:
            return None
        gate = await self.recorder.open_gate(engine, only_loopback=True)
        return LoopbackProxy(url=f"socks5://{LOOPBACK}:{gate}", direct_ports=self._direct_ports)

    def _is_gated(self, cell: Cell) -> bool:
        is_wanted = is_gated(cell) or self.advertising.is_gated(cell.engine)
        return is_wanted and cell.engine not in self.without_proxy

    async def close_page(self, page: str) -> None:
        """Closes the gate of a page that has ended; idempotent."""
        with contextlib.suppress(ServerFailed):  # `watch` tells of it
            await self.recorder.close_gate(page)

    async def _watch_started(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._noting_loss(self.under_test.watch))
            group.create_task(self._noting_loss(self.recorder.watch))
            group.create_task(self.pages.watch())

    async def _noting_loss(self, look: Callable[[], Awaitable[None]]) -> None:
        try:
            await look()
        except* ServerFailed:
            self.lost = True
            raise

    async def _add_to_origins(self, instances: Sequence[Instance]) -> None:
        """Makes instances known to `origins`; those of servers that are unfit have no address."""
        keys = [instance.key for instance in instances if instance.key in self._addresses]
        self.origins.add_instances({key: await self._front(key, Role.SERVER) for key in keys})

    async def _role_ports(self) -> Mapping[Role, int]:
        """New ports that browsers call for the roles of the verbatim server."""
        return {role: await self._front(verbatim_key(role), role) for role in Role}

    async def _front(self, key: str, role: Role) -> int:
        """The port that browsers call for a server: the recorder's, or the server's own."""
        address = self._addresses[key]
        if not self._recorded:
            return address.port
        port = await self.recorder.listen(address, role)
        self._fronts.add(port)
        await self.advertising.open(self.recorder, port)
        return port

    async def _map_real_origins(self, cells: Sequence[Cell], authority: Authority) -> None:
        pages = Backend(address=Address(port=self.pages.port), role=PAGE)
        backends = self.origins.backends(cells, self._addresses)
        mapped = tuple(routes(cells, backends, pages, authority))
        self._call_pages_by(route.origin for route in mapped if route.default == pages)
        await self.recorder.map_origins(mapped, page_ports=self._page_ports)

    def _call_pages_by(self, origins: Iterable[Origin]) -> None:
        """Has the page server answer to real origins, and to browsers on other machines."""
        direct = self.advertising.direct
        far = f"{direct.host}:{direct.ports.get(self.pages.port)}"
        hosts = (str(origin).partition("://")[2] for origin in origins)
        self.pages.hosts = frozenset((*hosts, far.lower()))

    @property
    def _direct_ports(self) -> tuple[int, ...]:
        """What pages on ports of this run call, which needs no proxy."""
        return (*self._page_ports, *sorted(self._fronts))

    @property
    def _page_ports(self) -> tuple[int, ...]:
        return self.pages.port, self.pages.public_port


async def end_all(ends: Iterable[Awaitable[None]]) -> None:
    """Waits side by side for ends; raises what the first of them raised, once all are over."""
    for outcome in await asyncio.gather(*ends, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


def _origins(cell: Cell) -> object:
    return cell.engine, cell.scenario.page.origin, cell.scenario.origins
