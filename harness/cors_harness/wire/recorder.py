"""Recorder: records exchanges with servers; the parent's side of the tap process."""

from collections.abc import Mapping, Sequence

from cors_harness.errors import ServerFailed
from cors_harness.model.exchange import Exchange
from cors_harness.model.route import Address, Refusal, Route
from cors_harness.processes.json_worker import JsonFields, JsonWorker
from cors_harness.wire.codec import (
    address_to_json,
    from_json,
    refusal_from_json,
    route_to_json,
)

NAME = "wire recorder: its process"
TAP_MODULE = "cors_harness.wire.tap_process"


class Recorder:
    """Records what passes the ports that `listen` opens; every call may run beside others.

    Calls raise ServerFailed when the tap process is gone, with the end of its output.

    Attributes:
        start_s: what `t_ms` of exchanges counts from, on the monotonic clock that all processes of
            a machine share; after `start`.
        strays_dropped: how many exchanges without a token were counted and not kept, up to the
            last call of `strays`.
        doubtful: tokens that were taken and may lack an exchange or have another cell's: cells were
            redirected, at the same time, to one URL without a token.
    """

    def __init__(self) -> None:
        self.start_s, self.strays_dropped = 0.0, 0
        self.doubtful: set[str] = set()
        self._worker = JsonWorker(NAME, TAP_MODULE)

    async def start(self, start_s: float | None = None) -> None:
        """Start the tap process and wait until it answers.

        `start_s`: as the attribute, of the process that this one takes the place of; None: of none.

        Raises:
            ServerFailed: it does not start.
        """
        await self._worker.start()
        clock = {"do": "clock", **({} if start_s is None else {"start": start_s})}
        self.start_s = float((await self._worker.ask(clock))["start"])

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended by itself."""
        try:
            self.check()
        except ServerFailed:
            return True
        return False

    def check(self) -> None:
        """Raise ServerFailed, with the end of its output, when the process has ended by itself."""
        self._worker.check()

    async def listen(self, backend: Address, role: str) -> int:
        """Open a port on 127.0.0.1 that passes on to `backend`; `role` is its origin's.

        Raises:
            ServerFailed: no socket could be had, or the process is gone.
        """
        answer = await self._worker.ask(
            {"do": "listen", "to": address_to_json(backend), "role": role}
        )
        return int(answer["port"])

    async def close_ports(self) -> None:
        """Close what `listen` opened, for servers that have ended.

        Raises:
            ServerFailed: the process is gone.
        """
        await self._worker.ask({"do": "close_ports"})

    async def take(self, tokens: Sequence[str]) -> Mapping[str, tuple[Exchange, ...]]:
        """Remove and return what each token has so far, in wire order; () where it has nothing.

        Exchanges that are still open come with `complete=False`; the rest of them is lost.
        """
        answer = await self._worker.ask({"do": "take", "tokens": list(tokens)})
        self.doubtful.update(answer["doubtful"])
        taken: dict[str, list[JsonFields]] = answer["exchanges"]
        return {token: tuple(map(from_json, fields)) for token, fields in taken.items()}

    async def tokens_seen(self, tokens: Sequence[str]) -> frozenset[str]:
        """Those of `tokens` that have exchanges which nobody took yet; removes nothing."""
        answer = await self._worker.ask({"do": "seen", "tokens": list(tokens)})
        return frozenset(answer["tokens"])

    async def strays(self) -> tuple[Exchange, ...]:
        """Remove and return what nobody took: without a token, or later than the last take.

        Of those without a token the first 100 are kept; `strays_dropped` counts the others.
        """
        answer = await self._worker.ask({"do": "strays"})
        self.strays_dropped = int(answer["dropped"])
        return tuple(map(from_json, answer["exchanges"]))

    async def advertise(self, host: str, token: str) -> tuple[int, tuple[str, ...]]:
        """Open the entry for browsers on other machines, see `wire.advertised.AdvertisedPorts`.

        Args:
            host: by which they call this machine, as a URL has it.
            token: of the run; a ticket made of it lets a machine in.

        Returns:
            The port of the entry, and the addresses that it listens on; `*`: all.

        Raises:
            ServerFailed: no socket could be had, or the process is gone.
        """
        command = {"do": "advertise", "host": host, "token": token}
        answer = await self._worker.ask(command)
        return int(answer["port"]), tuple(answer["addresses"])

    async def advertise_port(self, port: int, role: str | None = None) -> int:
        """Open a port for machines that are let in, which passes on to one of 127.0.0.1.

        After `advertise`. What passes is recorded as it is there where `port` is one of `listen`,
        else under `role`; None: not at all.

        Raises:
            ServerFailed: no socket could be had, or the process is gone.
        """
        command = {"do": "advertise_port", "port": port, "role": role}
        return int((await self._worker.ask(command))["port"])

    async def open_gate(
        self,
        engine: str,
        page: str = "",
        *,
        advertised: bool = False,
        only_loopback: bool = False,
    ) -> int:
        """Open the SOCKS5 proxy on 127.0.0.1; its port, the same one each time.

        Args:
            engine: whose pages use it.
            page: where only one of them does, any name for that; it can then be bound.
            advertised: not on 127.0.0.1 but for machines that are let in; after `advertise`.
            only_loopback: it leads to ports of the run on this machine and nowhere else.

        Raises:
            ServerFailed: no socket could be had, or the process is gone.
        """
        command = {
            "do": "open_gate",
            "engine": engine,
            "page": page,
            **({"advertised": True} if advertised else {}),
            **({"only_loopback": True} if only_loopback else {}),
        }
        return int((await self._worker.ask(command))["port"])

    async def bind(self, page: str, token: str) -> None:
        """Record all that comes by the gate of `page` under `token`, until it is bound anew."""
        await self._worker.ask({"do": "bind", "page": page, "token": token})

    async def close_gate(self, page: str) -> None:
        """Close the gate of a page that has ended; idempotent."""
        await self._worker.ask({"do": "close_gate", "page": page})

    async def open_elsewhere(self, certificate: str = "", key: str = "") -> None:
        """Record what redirects lead to origins that are not mapped; nobody answers there.

        `certificate`, `key`: of the authority that such origins have their certificates of, PEM;
        empty: what is on https is refused.

        Raises:
            ServerFailed: no socket could be had, or the process is gone.
        """
        command = {"do": "open_elsewhere", "certificate": certificate, "key": key}
        await self._worker.ask(command)

    async def map_origins(self, routes: Sequence[Route], *, page_ports: Sequence[int] = ()) -> None:
        """Connect the gate's clients by `routes` and by no other map from before.

        Connections that are open stay open, and their next requests go by the new map.

        Args:
            routes: the origins that there are.
            page_ports: the page server's, which may be reached by names such as `localhost` as
                well, recorded as of the role `page`; those that `listen` opened and those of
                backends always may.

        Raises:
            ServerFailed: a certificate or key cannot be used, or the process is gone.
        """
        mapped = [route_to_json(route) for route in routes]
        await self._worker.ask({"do": "map", "routes": mapped, "page_ports": list(page_ports)})

    async def refusals(self) -> tuple[Refusal, ...]:
        """What the gate refused, and what failed in TLS, since the last call."""
        answer = await self._worker.ask({"do": "refusals"})
        return tuple(map(refusal_from_json, answer["refusals"]))

    async def watch(self) -> None:
        """Wait until the process ends by itself and raise ServerFailed; return after `stop`."""
        await self._worker.watch()

    async def stop(self) -> None:
        """End the process; may be called at any time and more than once."""
        await self._worker.stop()
