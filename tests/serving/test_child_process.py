"""The child process on its own: one line in, one line out, gone when its stdin ends."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cors_harness.model.answer import Answer, ExchangeKind, Fault
from cors_harness.model.policy import CorsPolicy
from cors_harness.serving.reference import messages
from cors_harness.serving.reference.messages import AppOrigin, AppToServe, Job, Reply
from cors_harness.shipped_folders import servers_folder

FOLDERS = (str(servers_folder()),)


def app(name: str) -> AppToServe:
    return AppToServe(key=name, app=f"{name}:create_app", policy=CorsPolicy())


JOBS = {
    "wsgi": Job(folders=FOLDERS, apps=(app("flask_bare"), app("flask_options"))),
    "asgi": Job(folders=FOLDERS, apps=(app("fastapi_bare"),)),
    "verbatim": Job(folders=FOLDERS, app="verbatim:create_server", answers={}),
}


@pytest.fixture(params=JOBS)
def child(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "cors_harness.serving.reference.child", request.param]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        process.stdin.write(messages.job_line(JOBS[request.param]))
        process.stdin.flush()
        yield process


def test_child_reports_ports_and_ends_with_its_stdin(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin
    assert child.stdout
    reply = messages.read_reply(child.stdout.readline())
    assert reply.error is None
    assert all(reply.ports.values())
    child.stdin.close()
    assert child.wait(30) == 0
    assert child.stdout.read() == b""


def test_job_survives_the_way_to_the_child() -> None:
    answer = Answer(
        role="other",
        on=ExchangeKind.PREFLIGHT,
        times=2,
        headers=(("A", "\x00\x80"), ("a", "")),
        fault=Fault.HANG,
    )
    policy = CorsPolicy(allow_origins=("*",), max_age=0, allow_credentials=True)
    apps = (
        AppToServe(key="k", app="a:b", policy=policy),
        AppToServe(key="l", app="a:c", policy=None, scheme="https"),
    )
    answers = {"0": (answer,), "1": ()}
    job = Job(folders=("/x",), apps=apps, app="v:c", answers=answers, scheme="https")
    line = messages.job_line(job)
    assert messages.read_job(line) == job
    assert line.count(b"\n") == 1


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


def test_reply_is_one_line_of_json() -> None:
    line = messages.reply_line(Reply(error="two\nlines"))
    assert line.count(b"\n") == 1
    assert json.loads(line)["error"] == "two\nlines"


def test_reply_survives_the_way_back() -> None:
    made_of = AppOrigin(interface="asgi", versions=(("fastapi", "1.2"),))
    reply = Reply(ports={"app": 8000}, error="no", is_usage=True, made_of=made_of)
    assert messages.read_reply(messages.reply_line(reply)) == reply
