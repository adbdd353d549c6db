"""`cors-harness serve` without a browser: wrong usage, its address, its end."""

import itertools
import os
import pty
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.live.qr_reading import read_blocks
from tests.wait_for_exit import HANG_S

SCENARIO = """\
- id: orders-get
  title: Orders may be read
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {path: /orders}
  expect: {outcome: allowed}
"""
WRONG = {
    "port that is a word": (("--port", "http"), "--port: found 'http'; expected a port"),
    "port that is too high": (("--port", "65536"), "--port: found '65536'; expected a port"),
    "every address": (("--host", "0.0.0.0"), "--host: found '0.0.0.0'; expected a name"),  # noqa: S104
    "host with a port": (("--host", "devbox.lan:80"), "without a port"),
    "host of another machine": (("--host", "192.0.2.1"), "--host is a name or an address of this"),
    "unknown browser": (("--browser", "netscape"), "--browser: found 'netscape'"),
}


@pytest.mark.parametrize(("argv", "message"), WRONG.values(), ids=WRONG)
def test_wrong_usage_serves_nothing(tmp_path: Path, argv: tuple[str, ...], message: str) -> None:
    done = program(tmp_path, "serve", "--url", "http://127.0.0.1:9", *argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = program(tmp_path, "serve", "--url", "http://127.0.0.1:9", "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"port {port} cannot be had" in done.stderr


@contextmanager
def serving(
    folder: Path, *argv: str, outcome: str = "maybe", stderr: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    """`cors-harness serve` on scenarios that have a mistake: no browser has to start."""
    (folder / "orders.yaml").write_text(SCENARIO.replace("allowed", outcome))
    command = [sys.executable, "-m", "cors_harness", "serve", "orders.yaml"]
    with subprocess.Popen(  # noqa: S603 - this program
        [*command, "--url", "http://127.0.0.1:9", *argv],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until_trouble(process: subprocess.Popen[str]) -> str:
    """What stderr says until it says that something is wrong."""
    assert process.stderr is not None
    lines = iter(process.stderr.readline, "")
    said = ""
    for line in lines:
        said += line
        if line.startswith("trouble"):
            return said
    raise AssertionError(said)


@pytest.mark.programs
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_address_is_all_of_stdout_and_ctrl_c_ends_it(tmp_path: Path, number: int) -> None:
    with serving(tmp_path) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        said = until_trouble(process)
        assert "found 'maybe'" in said
        assert "warning" not in said
        with urllib.request.urlopen(url, timeout=HANG_S) as page:  # noqa: S310 - loopback
            assert b"<!DOCTYPE html>" in page.read()
        process.send_signal(number)
        assert process.wait(HANG_S) == 0
        assert process.stdout.read() == ""
        assert "Traceback" not in str(process.stderr and process.stderr.read())


@pytest.mark.browser
def test_browsers_are_installed_before_anything_is_served(tmp_path: Path) -> None:
    argv = ("--browser", "webkit", "--install-browsers")
    with serving(tmp_path, *argv, outcome="allowed") as process:
        said = until_trouble(process)
    assert said.startswith("webkit: ")  # which is there: a line says so, and nothing is done
    assert "watches" in said


@pytest.mark.programs
def test_token_is_another_one_each_time(tmp_path: Path) -> None:
    tokens = set()
    for _ in range(2):
        with serving(tmp_path) as process:
            assert process.stdout is not None
            *_, token, end = process.stdout.readline().strip().split("/")
            assert (end, len(token)) == ("", 43)
            tokens.add(token)
    assert len(tokens) == 2


def own_host() -> str:
    """An address of this machine that is not 127.0.0.1."""
    host = socket.gethostbyname(socket.gethostname())
    return "127.0.0.2" if host.startswith("127.") else host


@pytest.mark.programs
def test_terminal_shows_the_address_for_other_machines_as_a_qr_code(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with serving(tmp_path, "--host", own_host(), stderr=theirs) as process:
        os.close(theirs)
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with open(ours, encoding="utf-8") as terminal:  # noqa: PTH123 - a descriptor
            lines = iter(terminal.readline, "")
            said = list(itertools.takewhile(lambda line: not line.startswith("trouble"), lines))
    code = [line.rstrip() for line in said if line.startswith(("█", "▀"))]
    assert read_blocks(code) == [url]
    assert max(map(len, code)) <= 80


@pytest.mark.programs
def test_wider_than_loopback_is_said_aloud(tmp_path: Path) -> None:
    host = own_host()
    with serving(tmp_path, "--host", host) as process:
        assert process.stdout is not None
        url = process.stdout.readline()
        said = until_trouble(process)
    assert url.startswith(f"http://{host}:")
    assert f"warning  the page answers on {host}, not only on this machine" in said
    assert url.strip() not in said  # a log is read by others
    assert "█" not in said
