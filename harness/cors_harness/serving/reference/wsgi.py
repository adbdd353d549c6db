"""The WSGI host: waitress, one server with a port for every app.

Waitress, because it is a server that people deploy and its public API takes any number of sockets
that are already bound, with one pool of threads for all: a hundred apps cost no hundred pools.
"""

import logging
import selectors
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import waitress
from waitress.wasyncore import ExitNow

from cors_harness.serving.reference.orderly_end import OrderlyEnd
from cors_harness.serving.sockets import bind_loopback, port_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# 1, 2, 4 and 8 differ by less than the noise. So many that streams, which keep one as long as they
# are read, do not keep the calls of three engines waiting: each has six connections to a port.
THREADS = 20
IDLE_S = 24 * 3600  # as in asgi.py: nobody hangs up on a browser
DRAIN_S = 1  # for views that still run at the end; their clients have gone
CONNECTIONS = 10_000  # waitress counts its listening sockets too; its own limit of 100 is soon hit


def serve(
    apps: "Mapping[str, WSGIApplication]",
    report: Callable[[Mapping[str, int]], None],
    secure: frozenset[str],
    end: OrderlyEnd,
) -> None:
    """Serves every app on a port of its own; reports the ports and returns at the `end`.

    Apps whose key is in `secure` are told that their URLs have the scheme `https`.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line per queued request
    sockets = {key: bind_loopback() for key in apps}
    ports = {key: port_of(listener) for key, listener in sockets.items()}
    by_port = {str(ports[key]): app for key, app in apps.items()}
    secure_ports = {str(ports[key]) for key in secure}

    def dispatch(environ: "WSGIEnvironment", start: "StartResponse") -> "Iterable[bytes]":
        port = environ["SERVER_PORT"]
        environ["wsgi.url_scheme"] = "https" if port in secure_ports else "http"
        answer = head_of if environ["REQUEST_METHOD"] == "HEAD" else _whole
        return answer(by_port[port], environ, start)

    stop = _Stop()
    watched: dict[int, Any] = {stop.fileno(): stop}
    server = waitress.create_server(
        dispatch,
        map=watched,
        sockets=list(sockets.values()),
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_S,
        asyncore_use_poll=True,
    )
    _watch_as_one(watched)
    end.calls(stop.call)
    report(ports)
    try:
        server.run()
    except ExitNow:
        server.task_dispatcher.shutdown(timeout=DRAIN_S)


def _whole(
    app: "WSGIApplication", environ: "WSGIEnvironment", start: "StartResponse"
) -> "Iterable[bytes]":
    return app(environ, start)


def head_of(
    app: "WSGIApplication", environ: "WSGIEnvironment", start: "StartResponse"
) -> "Iterable[bytes]":
    """What `app` answers to HEAD, without a body and as long as it would be with GET.

    Django and others leave that to their server, and waitress does not do it: the body would come
    before the next response on the connection, and the browser would take it for that.
    https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2
    """
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def take(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> Any:
        told.append((status, list(headers)))
        return lambda _data: None

    environ.pop("wsgi.file_wrapper", None)  # waitress sends a file itself
    body = app(environ, take)
    try:
        first = next(iter(body), b"")  # some say only now what they answer
        is_all = isinstance(body, list | tuple) and len(body) == 1
    finally:
        getattr(body, "close", lambda: None)()
    status, headers = told[-1]
    if is_all and not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(first))))
    start(status, headers)
    return ()


def _watch_as_one(watched: dict[int, Any]) -> None:
    """Puts one thing that waitress watches in the place of all that is there before the first call.

    Waitress looks at each of them again for every piece of every request: a port and a trigger for
    each app, which for hundreds of apps takes longer than the request.
    """
    selector = selectors.DefaultSelector()
    fileno: Callable[[], int] | None = getattr(selector, "fileno", None)
    if fileno is None:  # Windows: nothing can watch it
        return
    for descriptor, each in watched.items():
        selector.register(descriptor, selectors.EVENT_READ, each)
    watched.clear()
    watched[fileno()] = _Several(selector)


class _Several:
    """Something that waitress watches for several that are always of interest to it."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector

    def readable(self) -> bool:
        """Always of interest."""
        return True

    def writable(self) -> bool:
        """Never of interest."""
        return False

    def handle_read_event(self) -> None:
        """Has those do their part for which there is something."""
        for key, _ in self._selector.select(0):
            key.data.handle_read_event()


class _Stop:
    """Something that waitress watches as it does its connections, and that ends its loop."""

    def __init__(self) -> None:
        self._watched, self._other = socket.socketpair()

    def call(self) -> None:
        """Ends the loop; for any thread."""
        self._other.send(b"x")

    def fileno(self) -> int:
        """What is watched."""
        return self._watched.fileno()

    def readable(self) -> bool:
        """Always of interest."""
        return True

    def writable(self) -> bool:
        """Never of interest."""
        return False

    def handle_read_event(self) -> None:
        """Raises what waitress lets through."""
        raise ExitNow
