"""The end of a user's app: its own clearing up runs, in time, and a startup that fails is told."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.wait_for_exit import ends

from cors_harness.errors import ServerFailed
from cors_harness.serving.reference import servers
from cors_harness.serving.reference.messages import AppServed
from cors_harness.serving.reference.servers import ReferenceServers
from cors_harness.serving.survey.app_routes import read_app_routes
from cors_harness.serving.user.app_output import AppOutput

pytestmark = pytest.mark.programs

APP = Path(__file__).parents[1] / "cases" / "lifespan_app.py"
Use = Callable[[AppServed], Awaitable[None]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(APP, tmp_path)
    return tmp_path


def life(folder: Path) -> list[str]:
    file = folder / "life"
    return file.read_text().split() if file.exists() else []


def serve(spec: str, folder: Path, use: Use) -> None:
    async def main() -> None:
        under_test = ReferenceServers()
        try:
            await use(await under_test.start_app(spec, folder))
        finally:
            await under_test.stop()

    asyncio.run(main())


async def body_of(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    return "open" if b"open" in answer else answer.decode()


@pytest.mark.parametrize(
    ("spec", "lived"),
    [
        ("lifespan_app:app", ["startup", "shutdown", "atexit"]),
        ("lifespan_app:wsgi", ["atexit"]),
        ("lifespan_app:without_lifespan", ["atexit"]),
    ],
)
def test_app_starts_once_for_both_schemes_and_ends_as_it_does_anywhere(
    folder: Path, spec: str, lived: list[str]
) -> None:
    bodies: list[str] = []

    async def use(app: AppServed) -> None:
        bodies.extend([await body_of(app.ports[scheme], "/orders") for scheme in ("http", "https")])

    serve(spec, folder, use)
    assert bodies == ["open", "open"]
    assert life(folder) == lived


@pytest.mark.parametrize("spec", ["lifespan_app:app", "lifespan_app:wsgi"])
def test_view_that_never_ends_keeps_no_shutdown_from_running(folder: Path, spec: str) -> None:
    async def use(app: AppServed) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", app.ports["http"])
        writer.write(b"GET /forever HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await body_of(app.ports["http"], "/orders") == "open"
        writer.close()

    serve(spec, folder, use)
    assert life(folder)[-1] == "atexit"


def test_app_whose_routes_were_read_ends_as_any_other(folder: Path) -> None:
    asyncio.run(read_app_routes("lifespan_app:app", folder))
    assert life(folder) == ["atexit"]


@pytest.mark.parametrize(
    ("spec", "phrases"),
    [
        ("lifespan_app:broken", ["in missing_settings", "KeyError: 'DATABASE_URL'"]),
        ("lifespan_app:brief", ["no database"]),
    ],
)
def test_startup_that_fails_is_told_with_what_the_app_says(
    folder: Path, spec: str, phrases: list[str]
) -> None:
    async def nothing(_app: AppServed) -> None:
        raise AssertionError

    with pytest.raises(ServerFailed) as caught:
        serve(spec, folder, nothing)
    message = str(caught.value)
    assert message.startswith(f"app '{spec}': its startup (ASGI lifespan) failed:\n")
    assert [phrase for phrase in phrases if phrase not in message] == []
    assert "cors_harness" not in message


FRAMEWORKS = """
import os
from aiohttp import web
from blacksheep import Application
from quart import Quart

def note(text):
    if os.environ.get("BROKEN") and text == "startup":
        missing_settings()
    with open("life", "a") as file:
        file.write(text + "\\n")

def missing_settings():
    raise KeyError("DATABASE_URL")

async def up(*_):
    note("startup")

async def down(*_):
    note("shutdown")

in_aiohttp, in_quart, in_blacksheep = web.Application(), Quart("shop"), Application()
in_aiohttp.on_startup.append(up)
in_aiohttp.on_cleanup.append(down)
in_quart.before_serving(up)
in_quart.after_serving(down)
in_blacksheep.on_start += up
in_blacksheep.on_stop += down
"""


@pytest.mark.parametrize("name", ["in_aiohttp", "in_quart", "in_blacksheep"])
def test_frameworks_start_and_end_apps_in_their_own_ways(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "frameworks.py").write_text(FRAMEWORKS)

    async def nothing(_app: AppServed) -> None:
        pass

    serve(f"frameworks:{name}", folder, nothing)
    assert life(folder) == ["startup", "shutdown"]
    monkeypatch.setenv("BROKEN", "1")
    with pytest.raises(ServerFailed) as caught:
        serve(f"frameworks:{name}", folder, nothing)
    message = str(caught.value)
    assert "its startup (" in message.partition("\n")[0]
    assert "in missing_settings" in message
    assert "cors_harness" not in message


LOADS_FOR_LONG = """
import atexit, time
atexit.register(lambda: open("life", "a").write("atexit"))
open("loading", "w").close()
time.sleep(3600)
"""


def test_app_that_is_still_loading_is_interrupted(folder: Path) -> None:
    (folder / "slow.py").write_text(LOADS_FOR_LONG)

    async def main() -> None:
        under_test = ReferenceServers()
        starting = asyncio.create_task(under_test.start_app("slow:app", folder))
        while not (folder / "loading").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.01)
        starting.cancel()
        await asyncio.wait({starting})

    asyncio.run(main())
    assert life(folder) == ["atexit"]


STARTS_ONE = """
import asyncio, sys
from pathlib import Path
from cors_harness.serving.reference.servers import ReferenceServers

async def main():
    under_test = ReferenceServers()
    await under_test.start_app("parent:app", Path.cwd())
    print(under_test.pids["app"], flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""
PARENT = """
import atexit, os, subprocess, sys
from lifespan_app import app

def start(file, **options):
    waits = [sys.executable, "-c", "import signal; signal.pause()"]
    open(file, "w").write(str(subprocess.Popen(waits, **options).pid))

start("child")
start("daemon", start_new_session=True)
if not os.fork():
    atexit._run_exitfuncs()  # as multiprocessing's do not
    os._exit(0)
os.wait()
open("life", "w").close()
"""


def test_app_ends_in_order_though_the_harness_was_killed(folder: Path) -> None:
    (folder / "parent.py").write_text(PARENT)
    command = [sys.executable, "-c", STARTS_ONE]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE) as harness:  # noqa: S603
        assert harness.stdout
        app = int(harness.stdout.readline())
        os.kill(harness.pid, signal.SIGKILL)
    assert ends(app)
    assert ends(int((folder / "child").read_text()))
    assert ends(int((folder / "daemon").read_text()))
    assert life(folder) == ["startup", "shutdown", "atexit"]


ENDS_LATE = """
import threading, time
from cors_harness.serving.reference.orderly_end import OrderlyEnd

end = OrderlyEnd(patience_s=0.2)
threading.Thread(target=time.sleep, args=(3600,), name="poller").start()
end.calls(lambda: None)
threading.Thread(target=end.begin, daemon=True).start()
"""


def test_app_that_does_not_end_is_killed_with_a_word_and_its_threads(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ENDS_LATE]
    done = subprocess.run(  # noqa: S603 - our own text
        command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=30
    )
    assert done.returncode != 0
    assert "the app still ran 0.2 s after it was told to end, so it was killed" in done.stderr
    assert "Thread 0x" in done.stderr


def test_app_that_had_to_be_killed_is_told(folder: Path) -> None:
    (folder / "late.py").write_text(
        "import atexit, os, signal\n"
        "from lifespan_app import wsgi as app\n"
        "print('imported', flush=True)\n"
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
    )
    output = AppOutput()

    async def main() -> None:
        under_test = ReferenceServers(output=output)
        await under_test.start_app("late:app", folder)
        await under_test.stop()

    asyncio.run(main())
    assert output.kept().trouble.startswith("app still ran 10 s after it was told to end")


def test_patience_of_the_parent_is_longer_than_that_of_the_app() -> None:
    assert servers.MARGIN_S > 0
