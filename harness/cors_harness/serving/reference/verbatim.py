"""The verbatim host: one port for each origin role, all three answering from the same answers."""

import asyncio
from collections.abc import Callable, Mapping

from cors_harness.processes.loop import run_fast
from cors_harness.serving.reference.messages import VerbatimAnswers
from cors_harness.serving.sockets import bind_loopback, port_of
from cors_harness.terms.role import Role

Factory = Callable[[], asyncio.Protocol]
CreateServer = Callable[[VerbatimAnswers, str], Factory]


class VerbatimHost:
    """Serves answers that may be replaced while it serves."""

    def __init__(self, create_server: CreateServer, answers: VerbatimAnswers) -> None:
        self._create_server = create_server
        self._sockets = {role: bind_loopback() for role in Role}
        self._factories: dict[str, Factory] = {}
        self.replace(answers)

    @property
    def ports(self) -> dict[str, int]:
        """The ports by `verbatim:ROLE`."""
        return {f"verbatim:{role}": port_of(listener) for role, listener in self._sockets.items()}

    def replace(self, answers: VerbatimAnswers) -> None:
        """New answers for every connection from now on; may be called in any thread."""
        self._factories = {role: self._create_server(answers, role) for role in Role}

    def serve(self, report: Callable[[Mapping[str, int]], None]) -> None:
        """Reports the ports and does not return."""
        run_fast(self._serve(report))

    async def _serve(self, report: Callable[[Mapping[str, int]], None]) -> None:
        loop = asyncio.get_running_loop()
        for role in Role:
            await loop.create_server(self._connect(role), sock=self._sockets[role])
        report(self.ports)
        await loop.create_future()

    def _connect(self, role: str) -> Factory:
        def connect() -> asyncio.Protocol:
            return self._factories[role]()  # looked up late: `replace` may have come since

        return connect
