"""OutputPipe: what a program writes, handed on as it comes, so that the program never waits.

A thread reads it: an event loop that is busy would keep a program waiting whose pipe is full, and
would know too late when something was written.
"""

import os
import selectors
import threading
from collections.abc import Callable
from contextlib import suppress

from cors_harness.processes.child_process import OUTPUT_TAIL, shown_output

PIECE = 1 << 16  # bytes; as many as a pipe holds
AT_ONCE = 256  # pieces: one who asks for the tail does not read for ever


class OutputPipe:
    """Both standard outputs of one program, and of whatever it starts.

    Attributes:
        file: where the program writes; ours until `started`.
    """

    def __init__(self, take: Callable[[bytes], None]) -> None:
        """`take` gets every piece, never empty; from any thread, one call at a time."""
        self._take, self._tail = take, b""
        self._reading_end, self.file = os.pipe()
        self._wake, self._waker = os.pipe()
        os.set_blocking(self._reading_end, False)
        self._lock, self._closing = threading.Lock(), threading.Lock()
        self._is_open = self._is_ours = True
        self._thread = threading.Thread(target=self._read_all, name="output", daemon=True)

    def started(self) -> None:
        """The program runs, or could not be started, and has its own copy of `file`."""
        if self._is_ours:
            self._is_ours = False
            os.close(self.file)
            self._thread.start()

    def tail(self) -> str:
        """The end of all that is written by now, as text."""
        self._read_some()
        return shown_output(self._tail)

    def close(self) -> None:
        """Takes what is there by now, and no more; idempotent.

        What the program has left running may go on writing: nobody waits for that.
        """
        with self._closing:
            if not self._is_open:
                return
            self.started()
            os.write(self._waker, b"x")
            self._thread.join()
            self._read_some()
            with self._lock:
                self._is_open = False
                for descriptor in (self._reading_end, self._wake, self._waker):
                    os.close(descriptor)

    def _read_all(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._reading_end, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while self._wake not in {key.fd for key, _ in selector.select()}:
                if not self._read_some():
                    return

    def _read_some(self) -> bool:
        """Takes what is there; whether more may come."""
        with self._lock, suppress(BlockingIOError):
            for _ in range(AT_ONCE if self._is_open else 0):
                piece = os.read(self._reading_end, PIECE)
                if not piece:
                    return False
                self._tail = (self._tail + piece)[-OUTPUT_TAIL:]
                self._take(piece)
        return True
