"""The user's server by a command of theirs: what it finds, how it ends, and what is said of it."""

import asyncio
import json
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.wait_for_exit import ends

from cors_harness.errors import HarnessError, ServerFailed, UsageError
from cors_harness.model.subject import CommandSubject
from cors_harness.serving.user import command
from cors_harness.serving.user.command import UserCommand
from cors_harness.serving.user.probe import UpServer, refuses

Use = Callable[[UserCommand, UpServer], Awaitable[None]]

ANSWERS = """
import http.server, json, os, signal, socket, sys

class Handler(http.server.BaseHTTPRequestHandler):
    asked = 0
    def do_GET(self):
        Handler.asked += 1
        body = json.dumps(REPLY(self)).encode()
        self.send_response(STATUS(self))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

def REPLY(handler):
    return {"cwd": os.getcwd(), "argv": sys.argv[2:], "port": os.environ["PORT"],
            "home": os.environ.get("HOME"), "engine": os.environ["CORS_HARNESS_ENGINE"],
            "greeting": os.environ.get("GREETING"),
            "asked": handler.asked, "stdin": sys.stdin.read()}

STATUS = lambda handler: 200
SERVER = http.server.ThreadingHTTPServer
"""
SERVES = """
server = SERVER(("127.0.0.1", int(sys.argv[1])), Handler)
print("listening", flush=True)
server.serve_forever()
"""
RAW = """
import os, socket, sys, threading
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
def serve(connection):
    connection.recv(65536)
    ANSWER(connection)
    connection.close()
def go():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    with open("daemon.pid", "w") as file:
        file.write(str(os.getpid()))
    os.close(1), os.close(2)
    signal.pause()
while not (os.path.exists("daemon.pid") and os.path.getsize("daemon.pid")):
    pass
"""
DOOR = """
def REPLY(handler):
    if handler.asked == 2:
        server.server_close()
    return "closed"
"""
SCRIPTS = {
    "good.py": ANSWERS + SERVES,
    "six.py": ANSWERS
    + "class SERVER(SERVER): address_family = socket.AF_INET6\n"
    + SERVES.replace("127.0.0.1", "::1"),
    "slow.py": ANSWERS + "STATUS = lambda handler: 503 if handler.asked < 3 else 404\n" + SERVES,
    "ill.py": ANSWERS + "STATUS = lambda handler: 503\n" + SERVES,
    "daemon.py": ANSWERS + DAEMON + SERVES,
    "forks.py": ANSWERS + DAEMON.replace("os.setsid()", "") + SERVES,
    "mortal.py": ANSWERS
    + "def REPLY(handler):\n"
    + "    if handler.asked == 2:\n"
    + "        print('\\x1b[31mout of memory\\x1b[0m\\r', file=sys.stderr, flush=True)\n"
    + "        os._exit(5)\n"
    + SERVES,
    "broken.py": "import no_such_module\n",
    "background.py": "import os\nif os.fork(): os._exit(0)\nimport signal; signal.pause()\n",
    "deaf.py": "import signal\nprint('waiting', flush=True)\nsignal.pause()\n",
    "garbage.py": RAW + "ANSWER = lambda c: c.sendall(b'220 mail ESMTP\\r\\n')\ngo()\n",
    "tls.py": RAW + "ANSWER = lambda c: c.sendall(b'\\x15\\x03\\x01\\x00\\x02\\x02F')\ngo()\n",
    "closes.py": RAW + "ANSWER = lambda c: None\ngo()\n",
    "hangs.py": RAW + "ANSWER = lambda c: threading.Event().wait()\ngo()\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def python(script: str, *more: str, before: str = "") -> str:
    return f"{before} {shlex.join((sys.executable, script))} {{port}} {' '.join(more)}".strip()


def with_command(
    folder: Path,
    text: str,
    use: Use,
    ready: str | None = None,
    kind: type[UserCommand] = UserCommand,
) -> None:
    async def main() -> None:
        command = kind(CommandSubject(text=text, folder=folder, ready=ready))
        try:
            await use(command, await command.start())
        finally:
            await command.stop()

    asyncio.run(main())


async def nothing(_command: UserCommand, _server: UpServer) -> None:
    pass


async def get(server: UpServer) -> str:
    """The body of what it answers; empty where it breaks off."""
    reader, writer = await asyncio.open_connection(server.address.host, server.address.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    return answer.partition("\r\n\r\n")[2]


async def closed(server: UpServer) -> None:
    """Waits until nobody listens: a connection may end before the door behind it is shut."""
    async with asyncio.timeout(60):
        while not await refuses(server.address):
            pass


def test_command_keeps_the_users_folder_and_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREETING", "from outside")
    seen: dict[str, Any] = {}

    async def use(_command: UserCommand, server: UpServer) -> None:
        seen.update(json.loads(await get(server)), served=str(server.address.port))

    with_command(folder, python("good.py", "--x"), use)
    assert seen.pop("port") == seen.pop("served")
    assert seen == {
        "cwd": str(folder.resolve()),
        "argv": ["--x"],
        "home": os.environ["HOME"],
        "engine": "all",
        "greeting": "from outside",
        "asked": 2,
        "stdin": "",
    }


def test_words_in_front_are_its_environment(folder: Path) -> None:
    async def use(_command: UserCommand, server: UpServer) -> None:
        assert '"greeting": "good day"' in await get(server)

    with_command(folder, python("good.py", before="GREETING='good day'"), use)


def test_server_of_one_engine_is_told_which(folder: Path) -> None:
    async def use(_command: UserCommand, server: UpServer) -> None:
        seen = json.loads(await get(server))
        assert (seen["greeting"], seen["engine"]) == ("of-firefox", "firefox")
        assert seen["argv"] == ["firefox.db"]

    class OfFirefox(UserCommand):
        def __init__(self, subject: CommandSubject) -> None:
            super().__init__(subject, engine="firefox")

    text = python("good.py", "{engine}.db", before="GREETING=of-{engine}")
    with_command(folder, text, use, kind=OfFirefox)


def test_what_it_says_it_is_goes_into_the_record(folder: Path) -> None:
    async def use(_command: UserCommand, server: UpServer) -> None:
        python_version = sys.version.split()[0]
        assert dict(server.versions)["python"] == python_version

    with_command(folder, python("good.py"), use)


def test_server_on_the_other_localhost_is_found(folder: Path) -> None:
    async def use(_command: UserCommand, server: UpServer) -> None:
        assert server.address.host == "::1"
        assert await get(server)

    with_command(folder, python("six.py"), use)


def test_server_counts_as_ready_once_the_path_has_a_status_below_500(folder: Path) -> None:
    async def use(_command: UserCommand, server: UpServer) -> None:
        assert '"asked": 4' in await get(server)

    with_command(folder, python("slow.py"), use, ready="/healthz")


def test_without_a_path_any_answer_will_do(folder: Path) -> None:
    async def use(_command: UserCommand, server: UpServer) -> None:
        assert '"asked": 2' in await get(server)

    with_command(folder, python("ill.py"), use)


@pytest.mark.parametrize("script", ["forks.py", "daemon.py"])
def test_what_it_has_started_ends_with_it(folder: Path, script: str) -> None:
    pids: list[int] = []

    async def use(_command: UserCommand, _server: UpServer) -> None:
        pids.append(int((folder / "daemon.pid").read_text()))
        os.kill(pids[0], 0)  # it runs

    with_command(folder, python(script), use)
    assert ends(pids[0])


def test_daemons_end_with_a_server_that_ends_by_itself(folder: Path) -> None:
    (folder / "daemon.py").write_text(ANSWERS + DAEMON + "sys.exit(7)\n")
    with pytest.raises(ServerFailed, match="ended with status 7 before it answered"):
        with_command(folder, python("daemon.py"), nothing)
    assert ends(int((folder / "daemon.pid").read_text()))


def test_nothing_is_left_in_the_temporary_folder(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with_command(folder, python("good.py"), nothing)
    assert list(temporary.iterdir()) == []


def test_death_is_noticed_with_its_last_words(folder: Path) -> None:
    async def use(command: UserCommand, server: UpServer) -> None:
        assert await get(server) == ""
        async with asyncio.timeout(30):
            await command.watch()

    sentence = r"(?s)your server .* ended with status 5 in the middle of the run; .*\nout of memory"
    with pytest.raises(ServerFailed, match=sentence):
        with_command(folder, python("mortal.py"), use)


@pytest.mark.programs
def test_look_misses_it_with_its_last_words_before_its_end_is_known(folder: Path) -> None:
    async def use(command: UserCommand, server: UpServer) -> None:
        await command.look()
        assert await get(server) == ""
        await closed(server)
        await command.look()

    sentence = r"(?s)your server .* ended with status 5 in the middle of the run; .*\nout of memory"
    with pytest.raises(ServerFailed, match=sentence):
        with_command(folder, python("mortal.py"), use)


def test_server_that_runs_on_without_listening_is_missed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "STOP_TIMEOUT_S", 0.2)
    (folder / "closes_its_door.py").write_text(ANSWERS + DOOR + SERVES)

    async def use(command: UserCommand, server: UpServer) -> None:
        assert await get(server)
        await closed(server)
        await command.look()

    with pytest.raises(ServerFailed, match=r"your server .* does not listen any more, but runs"):
        with_command(folder, python("closes_its_door.py"), use)


def test_watch_returns_when_stopped(folder: Path) -> None:
    async def use(command: UserCommand, _server: UpServer) -> None:
        watch = asyncio.create_task(command.watch())
        await command.stop()
        await watch

    with_command(folder, python("good.py"), use)


ENDING_FAILURES = {
    "dies": ("broken.py", None, ["ended with status 1 before it answered", "no_such_module"]),
    "goes into the background": ("background.py", None, ["status 0", "stay in the foreground"]),
    "no HTTP": ("garbage.py", None, ["answers GET / with no HTTP: b'220 mail", "\nlistening"]),
    "TLS": ("tls.py", None, ["speaks TLS; expected plain HTTP"]),
}
LASTING_FAILURES = {
    "never opens the port": (
        "deaf.py",
        None,
        [
            *("runs, but nothing listens on port", "after 2 s", "\nwaiting\n"),
            *("stands for {port}?", "--start-timeout SECONDS waits longer"),
        ],
    ),
    "closes early": ("closes.py", None, ["closes the connection without an answer", "after 2 s"]),
    "hangs": ("hangs.py", None, ["gives GET / no answer within 1 s", "\nlistening"]),
    "never ready": (
        "ill.py",
        "/healthz",
        ["still answers GET /healthz with status 503 after 2 s", "--ready names the path"],
    ),
}


class UpAtOnce(UserCommand):
    """Its time runs from when the server has said something, however slow the machine is."""

    def __init__(self, subject: CommandSubject) -> None:
        super().__init__(replace(subject, start_timeout_s=2))

    async def _launch(self, *args: Any, **kwargs: Any) -> None:
        await super()._launch(*args, **kwargs)
        deadline = time.monotonic() + 60
        while not self.output_tail:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("script", "ready", "phrases"), ENDING_FAILURES.values(), ids=ENDING_FAILURES
)
def test_server_that_fails_at_its_start_is_told_with_what_it_said(
    folder: Path, script: str, ready: str | None, phrases: list[str]
) -> None:
    assert _unsaid(folder, python(script), ServerFailed, phrases, ready) == []


@pytest.mark.parametrize(
    ("script", "ready", "phrases"), LASTING_FAILURES.values(), ids=LASTING_FAILURES
)
@pytest.mark.programs
def test_server_that_does_not_become_ready_is_told_with_what_it_said(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    ready: str | None,
    phrases: list[str],
) -> None:
    if script == "hangs.py":
        monkeypatch.setattr("cors_harness.serving.user.probe.PATIENCE_S", 1)
    assert _unsaid(folder, python(script), ServerFailed, phrases, ready, UpAtOnce) == []


NOT_THERE = {
    "misspelt": ("pyhton3 x {port}", ["no program 'pyhton3' on PATH", "did you mean 'python3"]),
    "no such file": ("./serve.sh {port}", ["there is no file './serve.sh' in "]),
    "not executable": ("./good.py {port}", ["may not be executed", "chmod +x ./good.py"]),
}


@pytest.mark.parametrize(("text", "phrases"), NOT_THERE.values(), ids=NOT_THERE)
def test_command_that_is_not_there_is_a_usage_error(
    folder: Path, text: str, phrases: list[str]
) -> None:
    assert _unsaid(folder, text, UsageError, phrases) == []


def test_program_is_found_beside_our_own_python(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a virtual environment that is not activated."""
    monkeypatch.setenv("PATH", str(folder))
    program = Path(sys.executable).name

    async def use(_command: UserCommand, server: UpServer) -> None:
        assert await get(server)

    with_command(folder, f"{program} good.py {{port}}", use)


def _unsaid(
    folder: Path,
    text: str,
    expected: type[HarnessError],
    phrases: list[str],
    ready: str | None = None,
    kind: type[UserCommand] = UserCommand,
) -> list[str]:
    """What of `words` the failure does not say."""
    with pytest.raises(HarnessError) as caught:
        with_command(folder, text, nothing, ready, kind)
    assert type(caught.value) is expected
    return [phrase for phrase in phrases if phrase not in str(caught.value)]
