"""Process trees: they start whole or not at all, are missed when they die, and leave nothing."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.wait_for_exit import GOING_S, ends

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.processes.temporary import remove_leftovers
from cors_harness.serving.deployments.deployments import Deployments
from cors_harness.serving.deployments.programs import missing
from cors_harness.serving.deployments.registry import deployments_folder, load_deployments
from cors_harness.serving.deployments.site import DeployedInstance
from cors_harness.serving.reference.registry import load_registry

pytestmark = pytest.mark.programs

ONE_OF_EACH = {  # an app for one deployment of each program
    "apache": "flask-cors",
    "granian": "fastapi-cors-middleware",
    "gunicorn-sync": "flask-cors",
    "gunicorn-uvicorn": "fastapi-cors-middleware",
    "hypercorn": "fastapi-cors-middleware",
    "nginx": "flask-cors",
    "uvicorn": "fastapi-cors-middleware",
    "uwsgi": "flask-cors",
    "waitress": "flask-cors",
}


def instance(deployment: str, app: str = "flask-cors") -> DeployedInstance:
    entry = next(each for each in load_registry() if each.name == app)
    return DeployedInstance(key=f"{app}@{deployment}", app=entry, deployment=deployment)


def upstreams(instances: Sequence[DeployedInstance]) -> dict[str, int]:
    """A port where nobody listens: a proxy answers 502 then, and that is enough here."""
    return {each.key: 1 for each in instances}


def skip_where_missing(names: Sequence[str]) -> None:
    for each in load_deployments():
        if each.name in names and (why := missing(each)):
            pytest.skip(why)


def with_deployments(
    instances: Sequence[DeployedInstance],
    use: Callable[[Deployments], Coroutine[Any, Any, None]],
    folder: Path | None = None,
) -> None:
    async def run() -> None:
        deployments = Deployments(folder)
        try:
            await deployments.start(instances, upstreams(instances))
            await use(deployments)
        finally:
            await deployments.stop()

    asyncio.run(run())


async def nothing(_: Deployments) -> None:
    pass


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs may write."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("deployment", "app"), ONE_OF_EACH.items())
def test_stop_leaves_no_process_and_no_file(temporary: Path, deployment: str, app: str) -> None:
    skip_where_missing([deployment])
    groups: list[int] = []

    async def use(deployments: Deployments) -> None:
        groups.extend(deployments.pids)
        assert [group for group in groups if len(in_group(group)) < 2] == []

    with_deployments([instance(deployment, app)], use)
    assert [each for group in groups for each in left_over(group)] == []
    assert list(temporary.iterdir()) == []


PARENT = """
import asyncio, sys
from tests.deployments.test_deployments_life import ONE_OF_EACH, instance, upstreams
from cors_harness.serving.deployments.deployments import Deployments

async def main():
    deployments = Deployments()
    instances = [instance(*each) for each in ONE_OF_EACH.items()]
    await deployments.start(instances, upstreams(instances))
    print(*deployments.pids, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_everything_ends_with_a_parent_that_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_where_missing(list(ONE_OF_EACH))
    command = [sys.executable, "-c", PARENT]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as parent:  # noqa: S603
        assert parent.stdout
        groups = [int(word) for word in parent.stdout.readline().split()]
        running = {group: len(in_group(group)) for group in groups}
        parent.kill()
    assert len(running) == len(ONE_OF_EACH)
    assert min(running.values()) >= 2
    assert [each for group in groups for each in left_over(group)] == []
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    remove_leftovers()  # as the next run does
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("deployment", ["gunicorn-sync", "nginx", "apache"])
def test_workers_end_with_a_guardian_that_is_killed(deployment: str) -> None:
    skip_where_missing([deployment])

    async def use(deployments: Deployments) -> None:
        (guardian,) = deployments.pids
        os.kill(guardian, signal.SIGKILL)
        with pytest.raises(ServerFailed, match=f"{deployment} .* ended with status -9"):
            await deployments.watch()
        assert left_over(guardian) == []

    with_deployments([instance(deployment)], use)


@pytest.mark.parametrize("deployment", ["gunicorn-sync", "nginx"])
def test_master_that_dies_is_noticed_and_its_workers_end(deployment: str) -> None:
    skip_where_missing([deployment])

    async def use(deployments: Deployments) -> None:
        (guardian,) = deployments.pids
        (master,) = children(guardian)
        os.kill(master, signal.SIGKILL)
        with pytest.raises(ServerFailed, match=f"{deployment} .* ended with status 137"):
            await deployments.watch()
        assert left_over(guardian) == []

    with_deployments([instance(deployment)], use)


def test_watch_returns_when_stopped() -> None:
    async def run() -> None:
        deployments = Deployments()
        await deployments.start([instance("waitress")], {})
        watch = asyncio.create_task(deployments.watch())
        await asyncio.sleep(0)
        await deployments.stop()
        await watch

    asyncio.run(run())


@pytest.mark.parametrize(
    ("deployment", "app", "file", "text", "phrase"),
    [
        ("nginx", "flask-cors", "nginx.conf", "serve {}", 'unknown directive "serve"'),
        ("apache", "flask-cors", "apache.conf", "Heeder set A B", "Invalid command 'Heeder'"),
        (
            "gunicorn-sync",
            "flask-cors",
            "gunicorn_sync.py",
            "workers = 'x'",
            "Invalid value for workers: x",
        ),
        ("uwsgi", "flask-cors", "uwsgi.ini", "[uwsgi]\nstrict = true\nx = 1", "x"),
        ("waitress", "flask-cors", "waitress_server.py", "1 / 0", "ZeroDivisionError"),
        ("uvicorn", "fastapi-bare", "uvicorn_server.py", "serve = None", "TypeError"),
        ("hypercorn", "fastapi-bare", "hypercorn.toml", "bind = [", "TOMLDecodeError"),
    ],
)
def test_configuration_that_does_not_start_shows_the_programs_own_words(
    tmp_path: Path, deployment: str, app: str, file: str, text: str, phrase: str
) -> None:
    skip_where_missing([deployment])
    folder = shutil.copytree(deployments_folder(), tmp_path / "deployments")
    (folder / file).write_text(text)
    with pytest.raises(ServerFailed, match=f"{deployment} .* ended with status") as caught:
        with_deployments([instance(deployment, app)], nothing, folder)
    assert phrase in str(caught.value)


def test_app_that_raises_shows_its_traceback(tmp_path: Path) -> None:
    folder = shutil.copytree(deployments_folder(), tmp_path / "deployments")
    broken = DeployedInstance(
        key="k", app=instance("waitress", "flask-bare").app, deployment="waitress", policy=None
    )
    object.__setattr__(broken.app, "app", "flask_bare:there_is_no_such_factory")
    with pytest.raises(ServerFailed, match="there_is_no_such_factory"):
        with_deployments([broken], nothing, folder)


def test_missing_program_is_named_with_its_install_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    sentence = "nginx: nginx is not installed; apt-get install nginx-light"
    with pytest.raises(ServerFailed) as caught:
        with_deployments([instance("nginx")], nothing)
    assert str(caught.value) == sentence


def test_program_is_found_where_an_ordinary_path_does_not_lead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    skip_where_missing(["nginx", "apache"])
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    found = [each for each in load_deployments() if each.name in {"nginx", "apache"}]
    assert [missing(each) for each in found] == [None, None]


def test_unknown_deployment_is_named_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"found deployment 'nginks'; expected one of .*nginx"):
        with_deployments([instance("nginks")], nothing)


def test_start_that_fails_ends_what_did_start(temporary: Path) -> None:
    skip_where_missing(["nginx"])
    folder = shutil.copytree(deployments_folder(), temporary / "deployments")
    (folder / "nginx.conf").write_text("serve {}")

    async def run() -> None:
        deployments = Deployments(folder)
        both = [instance("waitress"), instance("nginx")]
        starting = asyncio.create_task(deployments.start(both, upstreams(both)))
        groups: set[int] = set()
        while not starting.done():
            groups.update(pid for pid in deployments.pids if pid)
            await asyncio.wait({starting}, timeout=0.01)
        assert isinstance(starting.exception(), ServerFailed)
        assert len(groups) == 2
        assert [each for group in groups for each in left_over(group)] == []

    asyncio.run(run())
    assert [file.name for file in temporary.iterdir()] == ["deployments"]


def test_a_hundred_sites_are_one_tree() -> None:
    skip_where_missing(["nginx", "gunicorn-sync"])
    entry = instance("nginx").app
    instances = [
        DeployedInstance(key=f"{name} {number}", app=entry, deployment=name)
        for name in ("nginx", "gunicorn-sync")
        for number in range(100)
    ]

    async def run() -> None:
        deployments = Deployments()
        try:
            ports = await deployments.start(instances, upstreams(instances))
            assert len(set(ports.values())) == 200
            assert len(deployments.pids) == 2
        finally:
            await deployments.stop()

    asyncio.run(run())


def test_every_deployment_has_an_app_here_or_shares_a_program_with_one() -> None:
    covered = {each.program.name for each in load_deployments() if each.name in ONE_OF_EACH}
    assert {each.program.name for each in load_deployments()} == covered


def in_group(number: int) -> list[int]:
    """Process ids of a process group, zombies left out."""
    return [pid for pid, fields in _processes() if int(fields[2]) == number and fields[0] != "Z"]


def children(parent: int) -> list[int]:
    return [pid for pid, fields in _processes() if int(fields[1]) == parent]


def left_over(group: int) -> list[int]:
    """The same as `in_group` once those that are on their way out have gone."""
    deadline = time.monotonic() + GOING_S
    for pid in in_group(group):
        ends(pid, deadline)
    return in_group(group)


def _processes() -> Iterator[tuple[int, list[str]]]:
    """Process ids and what follows the name in /proc/PID/stat: state, parent, group, …"""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "stat").read_text("utf-8", "replace")
        except OSError:
            continue
        yield int(folder.name), text.rpartition(")")[2].split()
