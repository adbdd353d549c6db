"""pytest of this project: `pytester` runs pytest inside tests, and Ctrl-C works in all of them."""

import gc
import signal
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


QUICK = "not browser"
QUICK_MEANS = "not browser and not programs"


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long tests/soak goes on, and with which faults."""
    group = parser.getgroup("soak")
    group.addoption("--soak-cells", type=int, default=200, metavar="N", help="cells to disturb")
    group.addoption("--soak-seed", type=int, default=1, metavar="S", help="which faults, and when")


def pytest_configure(config: pytest.Config) -> None:
    """Lets Ctrl-C through, reads `-m "not browser"` as: the quick tests, and installs drivers.

    A background job of a shell ignores Ctrl-C, and so would all programs that tests start.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if config.option.markexpr == QUICK:
        config.option.markexpr = QUICK_MEANS
    # Users of remote browsers have their drivers elsewhere, so only these tests need any here.
    if config.getoption("install_browsers") and not hasattr(config, "workerinput"):
        from tests.webdriver_programs import install_drivers  # noqa: PLC0415 - rarely needed

        install_drivers(lambda line: print(line, flush=True))  # noqa: T201


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Has --install-browsers install what tests with a grid need, too: once, before all tests.

    ChromeDriver comes with the Chromium of its version, which no test may be using meanwhile.
    """
    config = session.config
    if config.getoption("install_browsers", default=False) and not hasattr(config, "workerinput"):
        from tests.run.selenium_grid import install, missing  # noqa: PLC0415 - only where asked

        if missing():
            install()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The quick tests do not even load files that are named for the browser.

    All tests in those need one: tests/test_browser_files.py.
    """
    is_quick = config.option.markexpr == QUICK_MEANS
    return True if is_quick and collection_path.name.endswith("_browser.py") else None


def pytest_report_header(config: pytest.Config) -> str | None:
    """Says which tests the quick ones leave out."""
    if config.option.markexpr != QUICK_MEANS:
        return None
    return f'-m "{QUICK}" runs the quick tests: "{QUICK_MEANS}" (-m programs runs the others)'


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Takes thousands of tests out of the garbage collector's sight.

    Each pytest that runs inside a test collects garbage five times; walking all the tests of this
    one took more than half of its time.
    """
    gc.collect()
    gc.freeze()


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
