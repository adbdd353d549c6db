"""What apps and commands write: in any amount and form, from whatever process of theirs."""

import asyncio
import shlex
import sys
import time
from pathlib import Path

import pytest

from cors_harness.model.subject import AppSubject, CommandSubject, Subject
from cors_harness.serving.reference.servers import Instance
from cors_harness.serving.servers_under_test import ServersUnderTest
from cors_harness.serving.user.app_output import CUT

pytestmark = pytest.mark.programs

FLOODS = """
import logging, os, subprocess, sys

print("imported")
os.write(1, bytes(range(256)) * 40_000 + b"\\n")
for number in range(60_000):
    os.write(2, b"%d: %s\\n" % (number, b"x" * 200))

def app(environ, start_response):
    print("printed in a view")
    print("error in a view", file=environ["wsgi.errors"])
    logging.getLogger("shop").warning("logged in a view")
    subprocess.run([sys.executable, "-c", "print('printed by a child')"], check=True)
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]
"""
SERVES = """
import os, sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from floods import app

class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass

if not os.fork():
    os.setsid()  # a daemon, that has its output still open
    import signal
    signal.pause()
make_server("127.0.0.1", int(sys.argv[1]), app, handler_class=Quiet).serve_forever()
"""
WORDS = ("printed in a view", "error in a view", "logged in a view", "printed by a child")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "floods.py").write_text(FLOODS)
    (tmp_path / "serves.py").write_text(SERVES)
    return tmp_path


def subjects(folder: Path) -> dict[str, Subject]:
    command = f"{shlex.quote(sys.executable)} serves.py {{port}}"
    return {
        "app": AppSubject(spec="floods:app", folder=folder),
        "command": CommandSubject(text=command, folder=folder),
    }


@pytest.mark.parametrize("kind", ["app", "command"])
def test_server_that_floods_its_output_serves_and_is_heard(folder: Path, kind: str) -> None:
    lines: tuple[str, ...] = ()

    async def main() -> None:
        nonlocal lines
        under_test = ServersUnderTest(subjects(folder)[kind])
        under_test.output.keep_in(folder / "output")
        try:
            addresses = await under_test.start([Instance(key="k", server="app")])
            start = time.monotonic()
            reader, writer = await asyncio.open_connection(addresses["k"].host, addresses["k"].port)
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            assert b"200" in await reader.readline()
            await reader.read()
            writer.close()
            while len(lines) < len(WORDS) and time.monotonic() < start + 30:
                await asyncio.sleep(0.01)
                lines = under_test.output.between("app", start, float("inf"))
        finally:
            await under_test.stop()
        kept = under_test.output.kept()
        assert kept.is_cut
        assert kept.lines > 60_000

    began = time.monotonic()
    asyncio.run(main())
    assert sorted(lines) == sorted(WORDS)
    assert time.monotonic() - began < 60
    first, second, *_, last = (folder / "output").read_text().splitlines()
    assert first.startswith("#")
    assert second.endswith(" app: imported")
    assert last == CUT
    assert (folder / "output").stat().st_size < 5_000_000
