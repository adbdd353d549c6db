"""All kinds of servers of a run are watched and end alike; what cannot be played is named."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.wire.tap_builders import OK, always, serving

import cors_harness
from cors_harness.errors import ServerFailed
from cors_harness.model.subject import CommandSubject, UrlSubject
from cors_harness.serving.all_servers import ONLY_AN_APP
from cors_harness.serving.deployments.deployments import Deployments
from cors_harness.serving.reference.servers import Instance, ReferenceServers
from cors_harness.serving.servers_under_test import ServersUnderTest
from cors_harness.serving.user.server import UserUrl
from cors_harness.terms.origin import parse_origin

APP = Instance(key="a", server="app")


def url_subject(port: int) -> UrlSubject:
    return UrlSubject(origin=parse_origin(f"http://127.0.0.1:{port}"))


def test_only_an_app_can_be_made_to_raise() -> None:
    async def main() -> None:
        servers = ServersUnderTest(CommandSubject(text="true", folder=Path()))
        names = {"r": "app-raising", "b": "flask-bare"}
        instances = [Instance(key=key, server=name) for key, name in names.items()]
        try:
            addresses = await servers.start(instances)
        finally:
            await servers.stop()
        assert dict(servers.unfit) == {"app-raising": ONLY_AN_APP}
        assert ("r" in addresses, "b" in addresses) == (False, True)

    asyncio.run(main())


@pytest.mark.programs
def test_server_of_the_user_that_goes_is_seen_by_a_check_and_by_a_watch() -> None:
    async def main() -> None:
        async with serving(always(OK)) as port:
            servers = ServersUnderTest(url_subject(port))
            assert (await servers.start([APP]))["a"].port == port
            await servers.check()
        with pytest.raises(ServerFailed, match="is not there any more"):
            await servers.check()
        with pytest.raises(ExceptionGroup) as caught:
            await servers.watch()
        await servers.stop()
        (failure,) = caught.value.exceptions
        assert "is not there any more" in str(failure)

    asyncio.run(main())


def test_server_of_the_user_is_found_once_for_all_schemes(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[UserUrl] = []
    start = UserUrl.start

    async def counted(server: UserUrl) -> object:
        started.append(server)
        return await start(server)

    monkeypatch.setattr(UserUrl, "start", counted)

    async def main() -> None:
        async with serving(always(OK)) as port:
            servers = ServersUnderTest(url_subject(port))
            secure = Instance(key="s", server="app", scheme="https")
            assert set(await servers.add([APP, secure])) == {"a", "s"}
            await servers.stop()

    asyncio.run(main())
    assert len(started) == 1


def test_what_started_last_ends_first(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []
    for group in (ReferenceServers, Deployments, UserUrl):

        async def stop(server: object) -> None:
            ended.append(type(server).__name__)

        monkeypatch.setattr(group, "stop", stop)

    async def main() -> None:
        async with serving(always(OK)) as port:
            servers = ServersUnderTest(url_subject(port))
            await servers.add([APP])
            await servers.stop()

    asyncio.run(main())
    assert ended == ["UserUrl", "Deployments", "ReferenceServers"]


FRAMEWORKS = (
    *("flask", "flask_cors", "werkzeug", "fastapi", "starlette", "pydantic"),
    *("django", "corsheaders", "rest_framework"),
)
WSGI = """
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"wsgi"]
"""
ASGI = """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"asgi"})
"""
START_ALL = """
import asyncio
from pathlib import Path
from urllib.request import urlopen
from cors_harness.model.subject import AppSubject
from cors_harness.serving.page.server import PageServer
from cors_harness.serving.reference.servers import Instance
from cors_harness.serving.servers_under_test import ServersUnderTest

async def main():
    pages, servers = PageServer(), ServersUnderTest(AppSubject(spec="shop:app", folder=Path()))
    pages.bind()
    await pages.start()
    try:
        addresses = await servers.start([Instance(key="a", server="app")])
        page = f"http://127.0.0.1:{pages.port}/harness/runner.html"
        for url in (page, f"http://127.0.0.1:{addresses['a'].port}/"):
            print(await asyncio.to_thread(lambda: urlopen(url).read()[-15:]))
    finally:
        await servers.stop()
        await pages.stop()

asyncio.run(main())
"""


@pytest.mark.programs
@pytest.mark.parametrize("app", [WSGI, ASGI], ids=["wsgi", "asgi"])
def test_pages_verbatim_server_and_the_users_app_need_no_web_framework(
    tmp_path: Path, app: str
) -> None:
    (tmp_path / "shop.py").write_text(app)
    for name in FRAMEWORKS:
        blocked = tmp_path / "blocked" / f"{name}.py"
        blocked.parent.mkdir(exist_ok=True)
        blocked.write_text(f"raise ImportError('{name} is not installed')\n")
    ours = str(Path(cors_harness.__file__).parent.parent)
    path = os.pathsep.join((str(tmp_path / "blocked"), ours))
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", START_ALL],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    page, answer = done.stdout.splitlines()
    assert "</html>" in page
    assert answer in {"b'wsgi'", "b'asgi'"}
