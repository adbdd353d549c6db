"""Stage: page origin, servers under test and wire recorder, and the origins they give a cell."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from cors_harness.model.answer import Answer
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Place, Scenario
from cors_harness.model.server import VERBATIM
from cors_harness.run.placeholders import fill
from cors_harness.run.prepared import Prepared
from cors_harness.serving.fixtures import FixtureServers, Instance
from cors_harness.serving.page_server import PageServer
from cors_harness.wire.recorder import Recorder

ROLES = ("server", "other", "third")
POLICY_KEY = "p"  # the verbatim server's key for cells of other servers: it has no answers


class Stage:
    """Everything that answers requests during a run.

    Attributes:
        pages: the page origin.
        recorder: the wire recorder that all servers under test stand behind.
    """

    def __init__(self, *, recorded: bool = True) -> None:
        """`recorded`: False puts the browsers right in front of the servers, to measure the tap."""
        self._recorded = recorded
        self.pages = PageServer()
        self.recorder = Recorder()
        self._servers = FixtureServers()
        self._serial = itertools.count(1)
        self._roles: dict[str, int] = {}  # ports, here and in _fronts
        self._fronts: dict[Instance, int] = {}
        self._answers: dict[tuple[Answer, ...], str] = {}

    async def start(self, cells: Sequence[Cell]) -> None:
        """Starts what the cells need; raises ServerFailed."""
        self.pages.bind()
        await self.pages.start()
        if self._recorded:
            await self.recorder.start()
        instances = self._instances(cells)
        ports = await self._servers.start(instances, {})
        for role in ROLES:
            self._roles[role] = await self._front(ports[f"{VERBATIM}:{role}"], role)
        for instance in instances:
            self._fronts[instance] = await self._front(ports[instance.key], "server")
        await self._servers.replace_answers(self._all_answers(cells))

    async def watch(self) -> None:
        """Comes back only by raising: a server or the recorder died, or a page got no answer.

        Raises:
            ServerFailed: what has died, with its last words.
            Exception: a bug of ours in answering a page.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._servers.watch())
            group.create_task(self.recorder.watch())
            group.create_task(self.pages.watch())

    async def stop(self) -> None:
        """Stops all of it; idempotent."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._servers.stop)
            stack.push_async_callback(self.recorder.stop)
            stack.push_async_callback(self.pages.stop)

    def prepare(self, cell: Cell) -> Prepared:
        """The cell with a token and origins of its own."""
        token = f"{self._key(cell)}.{next(self._serial)}"
        names = {**self._names(cell.scenario), "cell": f"cell={token}", "token": token}
        if cell.server != VERBATIM:
            port = self._fronts[self._instance(cell)]
            names["server"] = _origin(cell.scenario.server_host, port)
        return Prepared(cell=cell, token=token, names=names)

    async def _front(self, backend_port: int, role: str) -> int:
        return await self.recorder.listen(backend_port, role) if self._recorded else backend_port

    def _names(self, scenario: Scenario) -> dict[str, str]:
        origin = _origin(scenario.page.host, self.pages.port)
        page = "null" if scenario.page.place is Place.SANDBOXED_FRAME else origin
        roles = {role: _origin(scenario.server_host, port) for role, port in self._roles.items()}
        return {**roles, "page": page}

    def _instance(self, cell: Cell) -> Instance:
        policy = fill(cell.scenario.policy, self._names(cell.scenario))
        return Instance(key=f"{cell.server} {policy}", server=cell.server, policy=policy)

    def _instances(self, cells: Sequence[Cell]) -> tuple[Instance, ...]:
        under_test = (cell for cell in cells if cell.server != VERBATIM)
        return tuple({self._instance(cell): None for cell in under_test})

    def _all_answers(self, cells: Sequence[Cell]) -> Mapping[str, Sequence[Answer]]:
        for cell in cells:
            if cell.server == VERBATIM:
                self._answers.setdefault(self._filled_answers(cell), str(len(self._answers)))
        return {key: answers for answers, key in self._answers.items()}

    def _filled_answers(self, cell: Cell) -> tuple[Answer, ...]:
        return fill(cell.scenario.answers or (), self._names(cell.scenario))

    def _key(self, cell: Cell) -> str:
        return self._answers[self._filled_answers(cell)] if cell.server == VERBATIM else POLICY_KEY


def _origin(host: str, port: int) -> str:
    return f"http://{host}:{port}"
