"""Ending signals: while browsers of ours run, each ends pytest as Ctrl-C does, and once.

pytest itself is killed by SIGTERM and SIGHUP where it stands, and by a second Ctrl-C wherever it is
cleaning up; files of ours, a private key among them, would stay.
"""

import signal
import threading
from types import FrameType

import pytest

# Windows has no SIGHUP.
SIGNALS = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
ENDING_SIGNALS: pytest.StashKey["EndingSignals"] = pytest.StashKey()
_DEFAULTS = {signal.SIG_DFL, signal.default_int_handler}


class EndingSignals:
    """Takes the signals that nobody else takes, from the first `take` to `give_back`."""

    def __init__(self) -> None:
        self._before: dict[int, object] = {}
        self._has_come = False

    def take(self) -> None:
        """Takes them; idempotent. Does nothing outside of the main thread, which alone may."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in {*SIGNALS} - self._before.keys():
            if (before := signal.getsignal(number)) in _DEFAULTS:
                self._before[number] = before
                signal.signal(number, self._interrupt)

    def give_back(self) -> None:
        """Leaves them to whoever had them before; idempotent."""
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what getsignal gave
        self._before.clear()

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if not self._has_come:
            self._has_come = True
            signal.default_int_handler(number, frame)
