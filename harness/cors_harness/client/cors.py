"""Cors: has every engine make one fetch() after the other on the user's server."""

from __future__ import annotations

import atexit
import dataclasses
import logging
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from cors_harness.client.call import FetchCall, HeadersArgument
from cors_harness.client.result import Result, result_of
from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.errors import HarnessError, UsageError
from cors_harness.judge.unproven import UnprovenStep, UnprovenSteps
from cors_harness.model.cell import recorded
from cors_harness.model.events import StillStarting
from cors_harness.model.remote import RemoteError, remote_of
from cors_harness.model.subject import NO_APP, AppSubject
from cors_harness.planning.real_origins import origin_option
from cors_harness.run.settings import RunSettings

if TYPE_CHECKING:
    from cors_harness.model.events import EngineVersion, Event
    from cors_harness.run.api import LoopThread, OnDemandRun

LOGGER = logging.getLogger("cors_harness")
T = TypeVar("T")


class Cors:
    """Engines and the user's server with a wire recorder, for as long as this is open.

    Nothing starts before the first `fetch`; everything is ended by `close`, or by leaving `with`.
    May be used from any thread, whether it has an event loop or not; calls take turns.

    Attributes:
        on_result: called with every result before `fetch` returns it; None: nothing is called.
        on_waiting: called every ten seconds of a start that takes long, in another thread, with a
            sentence that names what is waited for; writes it to the log `cors_harness` at first.
    """

    def __init__(
        self,
        app: str | None = None,
        *,
        engines: Sequence[str] | None = None,
        server_origin: str | None = None,
        settings: RunSettings | None = None,
        remotes: Mapping[str, str] | None = None,
        keep_secrets: bool = False,
    ) -> None:
        """Checks the arguments; starts nothing.

        Args:
            app: `package.module:app` in the current folder; None: the subject of `settings`.
            engines: their names, remote browsers among them; None: all.
            server_origin: where the server really is, for the browsers; None: on a port of
                127.0.0.1, and on `server.test` for pages on real origins, under their scheme.
            settings: how engines are started.
            remotes: URLs of WebDriver endpoints by the names of their columns: browsers somewhere
                else, beside those of `settings`.
            keep_secrets: whether the text of results has cookies, tokens and passwords, and no
                fingerprints of them. What results have as values is as the engines got it.

        Raises:
            UsageError: one of these makes no sense.
        """
        self._settings = _with_remotes(_with_app(settings or RunSettings(), app), remotes or {})
        if keep_secrets:
            self._settings = dataclasses.replace(self._settings, fingerprints=None)
        self._server = origin_option("server_origin", server_origin)
        self._engines = _checked(engines, self._settings.remotes)
        self._run: OnDemandRun | None = None
        self._thread: LoopThread | None = None
        self._closed = False
        self._unproven = UnprovenSteps()
        self._starting = threading.Lock()
        self.on_result: Callable[[Result], None] | None = None
        self.on_waiting: Callable[[str], None] = LOGGER.warning

    @property
    def engines(self) -> tuple[EngineVersion, ...]:
        """The engines, with version and build; starts everything if nothing has run yet."""
        return self._call(lambda run: run.versions())

    @property
    def absent(self) -> Mapping[str, str]:
        """Engines that do not run because they are not installed, and why; see `allow_missing`."""
        return self._run.absent if self._run else {}

    @property
    def unproven(self) -> tuple[UnprovenStep, ...]:
        """The calls so far that an error decided, where no other call shows that CORS did."""
        return self._unproven.found()

    def fetch(  # noqa: PLR0913 - the arguments of fetch(), by their names
        self,
        method: str,
        path: str,
        *,
        origin: str | None = None,
        json: object = None,
        body: str | None = None,
        headers: HeadersArgument | None = None,
        credentials: str | None = None,
        mode: str | None = None,
        redirect: str | None = None,
        cache: str | None = None,
        place: str = "window",
    ) -> Result:
        """What each engine makes of this call by a page that has no cookies and no caches yet.

        Args:
            method: of the request.
            path: path and query at the server, such as `/orders/7`.
            origin: the page's: a real one (`https://partner.example`), `null`, a loopback host
                (`localhost`); None: the run's own page on 127.0.0.1.
            json: sent as JSON, with its Content-Type; None: nothing is.
            body: sent as it is; not together with `json`.
            headers: those that the page sets, a mapping or pairs.
            credentials: as for `fetch()`, and so are the next three; None: its default.
            mode: `cors`, `no-cors` or `same-origin`.
            redirect: `follow`, `error` or `manual`.
            cache: `default`, `no-store`, `reload`, `no-cache` or `force-cache`.
            place: `window`, `worker` or `sandboxed-frame`.

        Raises:
            UsageError: an argument makes no sense; nothing was started for it.
            HarnessError: an engine or the server is missing, does not start or has died.
        """
        arguments = locals()  # so that this signature and FetchCall are all that names them
        del arguments["self"]
        __tracebackhide__ = True
        try:
            scenario = FetchCall(**arguments).scenario(self._server)
        except UsageError as error:  # its text says it all
            raise error.with_traceback(None) from None
        records = self._call(lambda run: run.records(scenario))
        for record in records:
            self._unproven.add(recorded(record))
        result = result_of(scenario, records, self._settings.fingerprints)
        if self.on_result is not None:
            self.on_result(result)
        return result

    def close(self) -> None:
        """Ends everything that was started; idempotent."""
        with self._starting:
            thread, self._thread = self._thread, None
            self._closed = True
        if thread is not None:
            atexit.unregister(self.close)
            thread.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, work: Callable[[OnDemandRun], Coroutine[Any, Any, T]]) -> T:
        __tracebackhide__ = True
        run, thread = self._started()
        try:
            return thread.call(work(run))
        except HarnessError as error:  # its text says it all; the traceback is of our own thread
            raise error.with_traceback(None) from None

    def _tell(self, event: Event) -> None:
        if isinstance(event, StillStarting):
            self.on_waiting(event.sentence())

    def _started(self) -> tuple[OnDemandRun, LoopThread]:
        with self._starting:
            if self._closed:
                raise HarnessError("fetch(): this Cors is closed; what it had started has ended")
            if self._run is None or self._thread is None:
                self._run, self._thread = _start(self._engines, self._settings, self._tell)
                atexit.register(self.close)
            return self._run, self._thread


def _start(
    engines: Sequence[str], settings: RunSettings, emit: Callable[[Event], None]
) -> tuple[OnDemandRun, LoopThread]:
    from cors_harness.run.api import LoopThread, OnDemandRun  # noqa: PLC0415 - heavy

    run = OnDemandRun(engines, settings, emit)
    thread = LoopThread(run.run, run.cancel, lambda _error: None)
    thread.start()
    return run, thread


def _with_app(settings: RunSettings, app: str | None) -> RunSettings:
    if app is not None:
        subject = AppSubject(spec=app, folder=Path.cwd())
        return dataclasses.replace(settings, subject=subject)
    if settings.subject is None:
        raise UsageError(NO_APP)
    return settings


def _with_remotes(settings: RunSettings, urls: Mapping[str, str]) -> RunSettings:
    try:
        remotes = {name: remote_of(name, url) for name, url in urls.items()}
    except RemoteError as error:
        raise UsageError(f"remotes: {error}") from error
    return dataclasses.replace(settings, remotes={**settings.remotes, **remotes})


def _checked(engines: Sequence[str] | None, remotes: Iterable[str]) -> tuple[str, ...]:
    known = tuple(dict.fromkeys((*ENGINE_NAMES, *remotes)))
    engines = known if engines is None else engines
    for name in engines:
        if name not in known:
            raise UsageError(f"engines: found {name!r}; expected some of {', '.join(known)}")
    if not engines:
        raise UsageError("engines: found none; expected at least one")
    return tuple(dict.fromkeys(engines))
