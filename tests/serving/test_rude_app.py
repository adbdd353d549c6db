"""Apps that do what none should: fork and go away, write where they may not, say megabytes."""

import asyncio
import urllib.request
from pathlib import Path

import pytest
from tests.wait_for_exit import HANG_S, ends

from cors_harness.errors import ServerFailed
from cors_harness.serving.reference.servers import ReferenceServers

pytestmark = pytest.mark.programs

SERVES = """
def app(environ, start_response):
    start_response("200 OK", [])
    return [str(lasting).encode()]
"""
FORKS = f"""
import os, signal

lasting = os.fork()
if not lasting:
    os.setsid()
    signal.pause()
{SERVES}
"""
# As some do who mean to close or to flush whatever is open; nothing says where a line ends.
WRITES = f"""
import contextlib, os

for descriptor in range(3, 64):
    for line in (b'{{"id": 1, "ports": []}}\\n', b"[]\\n", b"no JSON"):
        with contextlib.suppress(OSError):
            os.write(descriptor, line)
lasting = 0
{SERVES}
"""
TALKS = "raise ValueError('x' * 5_000_000)"


def answer(folder: Path, text: str) -> str:
    """What the app answers; it has ended by then."""
    (folder / "rude.py").write_text(text)

    def ask(port: int) -> str:
        url = f"http://127.0.0.1:{port}/"
        with urllib.request.urlopen(url, timeout=HANG_S) as response:
            return str(response.read(), "ascii")

    async def main() -> str:
        servers = ReferenceServers()
        try:
            served = await servers.start_app("rude:app", folder)
            return await asyncio.to_thread(ask, served.ports["http"])
        finally:
            await servers.stop()

    return asyncio.run(main())


def test_copy_that_an_app_has_forked_ends_with_it(tmp_path: Path) -> None:
    assert ends(int(answer(tmp_path, FORKS)))


def test_what_an_app_writes_into_our_pipe_is_no_answer(tmp_path: Path) -> None:
    assert answer(tmp_path, WRITES) == "0"


def test_of_an_endless_error_the_beginning_and_the_end_are_told(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed) as failed:
        answer(tmp_path, TALKS)
    text = str(failed.value)
    assert "importing rude raised ValueError" in text
    assert "characters left out ...]" in text
    assert len(text) < 10_000
