"""pytest of this project: `pytester` runs pytest inside tests, and Ctrl-C works in all of them."""

import signal

import pytest

pytest_plugins = ["pytester"]


def pytest_configure() -> None:
    """A background job of a shell ignores Ctrl-C, and so would all programs that tests start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True, trylast=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """With `-n`, a worker gets whole files: what their tests share is made once, nobody waits.

    In the order of the folders, where the dearest files are not the last ones.
    """
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - only there with `-n`

    config.option.loadscopereorder = False
    scheduler: object = LoadFileScheduling(config, log)
    return scheduler
