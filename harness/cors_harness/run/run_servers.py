"""Stage: page origins, servers under test and wire recorder, and the origins they give a cell."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack

from cors_harness.engines.base import LaunchOptions, PageOptions
from cors_harness.errors import ServerFailed
from cors_harness.model.cell import Cell
from cors_harness.model.events import ServerVersion
from cors_harness.model.route import Address, Backend
from cors_harness.model.scenario import FetchContext, PageSpec, Scenario
from cors_harness.model.server import VERBATIM
from cors_harness.model.subject import Subject
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.gate_refusals import GateRefusals
from cors_harness.run.origin_map import ServerInstances, routes_of
from cors_harness.serving.authority import Authority
from cors_harness.serving.page.server import PageServer
from cors_harness.serving.servers_under_test import ServersUnderTest
from cors_harness.terms.role import Role
from cors_harness.wire.recorder import Recorder

OPENING = 2  # pages of all engines together


class RunServers:
    """Everything that answers requests during a run.

    Attributes:
        pages: the page server.
        recorder: the wire recorder that all servers under test stand behind.
        lost: whether a server under test has died, so that the run is over.
        opening: held by whoever opens a page, until the page says hello. Dozens that open at once
            starve one another, and hold up pages that run for seconds.
    """

    def __init__(self, *, recorded: bool = True, subject: Subject | None = None) -> None:
        """`recorded`: False puts the browsers right in front of the servers, to measure the tap."""
        self._recorded = recorded
        self.pages = PageServer()
        self.recorder = Recorder()
        self.lost = False
        self.opening = asyncio.Semaphore(OPENING)
        self._troupe = ServersUnderTest(subject)
        self._casting = ServerInstances(self._names)
        self._serial = itertools.count(1)
        self._roles: dict[str, int] = {}  # ports of the tap, here and in _fronts
        self._fronts: dict[str, int] = {}
        self._servers: Mapping[str, Address] = {}  # behind it
        self._authority: Authority | None = None
        self._gates: dict[str, int] = {}  # ports, by engine
        self._added: dict[object, Cell] = {}  # one for each set of origins that `add` has seen
        self._refusals = GateRefusals(self.recorder)

    def open(self, cells: Sequence[Cell], *, headed: bool, real: bool = False) -> LaunchOptions:
        """Takes what must be known before anything starts: how engines are to be started.

        `real`: cells that are added later may need real origins.
        """
        self.pages.bind()
        if real or any(cell.scenario.real_origins() for cell in cells):
            self._authority = Authority()
        public = any(cell.scenario.page.public for cell in cells)
        return LaunchOptions(
            headed=headed,
            ca=self._authority.ca_pem if self._authority else None,
            public_ports=(self.pages.public_port,) if public else (),
        )

    async def start(self, cells: Sequence[Cell]) -> None:
        """Starts what the cells need; raises ServerFailed."""
        await self.pages.start()
        if self._recorded:
            await self.recorder.start()
        instances = self._casting.instances(cells)
        self._servers = await self._troupe.start(instances)
        for role in Role:
            self._roles[role] = await self._front(self._servers[f"{VERBATIM}:{role}"], role)
        for each in instances:
            if each.key in self._servers:
                self._fronts[each.key] = await self._front(self._servers[each.key], "server")
        await self._troupe.replace_answers(self._casting.all_answers(cells))
        if self._authority:
            await self._open_gate([c for c in cells if c.server not in self.unfit], self._authority)

    @property
    def unfit(self) -> Mapping[str, str]:
        """Servers whose cells cannot run, and why not; after `start`."""
        return self._troupe.unfit

    async def add(self, cells: Sequence[Cell]) -> bool:
        """Starts what these cells of the user's server need beyond what there is; after `start`.

        Calls must not overlap; they raise what `start` raises.

        Returns:
            Whether a server was started that a `watch` from before does not know.
        """
        instances = self._casting.instances(cells)
        new = [each for each in instances if each.key not in self._servers]
        self._servers = {**self._servers, **await self._troupe.add(new)}
        for each in new:
            self._fronts[each.key] = await self._front(self._servers[each.key], "server")
        unknown = [cell for cell in cells if _origins(cell) not in self._added]
        if unknown and self._authority:
            self._added.update((_origins(cell), cell) for cell in unknown)
            await self._open_gate(tuple(self._added.values()), self._authority)
        return bool(new)

    async def watch(self) -> None:
        """Comes back only by raising: a server or the recorder died, or a page got no answer.

        Raises:
            ServerFailed: what has died, with its last words.
            Exception: a bug of ours in answering a page.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._losing(self._troupe.watch))
            group.create_task(self.recorder.watch())
            group.create_task(self.pages.watch())

    async def check(self) -> None:
        """Raises ServerFailed when a server has died that `watch` has not missed yet."""
        await self._losing(self._troupe.check)

    async def _losing(self, look: Callable[[], Awaitable[None]]) -> None:
        try:
            await look()
        except* ServerFailed:
            self.lost = True
            raise

    async def stop(self) -> None:
        """Stops all of it; idempotent."""
        async with AsyncExitStack() as stack:
            if self._authority:
                stack.callback(self._authority.close)
            stack.push_async_callback(self._troupe.stop)
            stack.push_async_callback(self.recorder.stop)
            stack.push_async_callback(self.pages.stop)

    def prepare(self, cell: Cell) -> BoundCell:
        """The cell with a token and origins of its own."""
        token = f"{self._casting.key(cell)}.{next(self._serial)}"
        names = {**self._names(cell.scenario), "cell": f"cell={token}", "token": token}
        if cell.server != VERBATIM and "server" not in dict(cell.scenario.origins):
            names["server"] = _loopback_origin(
                cell.scenario.server_host, self._fronts[self._casting.instance(cell).key]
            )
        return BoundCell(cell=cell, token=token, names=names)

    def page_origin(self, page: PageSpec) -> str:
        """The origin of the page's document, also where a frame in it has the origin null."""
        if page.origin:
            return str(page.origin)
        return _loopback_origin(
            page.host, self.pages.public_port if page.public else self.pages.port
        )

    def tab_ways(self, cell: Cell) -> PageOptions:
        """How the page of this cell is opened."""
        scenario = cell.scenario
        gate = self._gates[cell.engine] if scenario.real_origins() else None
        proxy = f"socks5://127.0.0.1:{gate}" if gate else None
        return PageOptions(proxy=proxy, permissions=scenario.page.permissions)

    def versions(self, used: Collection[str]) -> tuple[ServerVersion, ...]:
        """What the servers under test that are `used` are made of; after `start`."""
        return self._troupe.versions(used)

    @property
    def refusals(self) -> GateRefusals | None:
        """What the gate refuses; None where no origin of the run is a real one."""
        return self._refusals if self._authority else None

    async def _open_gate(self, cells: Sequence[Cell], authority: Authority) -> None:
        pages = Backend(address=Address(port=self.pages.port), role=None)
        routes = routes_of(cells, self._casting.key, self._address, pages, authority)
        local = (self.pages.port, self.pages.public_port)
        for engine in {cell.engine: None for cell in cells}:
            self._gates[engine] = await self.recorder.open_gate(engine)
        await self.recorder.map_origins(routes, loopback_ports=local)

    async def _front(self, server: Address, role: str) -> int:
        return await self.recorder.listen(server, role) if self._recorded else server.port

    def _address(self, cell: Cell, role: str) -> Address:
        is_verbatim = cell.server == VERBATIM or role != "server"
        return self._servers[
            f"{VERBATIM}:{role}" if is_verbatim else self._casting.instance(cell).key
        ]

    def _names(self, scenario: Scenario) -> dict[str, str]:
        sandboxed = scenario.page.place is FetchContext.SANDBOXED_FRAME
        page = "null" if sandboxed else self.page_origin(scenario.page)
        roles = {
            role: _loopback_origin(scenario.server_host, port) for role, port in self._roles.items()
        }
        real = {role: str(origin) for role, origin in scenario.origins}
        return {**roles, **real, "page": page}


def _origins(cell: Cell) -> object:
    return cell.engine, cell.scenario.page.origin, cell.scenario.origins


def _loopback_origin(host: str, port: int) -> str:
    return f"http://{host}:{port}"
