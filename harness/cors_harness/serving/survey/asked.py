"""answers_of(): what the user's server answers to calls that are made without a browser."""

import asyncio
from collections.abc import Mapping, Sequence

from cors_harness.model.route import Address
from cors_harness.model.server import APP, APP_RAISING
from cors_harness.model.subject import AppSubject, Subject
from cors_harness.model.survey import AskedCall
from cors_harness.serving.reference.servers import Instance
from cors_harness.serving.servers_under_test import ServersUnderTest
from cors_harness.serving.user.probe import Answered, probe
from cors_harness.terms.origin import Origin

AT_ONCE = 4
PATIENCE_S = 20  # for all of them: a call that is not answered by then is not known


async def answers_of(
    subject: Subject, calls: Sequence[AskedCall], server: Origin
) -> Mapping[AskedCall, int]:
    """The status of each call that is answered; `server` is the origin that browsers call.

    Raises as `ServersUnderTest.start` where the server does not start.
    """
    under_test = ServersUnderTest(subject)
    try:
        used = {APP_RAISING if call.raises else APP for call in calls}
        instances = [Instance(key=name, server=name, scheme=server.scheme) for name in sorted(used)]
        addresses = await under_test.add(instances)
        return await _asked(addresses, calls, _Head(server, subject))
    finally:
        await under_test.stop()


async def _asked(
    addresses: Mapping[str, Address], calls: Sequence[AskedCall], head: "_Head"
) -> Mapping[AskedCall, int]:
    statuses: dict[AskedCall, int] = {}
    free = asyncio.Semaphore(AT_ONCE)

    async def ask(call: AskedCall) -> None:
        address = addresses.get(APP_RAISING if call.raises else APP)
        if address is None:
            return
        async with free:
            answer = await probe(address, call.target, head.request(call))
        if isinstance(answer, Answered):
            statuses[call] = answer.status

    tasks = [asyncio.create_task(ask(call)) for call in calls]
    _, late = await asyncio.wait(tasks, timeout=PATIENCE_S) if tasks else (set(), set())
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return statuses


class _Head:
    """Writes requests as they reach the server in a run."""

    def __init__(self, server: Origin, subject: Subject) -> None:
        self._server = str(server).partition("://")[2]
        self._forwarded: tuple[tuple[str, str], ...] = ()
        if server.is_secure and subject.forwarded and not isinstance(subject, AppSubject):
            self._forwarded = (
                ("X-Forwarded-Proto", "https"),
                ("X-Forwarded-Host", self._server),
                ("X-Forwarded-For", "127.0.0.1"),
            )

    def request(self, call: AskedCall) -> bytes:
        """The bytes of a call."""
        body = (call.body or "").encode()
        length = (("Content-Length", str(len(body))),) if call.body is not None else ()
        headers = (
            ("Host", self._server),
            ("Connection", "close"),
            ("Accept", "*/*"),
            ("Origin", call.origin),
            *self._forwarded,
            *call.headers,
            *length,
        )
        lines = (f"{call.method} {call.target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers))
        return "\r\n".join((*lines, "", "")).encode("latin-1") + body
