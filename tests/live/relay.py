"""Relay: a way to a server of this machine by the name localhost, which a test can cut.

It listens on the same port as the server, on IPv6: that is where browsers look first.
"""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

PIECE = 65536


class Relay:
    """Passes connections on to 127.0.0.1, in threads of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("::1", port), family=socket.AF_INET6)
        self._ends: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()  # nothing comes any more
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()

    def cut(self) -> int:
        """Cuts all connections that there are, and says how many those were."""
        ends = tuple(self._ends)
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        return len(ends) // 2

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                end, _ = self._listener.accept()
                try:
                    other = socket.create_connection(("127.0.0.1", self._port))
                except OSError:  # nobody serves there any more
                    end.close()
                    continue
                self._ends |= {end, other}
                self._begin(self._pump, end, other)
                self._begin(self._pump, other, end)

    def _begin(self, work: Callable[..., None], *given: socket.socket) -> None:
        thread = threading.Thread(target=work, args=given)
        self._threads.append(thread)
        thread.start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                sink.sendall(piece)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
        self._ends.discard(source)
        source.close()
