"""chromedriver and WebKitWebDriver, started on loopback as endpoints; and what brings them."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import pytest
from tests.wait_for_exit import HANG_S

from cors_harness.installing.install import Announce, install_tools
from cors_harness.installing.machine import this_machine
from cors_harness.installing.packages import Tool

CHROMEDRIVER = Tool(
    program="chromedriver",
    what_for="is driven by it in tests of remote browsers",
    packages=("chromium-driver",),
)
WEBKIT_DRIVER = Tool(
    program="WebKitWebDriver",
    what_for="is driven by it in tests of remote browsers",
    packages=("webkit2gtk-driver",),
)
HEADLESS = {"goog:chromeOptions": {"args": ["--headless=new", "--no-sandbox"]}}
PORT = re.compile(rb"successfully on port (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverProgram:
    """An endpoint that runs; `pid` of its process, whose children the browsers are."""

    url: str
    pid: int


def install_drivers(say: Announce) -> None:
    """Installs those that are missing; the lines say every command."""
    machine = this_machine()
    missing = [t for t in (CHROMEDRIVER, WEBKIT_DRIVER) if machine.on_path(t.program) is None]
    if missing:
        install_tools(machine, missing, say)


def require(tool: Tool) -> None:
    """Skips a test whose program is not here, with the command that installs it."""
    if shutil.which(tool.program) is None:
        pytest.skip(f"{tool.program} is missing: {tool.install_command(sys.platform)}")


@contextmanager
def chromedriver() -> Iterator[DriverProgram]:
    """A chromedriver; skips where it is not installed."""
    require(CHROMEDRIVER)
    with _program(["chromedriver", "--port=0"]) as process:
        assert process.stdout
        for line in process.stdout:
            if said := PORT.search(line):
                yield DriverProgram(url=f"http://127.0.0.1:{int(said[1])}", pid=process.pid)
                return
    raise AssertionError("chromedriver ended at once")


@contextmanager
def webkit_driver() -> Iterator[DriverProgram]:
    """A WebKitWebDriver on a display of its own; skips where it is not installed."""
    require(WEBKIT_DRIVER)
    with ExitStack() as stack:
        # While Xvfb resets itself, as it does when its last client has left, it refuses others.
        argv = ["Xvfb", "-displayfd", "1", "-nolisten", "tcp", "-noreset"]
        display = stack.enter_context(_program(argv))
        assert display.stdout
        name = f":{display.stdout.readline().decode().strip()}"
        port = _free_port()  # it takes no port 0, and says none
        argv = ["WebKitWebDriver", "--host=127.0.0.1", f"--port={port}"]
        process = stack.enter_context(_program(argv, DISPLAY=name))
        _wait_until_it_listens(process, port)
        yield DriverProgram(url=f"http://127.0.0.1:{port}", pid=process.pid)


@contextmanager
def _program(argv: Sequence[str], **env: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(  # noqa: S603 - programs of the system's
        argv,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout:
            process.stdout.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + HANG_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    raise AssertionError("WebKitWebDriver does not listen")
