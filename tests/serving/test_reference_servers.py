"""ReferenceServers: real child processes, real sockets, and what happens when one goes wrong."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.answer import Answer, ExchangeKind
from cors_harness.model.server import CorsPolicy
from cors_harness.serving.reference.servers import Instance, ReferenceServers

pytestmark = pytest.mark.programs

Use = Callable[[ReferenceServers, Mapping[str, int]], Awaitable[None]]
VERBATIM = {"verbatim:server", "verbatim:other", "verbatim:third"}
FAILING = """
def create_app(policy):
    print("on its way")
    raise RuntimeError("the policy is not to my taste")

def create_unsettled(policy):
    return settle

async def settle(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "the database is away"})

def create_leaving(policy):
    import os
    os.write(2, b"leaving early")
    os._exit(7)
"""
REGISTRY = """
raises = {app = "failing:create_app", interface = "wsgi", versions = [], expresses = []}
misnamed = {app = "failing:create_ap", interface = "asgi", versions = [], expresses = []}
unsettled = {app = "failing:create_unsettled", interface = "asgi", versions = [], expresses = []}
leaves = {app = "failing:create_leaving", interface = "wsgi", versions = [], expresses = []}
"""


def with_servers(
    instances: list[Instance],
    use: Use,
    answers: Mapping[str, list[Answer]] | None = None,
    folder: Path | None = None,
) -> None:
    async def main() -> None:
        servers = ReferenceServers(folder)
        try:
            await use(servers, await servers.start(instances, answers or {}))
        finally:
            await servers.stop()

    asyncio.run(main())


async def get(port: int, target: str, host: str = "127.0.0.1") -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(30):
        received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    (tmp_path / "failing.py").write_text(FAILING)
    (tmp_path / "registry.toml").write_text(REGISTRY)
    return tmp_path


def test_verbatim_is_always_there() -> None:
    async def use(servers: ReferenceServers, ports: Mapping[str, int]) -> None:
        assert set(ports) == VERBATIM
        assert set(servers.pids) == {"verbatim"}
        assert (await get(ports["verbatim:other"], "/?cell=3.1")).endswith(b"\r\n\r\nhi s=3.1")

    with_servers([], use, {"3": [Answer(role="other", body="hi s={token}")]})


def test_answers_can_be_replaced_once_the_ports_are_known() -> None:
    async def use(servers: ReferenceServers, ports: Mapping[str, int]) -> None:
        location = f"http://127.0.0.1:{ports['verbatim:other']}/?{{cell}}"
        answer = Answer(on=ExchangeKind.REQUEST, status=307, headers=(("Location", location),))
        await servers.replace_answers({"0": [answer]})
        head = await get(ports["verbatim:server"], "/?cell=0.1")
        assert f"Location: {location.format(cell='cell=0.1')}\r\n".encode() in head

    with_servers([], use)


def test_answer_without_bytes_is_refused() -> None:
    async def use(servers: ReferenceServers, _: Mapping[str, int]) -> None:
        with pytest.raises(ServerFailed, match="latin-1"):
            await servers.replace_answers({"0": [Answer(headers=(("A", "\u20ac"),))]})

    with_servers([], use)


def test_hundred_instances_have_a_port_and_a_policy_each() -> None:
    names = ("flask-after-request", "flask-cors", "fastapi-cors-middleware", "django")
    origins = {f"{name}.{i}": f"http://{name}-{i}.example" for name in names for i in range(25)}
    instances = [
        Instance(key=key, server=key.partition(".")[0], policy=CorsPolicy(allow_origins=(origin,)))
        for key, origin in origins.items()
    ]

    async def allowed(port: int, origin: str) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET /api/data HTTP/1.1\r\nHost: h\r\nConnection: close\r\nOrigin: {origin}\r\n\r\n"
        writer.write(head.encode())
        received = await reader.read()
        writer.close()
        await writer.wait_closed()
        return f"access-control-allow-origin: {origin}\r\n" in received.decode().lower()

    async def use(servers: ReferenceServers, ports: Mapping[str, int]) -> None:
        assert len(set(ports.values())) == 103
        assert set(servers.pids) == {"wsgi", "asgi", "verbatim"}
        asked = [allowed(ports[key], origin) for key, origin in origins.items()]
        assert all(await asyncio.gather(*asked))

    with_servers(instances, use)


def test_ports_are_on_loopback_only() -> None:
    async def use(_: ReferenceServers, ports: Mapping[str, int]) -> None:
        for port in ports.values():
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", port))

    instances = [Instance(key=name, server=name) for name in ("flask-bare", "fastapi-bare")]
    with_servers(instances, use)


def test_stop_ends_all_children_and_may_be_called_twice() -> None:
    async def use(servers: ReferenceServers, ports: Mapping[str, int]) -> None:
        pids = servers.pids.values()
        await servers.stop()
        await servers.stop()
        assert not any(_runs(pid) for pid in pids)
        with pytest.raises(ConnectionRefusedError):
            await get(ports["verbatim:server"], "/")
        servers.check()

    with_servers([Instance(key="a", server="fastapi-bare")], use)


def test_unknown_server_is_a_usage_error() -> None:
    async def use(_: ReferenceServers, __: Mapping[str, int]) -> None:
        raise AssertionError

    with pytest.raises(UsageError, match="found server 'flask'; expected one of flask-bare, "):
        with_servers([Instance(key="a", server="flask")], use)


@pytest.mark.parametrize(
    ("server", "words"),
    [
        pytest.param("raises", ["key: failing:create_app raised", "not to my taste"], id="raises"),
        pytest.param("misnamed", ["has no attribute 'create_ap'"], id="no such factory"),
        pytest.param("unsettled", ["the database is away"], id="lifespan fails"),
        pytest.param("leaves", ["ended with status 7", "leaving early"], id="exits"),
    ],
)
def test_app_that_does_not_start_says_why(failing: Path, server: str, words: list[str]) -> None:
    async def use(_: ReferenceServers, __: Mapping[str, int]) -> None:
        raise AssertionError

    with pytest.raises(ServerFailed) as caught:
        with_servers([Instance(key="key", server=server)], use, folder=failing)
    assert [word for word in words if word not in str(caught.value)] == []


def test_death_of_a_child_is_noticed_with_its_last_words() -> None:
    async def use(servers: ReferenceServers, ports: Mapping[str, int]) -> None:
        assert b" 500 " in await get(ports["a"], "/api/error")
        servers.check()
        os.kill(servers.pids["wsgi"], signal.SIGKILL)
        async with asyncio.timeout(30):
            await servers.watch()

    with pytest.raises(ServerFailed) as caught:
        with_servers([Instance(key="a", server="flask-bare")], use)
    assert "ended with status -9" in str(caught.value)
    assert "this route always fails" in str(caught.value)


def test_watch_returns_when_the_servers_are_stopped() -> None:
    async def use(servers: ReferenceServers, _: Mapping[str, int]) -> None:
        watching = asyncio.create_task(servers.watch())
        done, pending = await asyncio.wait({watching}, timeout=0)
        assert (done, pending) == (set(), {watching})
        await servers.stop()
        done, pending = await asyncio.wait({watching}, timeout=30)
        assert [task.exception() for task in done] == [None]

    with_servers([], use)


def test_unhandled_exceptions_do_not_reach_our_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    async def use(_: ReferenceServers, ports: Mapping[str, int]) -> None:
        for key in ("flask-bare", "fastapi-bare"):
            assert b" 500 " in await get(ports[key], "/api/error")

    instances = [Instance(key=name, server=name) for name in ("flask-bare", "fastapi-bare")]
    with_servers(instances, use)
    assert capfd.readouterr() == ("", "")


PARENT = """
import asyncio, sys
from cors_harness.serving.reference.servers import ReferenceServers, Instance

async def main():
    servers = ReferenceServers()
    names = ("flask-bare", "fastapi-bare")
    ports = await servers.start([Instance(key=name, server=name) for name in names], {})
    print(*ports.values(), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_fastapi_connection_stays_open_behind_an_unhandled_exception() -> None:
    async def use(_servers: ReferenceServers, ports: Mapping[str, int]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", ports["bare"])
        heads = []
        for path in (b"/api/error", b"/api/data"):
            writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: a.test\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            heads.append(head.split(b"\r\n", 1)[0])
            length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
        writer.close()
        await writer.wait_closed()
        assert heads == [b"HTTP/1.1 500 Internal Server Error", b"HTTP/1.1 200 OK"]

    with_servers([Instance(key="bare", server="fastapi-bare")], use)


def test_children_die_with_a_parent_that_is_killed() -> None:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own text
        assert parent.stdout
        ports = [int(port) for port in parent.stdout.readline().split()]
        connections = [socket.create_connection(("127.0.0.1", port), 30) for port in ports]
        parent.kill()
        for connection in connections:
            with connection:
                assert _ends(connection)
        assert len(connections) == 5


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _ends(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
