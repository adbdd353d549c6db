"""OrderlyEnd: the end of a process that runs other people's code, as Python ends, but not for ever.

What was begun is ended by whoever has begun it: an app's lifespan by its host, threads, atexit
handlers and modules by Python. What the process has started ends with it: its parent kills what is
left, and where the parent is gone it does so itself.
"""

import asyncio
import atexit
import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine

from cors_harness.processes.marked import MARK, kill_marked

PATIENCE_S = 10.0
STDERR = 2


class OrderlyEnd:
    """Ends this process in time; made in its main thread, before any other code runs there."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        """`patience_s`: seconds from `begin` to the end, however busy the process is."""
        self._patience_s = patience_s
        self._process, self._parent = os.getpid(), os.getppid()
        self._stop: Callable[[], None] | None = None
        self._is_due, self._lock = False, threading.Lock()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored below nohup
        self._mark = os.environ.get(MARK, "")  # an app may change it
        atexit.register(self._kill_rest_of_an_orphan)  # registered first, so called last

    @property
    def is_due(self) -> bool:
        """Whether it has begun."""
        return self._is_due

    def calls(self, stop: Callable[[], None]) -> None:
        """Has `stop` called when the end begins, in another thread; at once where it has begun."""
        with self._lock:
            self._stop = stop
        if self._is_due:
            stop()

    async def cancels(self, serving: Coroutine[object, object, None]) -> None:
        """Runs `serving`, which clears up after itself, and cancels it when the end begins."""
        task, loop = asyncio.ensure_future(serving), asyncio.get_running_loop()

        def stop() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nothing runs
                loop.call_soon_threadsafe(task.cancel)

        self.calls(stop)
        try:
            await task
        except asyncio.CancelledError:
            if not self._is_due:
                raise

    def begin(self) -> None:
        """Ends the process; for a thread of its own, which then watches the clock.

        The main thread is told by what was given to `calls`; before that, while it still loads an
        app, by a KeyboardInterrupt.
        """
        with self._lock:
            self._is_due, stop = True, self._stop
        if stop is None:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        else:
            stop()
        time.sleep(self._patience_s)
        self._give_up()

    def _give_up(self) -> None:
        word = (
            f"cors-harness: the app still ran {self._patience_s:g} s after it was told to end, "
            "so it was killed; what its threads were doing:\n"
        )
        os.write(STDERR, word.encode())
        faulthandler.dump_traceback(STDERR)
        self._kill_rest()

    def _kill_rest_of_an_orphan(self) -> None:
        is_own = os.getpid() == self._process  # a process that the app has forked runs this too
        if is_own and self._is_due and os.getppid() != self._parent:
            sys.stdout.flush()
            self._kill_rest()

    def _kill_rest(self) -> None:
        """Ends what this process has started, other sessions included, and then itself."""
        if self._mark:
            kill_marked(self._mark, but=os.getpid())
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)
