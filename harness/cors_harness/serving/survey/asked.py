"""answers_of(): what the user's server answers to calls that are made without a browser."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from cors_harness.model.route import Address
from cors_harness.model.server import APP, APP_RAISING
from cors_harness.model.subject import AppSubject, Subject
from cors_harness.model.survey import Answers, AskedCall, PageLogin
from cors_harness.serving.reference.servers import Instance
from cors_harness.serving.servers_under_test import ServersUnderTest
from cors_harness.serving.survey.login import SentHeaders, filled_headers, log_in, with_answer
from cors_harness.serving.user.app_output import (
    AFTER_S,
    FIRST_FAILURE,
    Span,
    lines_between,
)
from cors_harness.serving.user.probe import Answered, probe
from cors_harness.terms.headers import REDIRECT_STATUSES
from cors_harness.terms.origin import Origin, typed_origin

AT_ONCE = 4
PATIENCE_S = 20  # for all of them: a call that is not answered by then is not known


NO_LOGIN = PageLogin()


async def answers_of(
    subject: Subject,
    calls: Sequence[AskedCall],
    server: Origin,
    page_login: PageLogin = NO_LOGIN,
) -> Answers:
    """The status of each call that is answered; `server` is the origin that browsers call.

    `page_login`: what pages send; they log in first, where it says how.

    Raises as `ServersUnderTest.start` where the server does not start, and as `log_in`.
    """
    under_test = ServersUnderTest(subject)
    try:
        used = {APP_RAISING if call.raises else APP for call in calls}
        instances = [Instance(key=name, server=name, scheme=server.scheme) for name in sorted(used)]
        addresses = await under_test.add(instances)
        head = _Head(server, subject)
        answers = await _of_page(addresses, calls, head, page_login)
        return replace(
            answers,
            no_raising=under_test.unfit.get(APP_RAISING, ""),
            written=await lines_between(under_test.output, APP, head.failed),
        )
    finally:
        await under_test.stop()


async def _of_page(
    addresses: Mapping[str, Address],
    calls: Sequence[AskedCall],
    head: "_Head",
    page_login: PageLogin,
) -> Answers:
    led: dict[AskedCall, str] = {}
    if page_login.login is None:
        statuses = await _asked(addresses, calls, head.with_headers(page_login.headers), led)
        return Answers(anonymous=statuses, logged_in=statuses, elsewhere=led)
    origin = calls[0].origin
    login = await log_in(addresses[APP], page_login.login, head.of_browser(origin))
    carried = filled_headers(with_answer(page_login, login), login)
    anonymous = await _asked(addresses, calls, head.with_headers(carried), led)
    if not login.cookies:
        return Answers(anonymous=anonymous, logged_in=anonymous, login=login, elsewhere=led)
    cookie = ("Cookie", "; ".join(login.cookies))
    logged_in = await _asked(addresses, calls, head.with_headers((*carried, cookie)), led)
    return Answers(anonymous=anonymous, logged_in=logged_in, login=login, elsewhere=led)


async def _asked(
    addresses: Mapping[str, Address],
    calls: Sequence[AskedCall],
    head: "_Head",
    led: dict[AskedCall, str],
) -> Mapping[AskedCall, int]:
    """The statuses; into `led` goes where calls are redirected to another server."""
    statuses: dict[AskedCall, int] = {}
    free = asyncio.Semaphore(AT_ONCE)

    async def ask(call: AskedCall) -> None:
        address = addresses.get(APP_RAISING if call.raises else APP)
        if address is None:
            return
        async with free:
            began = time.monotonic()
            answer = await probe(address, call.target, head.request(call))
        if isinstance(answer, Answered):
            statuses[call] = answer.status
            if answer.status >= FIRST_FAILURE and not call.raises:
                head.failed.append((began, time.monotonic() + AFTER_S))
            if place := head.elsewhere(answer):
                led[call] = place

    tasks = [asyncio.create_task(ask(call)) for call in calls]
    _, late = await asyncio.wait(tasks, timeout=PATIENCE_S) if tasks else (set(), set())
    for task in late:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return statuses


class _Head:
    """Writes requests as they reach the server in a run.

    Attributes:
        failed: when calls began and ended that the server answered by an error of its own.
    """

    def __init__(self, server: Origin, subject: Subject, carried: SentHeaders = ()) -> None:
        self._origin, self._subject, self._carried = server, subject, carried
        self._server = str(server).partition("://")[2]
        self.failed: list[Span] = []
        self._forwarded: SentHeaders = ()
        if server.is_secure and subject.forwarded and not isinstance(subject, AppSubject):
            self._forwarded = (
                ("X-Forwarded-Proto", "https"),
                ("X-Forwarded-Host", self._server),
                ("X-Forwarded-For", "127.0.0.1"),
            )

    def with_headers(self, carried: SentHeaders) -> "_Head":
        """The same, with headers in every request, in place of those that calls have."""
        head = _Head(self._origin, self._subject, carried)
        head.failed = self.failed
        return head

    def of_browser(self, origin: str) -> SentHeaders:
        """What a browser adds to the call of a page of `origin`."""
        return (
            ("Host", self._server),
            ("Connection", "close"),
            ("Accept", "*/*"),
            ("Origin", origin),
            *self._forwarded,
        )

    def elsewhere(self, answer: Answered) -> str:
        """The origin of another server that a redirect leads to; empty where it does not."""
        if answer.status not in REDIRECT_STATUSES:
            return ""
        try:
            parts = urlsplit(answer.location)
            if not parts.netloc:
                return ""
            place = typed_origin(f"{parts.scheme or self._origin.scheme}://{parts.netloc}")
        except ValueError:
            return "what is no http"
        return "" if place.host == self._origin.host else str(place)

    def request(self, call: AskedCall) -> bytes:
        """The bytes of a call."""
        body = (call.body or "").encode()
        length = (("Content-Length", str(len(body))),) if call.body is not None else ()
        replaced = {name.lower() for name, _ in self._carried}
        own = (pair for pair in call.headers if pair[0].lower() not in replaced)
        headers = (*self.of_browser(call.origin), *own, *self._carried, *length)
        lines = (f"{call.method} {call.target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers))
        return "\r\n".join((*lines, "", "")).encode("latin-1") + body
