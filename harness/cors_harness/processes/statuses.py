"""status_text(): the exit status of a process in words, with the signal that ended it."""

import signal

_IN_A_SHELL = 128  # what a shell, or a container, adds to the number of a signal
_BY_THE_SYSTEM = "as the system sends it where memory is short"


def status_text(status: int) -> str:
    """`status 3`, `status -9 (SIGKILL, …)`; `status`: negative for a signal, as Python has it."""
    number = -status if status < 0 else status - _IN_A_SHELL
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"status {status}"
    why = f", {_BY_THE_SYSTEM}" if name == "SIGKILL" else ""
    return f"status {status} ({name}{why})"
