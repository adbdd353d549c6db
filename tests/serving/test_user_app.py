"""The user's app in a child process of its own: what it sees, what it is, and how it fails."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.wait_for_exit import ends

from cors_harness.errors import HarnessError, ServerFailed, UsageError
from cors_harness.serving.reference.messages import AppServed
from cors_harness.serving.reference.servers import Instance, ReferenceServers

pytestmark = pytest.mark.programs

Use = Callable[[ReferenceServers, AppServed], Awaitable[None]]

FLASK = """
import logging
import flask, flask_cors
from settings import GREETING

app = flask.Flask("shop")
flask_cors.CORS(app, origins="https://example.com")
logging.basicConfig()
logging.warning("set up")

@app.get("/hello")
def hello():
    print("hello was called", flush=True)
    return GREETING
"""
FASTAPI = """
import fastapi

def create_app(name, *, debug=False):
    api = fastapi.FastAPI()

    @api.get("/hello")
    def hello():
        return f"{name} {debug}"

    return api
"""
DJANGO = """
import django.conf
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

django.conf.settings.configure(ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"])
wsgi = get_wsgi_application()
asgi = get_asgi_application()
"""
DJANGO_URLS = """
from django.http import HttpResponse
from django.urls import path

def hello(request):
    return HttpResponse("django", headers={"Content-Length": "6"})

urlpatterns = [path("hello", hello)]
"""
MIRRORS = """
import json, os, sys

def about(place):
    where = {"cwd": os.getcwd(), "argv": sys.argv[1:], "stdin": sys.stdin.read()}
    return json.dumps(where | place).encode()

def wsgi(environ, start_response):
    start_response("200 OK", [])
    names = ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "wsgi.url_scheme")
    return [about({name: environ[name] for name in names})]

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    names = ("root_path", "path", "query_string", "scheme")
    place = {name: scope[name] for name in names} | {"query_string": scope["query_string"].decode()}
    body = about(place)
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": body})
"""
PARENT = """
import subprocess, sys

child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])

def app(environ, start_response):
    start_response("200 OK", [])
    return [str(child.pid).encode()]
"""
FORKS = """
import os, signal

lasting = os.fork()
if not lasting:
    signal.pause()

def app(environ, start_response):
    os._exit(9)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "settings.py").write_text("GREETING = 'good day'")
    (tmp_path / "urls.py").write_text(DJANGO_URLS)
    (tmp_path / "site_of_django.py").write_text(DJANGO)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "web.py").write_text(FLASK)
    (tmp_path / "shop" / "api.py").write_text(FASTAPI)
    (tmp_path / "mirrors.py").write_text(MIRRORS)
    return tmp_path


def with_app(spec: str, folder: Path, use: Use, timeout_s: int = 60) -> None:
    async def main() -> None:
        servers = ReferenceServers()
        try:
            await use(servers, await servers.start_app(spec, folder, timeout_s=timeout_s))
        finally:
            await servers.stop()

    asyncio.run(main())


async def nothing(_servers: ReferenceServers, _app: AppServed) -> None:
    raise AssertionError


async def get(port: int, target: str, *headers: str) -> tuple[str, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = (f"GET {target} HTTP/1.1", "Host: h", "Connection: close", *headers, "", "")
    writer.write("\r\n".join(lines).encode())
    async with asyncio.timeout(30):
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head, body


@pytest.mark.parametrize(
    ("spec", "interface", "body", "made_of"),
    [
        ("shop.web:app", "wsgi", "good day", ("flask-cors", "flask", "werkzeug", "waitress")),
        (
            "shop.web:app.wsgi_app",
            "wsgi",
            "good day",
            ("flask-cors", "flask", "werkzeug", "waitress"),
        ),
        ("shop.api:create_app('a')", "asgi", '"a False"', ("fastapi", "starlette", "uvicorn")),
        (
            "shop.api:create_app('a', debug=True)",
            *("asgi", '"a True"', ("fastapi", "starlette", "uvicorn")),
        ),
        ("site_of_django:wsgi", "wsgi", "django", ("django", "waitress")),
        ("site_of_django:asgi", "asgi", "django", ("django", "uvicorn")),
    ],
)
def test_app_is_found_told_and_served(
    shop: Path, spec: str, interface: str, body: str, made_of: tuple[str, ...]
) -> None:
    async def use(_servers: ReferenceServers, app: AppServed) -> None:
        assert app.interface == interface
        assert tuple(name for name, _ in app.versions) == made_of
        assert all(version[0].isdigit() for _, version in app.versions)
        assert (await get(app.ports["http"], "/hello"))[1] == body

    with_app(spec, shop, use)


WRONG = Path(__file__).parent.parent / "cases" / "wrong_framework"


@pytest.mark.parametrize(
    ("spec", "folder", "frameworks"),
    [
        ("shop.web:app", None, ("Flask",)),
        ("site_of_django:wsgi", None, ("Django",)),
        ("litestar_app:app", WRONG, ("Litestar",)),
        ("quart_app:app", WRONG, ("Quart",)),
        ("connexion_app:app", WRONG, ("Connexion",)),
        ("own_app:app", WRONG, ()),
    ],
)
def test_framework_is_told_by_the_class_of_the_app_and_not_by_what_it_imports(
    shop: Path, spec: str, folder: Path | None, frameworks: tuple[str, ...]
) -> None:
    async def use(_servers: ReferenceServers, app: AppServed) -> None:
        assert app.frameworks == frameworks

    with_app(spec, folder or shop, use)


def test_configuration_with_a_production_origin_is_served_as_it_is(shop: Path) -> None:
    async def use(_servers: ReferenceServers, app: AppServed) -> None:
        head, _ = await get(app.ports["http"], "/hello", "Origin: https://example.com")
        assert "\r\nAccess-Control-Allow-Origin: https://example.com" in head

    with_app("shop.web:app", shop, use)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("spec", "keys"),
    [
        ("mirrors:wsgi", ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "wsgi.url_scheme")),
        ("mirrors:asgi", ("root_path", "path", "query_string", "scheme")),
    ],
)
def test_app_sees_its_own_paths_and_nothing_of_ours(
    shop: Path, spec: str, keys: tuple[str, ...], scheme: str
) -> None:
    seen: dict[str, Any] = {}

    async def use(_servers: ReferenceServers, app: AppServed) -> None:
        seen.update(json.loads((await get(app.ports[scheme], "/a%20b/c?d=e"))[1]))

    with_app(spec, shop, use)
    assert tuple(seen.pop(name) for name in keys) == ("", "/a b/c", "d=e", scheme)
    assert seen == {"cwd": str(shop.resolve()), "argv": [], "stdin": ""}


def test_app_runs_beside_the_reference_servers(shop: Path) -> None:
    async def main() -> None:
        servers = ReferenceServers()
        try:
            instance = Instance(key="bare", server="flask-bare", scheme="https")
            ports = await servers.start([instance], {})
            app = await servers.start_app("shop.web:app", shop)
            assert set(servers.pids) == {"wsgi", "verbatim", "app"}
            assert (await get(app.ports["http"], "/hello"))[1] == "good day"
            redirect, _ = await get(ports["bare"], "/api/list", "X-Forwarded-Proto: http")
            assert "\r\nLocation: https://h/api/list/" in redirect
        finally:
            await servers.stop()

    asyncio.run(main())


def test_what_the_app_prints_and_logs_is_kept(
    shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = ""

    async def main() -> None:
        nonlocal output
        servers = ReferenceServers()
        app = await servers.start_app("shop.web:app", shop)
        await get(app.ports["http"], "/hello")
        os.kill(servers.pids["app"], signal.SIGKILL)
        with contextlib.suppress(ServerFailed):
            await servers.watch()
        output = servers.app_output
        await servers.stop()

    asyncio.run(main())
    assert output == "WARNING:root:set up\nhello was called"
    assert capfd.readouterr() == ("", "")


def test_death_of_the_app_is_noticed_with_its_last_words(shop: Path) -> None:
    (shop / "dying.py").write_text(
        "import os\n"
        "def app(environ, start_response):\n"
        "    os.write(2, b'out of memory')\n"
        "    os._exit(5)\n"
    )

    async def use(servers: ReferenceServers, app: AppServed) -> None:
        await get(app.ports["http"], "/")
        async with asyncio.timeout(30):
            await servers.watch()

    with pytest.raises(ServerFailed, match=r"(?s)app server .* status 5; .*out of memory"):
        with_app("dying:app", shop, use)


def test_what_the_app_has_started_ends_with_it(shop: Path) -> None:
    (shop / "parent.py").write_text(PARENT)
    pids: list[int] = []

    async def use(_servers: ReferenceServers, app: AppServed) -> None:
        pids.append(int((await get(app.ports["http"], "/"))[1]))
        os.kill(pids[0], 0)  # it runs

    with_app("parent:app", shop, use)
    assert ends(pids[0])


def test_death_is_noticed_although_a_fork_holds_the_pipes(shop: Path) -> None:
    (shop / "forks.py").write_text(FORKS)

    async def use(servers: ReferenceServers, app: AppServed) -> None:
        with contextlib.suppress(ConnectionError):
            await get(app.ports["http"], "/")
        async with asyncio.timeout(30):
            await servers.watch()

    with pytest.raises(ServerFailed, match="ended with status 9"):
        with_app("forks:app", shop, use)


def test_module_that_starts_a_server_of_its_own_is_not_waited_for(shop: Path) -> None:
    (shop / "runs.py").write_text("import signal\nprint('* Running', flush=True)\nsignal.pause()\n")
    with pytest.raises(ServerFailed) as caught:
        with_app("runs:app", shop, nothing, timeout_s=2)
    assert "did not answer within 2 s" in str(caught.value)
    assert "start a server of its own" in str(caught.value)
    assert "under if __name__ == '__main__':" in str(caught.value)
    assert "--command 'python shop.py --port {port}'" in str(caught.value)
    assert "--start-timeout SECONDS waits longer" in str(caught.value)


MODULES = {
    "broken": "import settings\n\ndef load():\n    raise RuntimeError('no database')\n\nload()\n",
    "chained": "try: 1 / 0\nexcept ArithmeticError as exc:\n    raise KeyError('k') from exc\n",
    "syntax": "def app(:\n",
    "needs": "import no_such_distribution\n",
    "leaves": "import sys\nsys.exit('wrong settings')\n",
    "many": (
        "import flask\n"
        "from flask import current_app, request\n"
        "from urllib.parse import quote\n"
        "site = flask.Flask('a')\n"
        "_hidden = flask.Flask('b')\n"
        "VERSION = 3\n"
        "def create_app(): return site\n"
        "def create_nothing(): pass\n"
        "def create_with(config): return site\n"
        "def create_broken(): return {}['key']\n"
        "async def create_later(): return site\n"
    ),
    "lone": "import flask\napplication = flask.Flask('a')\n",
}


@pytest.mark.parametrize(
    ("spec", "phrases"),
    [
        pytest.param("many", ["did you mean 'many:app'?"], id="malformed"),
        pytest.param(
            "shp.web:app",
            ["there is no module shp; looked in ", "did you mean 'shop.web:app'?"],
            id="no package",
        ),
        pytest.param(
            "shop.wep:app",
            ["there is no module shop.wep", "it has: api, web", "did you mean 'shop.web:app'?"],
            id="no module in the package",
        ),
        pytest.param("settings.web:app", ["settings is no package"], id="no package it is"),
        pytest.param(
            "many:sit",
            ["there is no sit in many (apps there: site, create_app())", "'many:site'?"],
            id="no attribute",
        ),
        pytest.param("many:create_ap()", ["did you mean 'many:create_app()'?"], id="no factory"),
        pytest.param("lone:app", ["did you mean 'lone:application'?"], id="its only app"),
        pytest.param("many:site.wsgi", ["no wsgi in many.site"], id="no attribute of the app"),
        pytest.param(
            "many:create_app",
            ["looks like a factory", "did you mean 'many:create_app()'?"],
            id="factory not called",
        ),
        pytest.param("many:VERSION", ["an object of int", "--command '"], id="not callable"),
        pytest.param("many:site()", ["missing a required argument: 'environ'"], id="app called"),
        pytest.param("many:VERSION()", ["which cannot be called"], id="value called"),
        pytest.param(
            "shop:web", ["there is no web in shop", "--command '"], id="module not imported"
        ),
        pytest.param(
            "many:create_nothing()",
            ["what create_nothing() returned is None", "did it forget to return the app?"],
            id="factory of nothing",
        ),
        pytest.param("many:create_with()", ["missing a required argument: 'config'"], id="args"),
        pytest.param(
            "many:create_later",
            ["looks like an async factory", "did you mean 'many:create_later()'?"],
            id="async factory not called",
        ),
        pytest.param("json:app", ["there is no app in json (", "json"], id="module of Python's"),
    ],
)
def test_spec_that_names_no_app_is_a_usage_error(shop: Path, spec: str, phrases: list[str]) -> None:
    assert _failure(shop, spec, UsageError, phrases) == []


@pytest.mark.parametrize(
    ("spec", "phrases"),
    [
        pytest.param(
            "broken:app",
            ["importing broken raised RuntimeError", "line 6, in <module>", "line 4, in load"],
            id="import raises",
        ),
        pytest.param("chained:app", ["ZeroDivisionError", "direct cause"], id="chained"),
        pytest.param("syntax:app", ["syntax.py", "SyntaxError"], id="syntax error"),
        pytest.param("needs:app", ["No module named 'no_such", sys.executable], id="not installed"),
        pytest.param(
            "leaves:app",
            ["wrong settings", "__name__ == '__main__'", "--command '"],
            id="exits",
        ),
        pytest.param(
            "many:create_broken()",
            ["calling create_broken raised KeyError", "in create_broken"],
            id="factory raises",
        ),
    ],
)
def test_app_that_raises_shows_its_own_traceback_and_no_more(
    shop: Path, spec: str, phrases: list[str]
) -> None:
    assert _failure(shop, spec, ServerFailed, phrases) == []


def _failure(shop: Path, spec: str, expected: type[HarnessError], phrases: list[str]) -> list[str]:
    """What of `phrases` the failure does not say, and what it should not."""
    for name, text in MODULES.items():
        (shop / f"{name}.py").write_text(text)
    with pytest.raises(HarnessError) as caught:
        with_app(spec, shop, nothing)
    assert type(caught.value) is expected
    message = str(caught.value)
    unwanted = [word for word in ("importlib", "cors_harness/", "app_spec") if word in message]
    return [phrase for phrase in phrases if phrase not in message] + unwanted
