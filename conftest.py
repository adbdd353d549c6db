"""pytest of this project: `pytester` runs pytest inside tests, and Ctrl-C works in all of them."""

import signal

pytest_plugins = ["pytester"]


def pytest_configure() -> None:
    """A background job of a shell ignores Ctrl-C, and so would all programs that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
