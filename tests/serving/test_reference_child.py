"""The child process on its own: a line in, an answer out, gone when its stdin ends."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cors_harness.model.answer import Answer, ExchangeKind, Fault
from cors_harness.model.server import CorsPolicy
from cors_harness.model.survey import AppRoutes, FoundRoute, Parameter, ParameterKind
from cors_harness.processes.json_worker import json_line
from cors_harness.serving.reference import messages
from cors_harness.serving.reference.messages import (
    AppServed,
    AppToServe,
    Job,
    ReadRoutes,
    ServeApps,
    ServeUserApp,
    ServeVerbatim,
)
from cors_harness.shipped_folders import servers_folder

FOLDERS = (str(servers_folder()),)


def app(name: str) -> AppToServe:
    return AppToServe(key=name, app=f"{name}:create_app", policy=CorsPolicy())


FLASK_APPS = (app("flask_bare"), app("flask_options"))
JOBS: dict[str, Job] = {
    "wsgi": ServeApps(interface="wsgi", folders=FOLDERS, apps=FLASK_APPS),
    "asgi": ServeApps(interface="asgi", folders=FOLDERS, apps=(app("fastapi_bare"),)),
    "verbatim": ServeVerbatim(folders=FOLDERS, app="verbatim:create_server", answers={}),
}


@pytest.fixture(params=JOBS)
def child(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    argv = [sys.executable, "-m", "cors_harness.serving.reference.child", request.param]
    with subprocess.Popen(  # noqa: S603 - our own module
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        command = {"id": 7, **messages.job_to_json(JOBS[request.param])}
        process.stdin.write(json_line(command))
        process.stdin.flush()
        yield process


@pytest.mark.programs
def test_child_reports_ports_and_ends_with_its_stdin(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin
    assert child.stdout
    assert child.stdout.readline() == b"\n"  # ends what other people's code may have begun
    answer = json.loads(child.stdout.readline())
    assert answer["id"] == 7
    assert all(messages.ports_from_json(answer).values())
    child.stdin.close()
    assert child.wait(30) == 0
    assert child.stdout.read() == b""


ANSWER = Answer(
    role="other",
    on=ExchangeKind.PREFLIGHT,
    times=2,
    headers=(("A", "\x00\x80"), ("a", "")),
    fault=Fault.HANG,
)
POLICY = CorsPolicy(allow_origins=("*",), max_age=0, allow_credentials=True)
APPS = (
    AppToServe(key="k", app="a:b", policy=POLICY),
    AppToServe(key="l", app="a:c", policy=None, scheme="https"),
)
ALL_JOBS: dict[str, Job] = {
    "apps": ServeApps(interface="asgi", folders=("/x", "/y"), apps=APPS),
    "verbatim": ServeVerbatim(folders=("/x",), app="v:c", answers={"0": (ANSWER,), "1": ()}),
    "user app": ServeUserApp(folder=Path("/x"), app="shop:app", raising=True),
    "routes": ReadRoutes(folder=Path("/x"), app="shop:app"),
}


@pytest.mark.parametrize("job", ALL_JOBS.values(), ids=ALL_JOBS)
def test_job_survives_the_way_to_the_child(job: Job) -> None:
    line = json_line({"id": 1, **messages.job_to_json(job)})
    assert messages.job_from_json(json.loads(line)) == job
    assert line.count(b"\n") == 1


def test_later_answers_survive_the_way_to_the_child() -> None:
    answers = {"0": (ANSWER,), "1": ()}
    line = json_line(messages.answers_to_json(answers))
    assert messages.answers_from_json(json.loads(line)) == answers


def test_modules_of_the_current_folder_do_not_get_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "waitress.py").write_text("raise RuntimeError('the wrong one')")
    script = (
        "import asyncio\n"
        "from cors_harness.serving.reference.servers import Instance, ReferenceServers\n"
        "async def main():\n"
        "    servers = ReferenceServers()\n"
        "    await servers.start([Instance(key='a', server='flask-bare')], {})\n"
        "    await servers.stop()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-P", "-c", script]
    done = subprocess.run(command, cwd=tmp_path, check=False)  # noqa: S603 - our own text
    assert done.returncode == 0


def test_reply_of_an_app_survives_the_way_back() -> None:
    served = AppServed(ports={"http": 8000}, interface="asgi", versions=(("fastapi", "1.2"),))
    line = json_line(messages.reply_to_json(served))
    assert messages.app_served_from_json(json.loads(line)) == served


def test_routes_survive_the_way_back() -> None:
    parameter = Parameter(name="size", kind=ParameterKind.WORD, choices=("s", "m"))
    route = FoundRoute(template="/{size}", methods=("GET",), parameters=(parameter,))
    routes = AppRoutes(frameworks=("Flask",), routes=(route,), documents=(("/api", "{}"),))
    line = json_line(messages.reply_to_json(routes))
    assert messages.routes_from_json(json.loads(line)) == routes
