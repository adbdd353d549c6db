"""Advertising: how browsers on other machines get at the servers of a run, and who is let in."""

import re
from collections.abc import Mapping

from cors_harness.model.advertised import Advertised, Reach
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import PageSpec, Scenario
from cors_harness.run.origin_map import DirectOrigins
from cors_harness.terms.role import PAGE
from cors_harness.wire.recorder import Recorder
from cors_harness.wire.ticket import new_ticket, new_token

LOOPBACK = PageSpec().host
COUNTS_HEADERS = "-few-headers"  # how deployments are called that take so many and no more
_LOOPBACK_NAMED = re.compile(r"127[\\.]+0[\\.]+0[\\.]+1|localhost", re.IGNORECASE)
# https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-set-dest
# https://wicg.github.io/client-hints-infrastructure/#abstract-opdef-append-client-hints-to-request
_FOR_TRUSTWORTHY = re.compile(r"Sec-(?:Fetch|CH)-", re.IGNORECASE)


class Advertising:
    """What is advertised in one run, and the run's token, which nobody else gets to see.

    Attributes:
        host: by which the browsers call this machine, as a URL has it; empty: none does.
        direct: where those without a proxy find the ports of the run.
    """

    def __init__(self, host: str = "", reach: Mapping[str, Reach] | None = None) -> None:
        """`reach`: of the engines on other machines, by name, as far as it is known by now."""
        self.host = host
        self._reach: dict[str, Reach] = {}
        self.direct = DirectOrigins(host)
        self._token = new_token()
        self._listens_on: tuple[str, ...] = ()
        self._ports: list[int] = []
        self._of_servers: list[int] = []
        for engine, its in (reach or {}).items():
            self.add(engine, its)

    def add(self, engine: str, reach: Reach) -> None:
        """Takes one more engine on another machine, before `start`; not where there is no host."""
        if self.host:
            self._reach[engine] = reach
            self.direct.engines.update([engine] if reach is Reach.DIRECT else [])

    def has(self, engine: str) -> bool:
        """Whether the engine calls from another machine."""
        return engine in self._reach

    def is_gated(self, engine: str) -> bool:
        """Whether all that the engine's pages request goes through the gate."""
        return self._reach.get(engine) is Reach.GATE

    async def start(self, recorder: Recorder, page_port: int) -> None:
        """Opens the entry and the gates of engines; does nothing where nothing is advertised.

        Raises:
            ServerFailed: no socket could be had.
        """
        if not self._reach:
            return
        entry, self._listens_on = await recorder.advertise(self.host, self._token)
        self._ports.append(entry)
        for name in sorted(filter(self.is_gated, self._reach)):
            self._ports.append(await recorder.open_gate(name, advertised=True))
        await self.open(recorder, page_port, PAGE)

    async def open(self, recorder: Recorder, port: int, role: str | None = None) -> None:
        """Opens a port of 127.0.0.1 for the engines that call it directly, if there are any.

        `role`: under which is recorded what cells ask there, unless the recorder has the port.
        """
        if self.direct.engines and port not in self.direct.ports:
            self.direct.ports[port] = await recorder.advertise_port(port, role)
            self._ports.append(self.direct.ports[port])
            if role is None:
                self._of_servers.append(port)

    def forget_servers(self) -> None:
        """The ports that `open` opened for servers under test are closed."""
        for port in self._of_servers:
            self._ports.remove(self.direct.ports.pop(port))
        self._of_servers.clear()

    def entry_url(self, engine: str) -> str | None:
        """What the engine opens before a page, so that its machine is let in; None: it is here."""
        if not self.has(engine):
            return None
        return f"http://{self.host}:{self._ports[0]}/{new_ticket(self._token)}"

    def told(self) -> Advertised | None:
        """What is open by now; None: nothing."""
        if not self._ports:
            return None
        return Advertised(
            host=self.host,
            listens_on=self._listens_on,
            ports=tuple(self._ports),
            engines=dict(sorted(self._reach.items())),
        )

    def why_unreachable(self, cell: Cell) -> str:
        """Why the engine of a cell, on another machine, cannot run it; empty: it can."""
        reach = self._reach.get(cell.engine)
        if reach is None:
            return ""
        if cell.scenario.page.public:
            return (
                "which address counts as public is set when a browser is started, and "
                f"{cell.engine} is started on another machine"
            )
        if reach is Reach.GATE:
            return self._why_past_the_gate(cell.scenario)
        return _why_not_direct(cell, self.host)

    def _why_past_the_gate(self, scenario: Scenario) -> str:
        """Whether the browser would call an origin at the host that it reaches without the gate."""
        at_host = (each for each in scenario.real_origins() if each.host == self.host)
        origin = next(at_host, None)
        if origin is None:
            return ""
        return f"{origin} is at the advertised host itself: advertise an address of this machine"


def _why_not_direct(cell: Cell, host: str) -> str:
    scenario = cell.scenario
    if scenario.real_origins():
        return (
            "a browser reaches real origins through the proxy of its session, and the driver of "
            f"{cell.engine} can set none"
        )
    hosts = {scenario.page.host, scenario.server_host} - {LOOPBACK}
    if hosts:
        return f"{min(hosts)} is the browser's own machine, and {cell.engine} runs on another one"
    return _why_not_by_host(cell, host)


def _why_not_by_host(cell: Cell, host: str) -> str:
    """What of a cell is otherwise where the host stands in the place of 127.0.0.1."""
    scenario = cell.scenario
    if host.startswith("[") and scenario.policy is not None:
        return f"servers may take the [ ] of http://{host} for a pattern: advertise another address"
    texts = repr((scenario.policy, scenario.answers, scenario.steps))
    if _LOOPBACK_NAMED.search(texts):
        return f"it names {LOOPBACK} or localhost itself, and {cell.engine} calls {host} instead"
    if _FOR_TRUSTWORTHY.search(texts):
        return (
            "browsers send Sec-Fetch-* and Sec-CH-* to trustworthy origins only: to loopback, and "
            f"not to http://{host}"
        )
    if cell.server.endswith(COUNTS_HEADERS):
        return f"it counts headers, of which browsers send fewer to http://{host} than to loopback"
    return ""
