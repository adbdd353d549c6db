"""What the servers of other frameworks say, beyond what scenarios/frameworks.yaml shows."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urljoin

import pytest

from cors_harness.errors import ServerFailed
from cors_harness.model.server import CorsPolicy
from cors_harness.serving.reference.registry import load_registry
from cors_harness.serving.reference.servers import Instance, ReferenceServers

pytestmark = pytest.mark.programs

PAGE = "http://page.example:8000"
SITE = "https://example.com"
FRAMEWORKS = [entry.name for entry in load_registry() if entry.only_where_named]
EXPRESSES = {entry.name: entry.expresses for entry in load_registry()}
SNIPPETS = [
    entry.name
    for entry in load_registry()
    if entry.name.startswith("snippet-")
    and not entry.name.startswith(("snippet-flask", "snippet-fastapi"))
]
READABLE = {"allow-origin": PAGE, "allow-credentials": "true", "expose-headers": "x-total-count"}
Send = Callable[..., "Reply"]


class Reply(Protocol):
    """What `send_other` of conftest.py gives."""

    status: int
    headers: Mapping[str, str]
    cors: Mapping[str, str]


@pytest.mark.parametrize("server", FRAMEWORKS)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_request_after_the_preflight(send_other: Send, server: str, method: str) -> None:
    reply = send_other(server, method, "/api/data")
    assert (reply.status, reply.headers["x-total-count"]) == (200, "3")
    found = {name: value for name, value in reply.cors.items() if name in READABLE}
    assert found | {"expose-headers": found["expose-headers"].lower()} == READABLE


@pytest.mark.parametrize("server", FRAMEWORKS)
def test_routes_have_the_methods_that_the_policy_does_not(send_other: Send, server: str) -> None:
    """BlackSheep refuses what its policy does not name, without a preflight too."""
    statuses = {send_other(server, method, "/api/data").status for method in ("PATCH", "DELETE")}
    assert statuses == ({400} if server == "blacksheep" else {200})


@pytest.mark.parametrize("server", FRAMEWORKS)
def test_login_sets_the_cookie_that_me_asks_for(send_other: Send, server: str) -> None:
    """Asked without an Origin, as BlackSheep would refuse the POST of a policy without it."""
    send = send_other
    cookie = send(f"{server}/pattern", "POST", "/api/login", {"Origin": ""}).headers["set-cookie"]
    before = send(server, "GET", "/api/me").status
    after = send(server, "GET", "/api/me", {"Cookie": "session-ann=in"}).status
    pair, *attributes = (part.strip().lower() for part in cookie.split(";"))
    assert (pair, before, after) == ("session-ann=in", 401, 200)
    assert "path=/" in attributes
    assert "secure" not in attributes


@pytest.mark.parametrize("server", FRAMEWORKS)
@pytest.mark.parametrize("origin", [PAGE, "http://other.example"])
def test_each_of_several_origins_is_answered(send_other: Send, server: str, origin: str) -> None:
    reply = send_other(f"{server}/two", "GET", "/api/data", {"Origin": origin})
    # Of a policy without methods BlackSheep refuses everything.
    assert reply.cors.get("allow-origin") == (None if server == "blacksheep" else origin)


@pytest.mark.parametrize(
    ("server", "allowed"),
    [
        ("apiflask", True),  # matched at the start only
        ("connexion", False),
        ("django-ninja", True),
        ("litestar", False),
        ("quart-cors", True),
        ("sanic-ext", True),
    ],
)
def test_origin_pattern_that_goes_on(send_other: Send, server: str, allowed: bool) -> None:
    origins = ("https://a.example.org", "https://a.example.org.evil.com")
    answers = [
        send_other(f"{server}/pattern", "GET", "/api/data", {"Origin": origin}).cors
        for origin in origins
    ]
    assert ["allow-origin" in cors for cors in answers] == [True, allowed]


def test_every_server_that_takes_a_pattern_was_asked() -> None:
    taking = {name for name in FRAMEWORKS if "allow_origin_regex" in EXPRESSES[name]}
    assert taking == {
        *("apiflask", "connexion", "django-ninja", "litestar", "quart-cors", "sanic-ext")
    }


@pytest.mark.parametrize("server", ["apiflask", "connexion", "django-ninja", "quart-cors"])
def test_redirect_leads_to_the_address_that_the_browser_used(send_other: Send, server: str) -> None:
    reply = send_other(server, "GET", "/api/list?cell=p.1", {"Host": "app.localhost:8001"})
    leads_to = urljoin("http://app.localhost:8001/api/list", reply.headers["location"])
    assert leads_to == "http://app.localhost:8001/api/list/?cell=p.1"


def test_sanic_ext_does_not_start_with_any_origin_and_credentials() -> None:
    policy = CorsPolicy(allow_origins=("*",), allow_credentials=True)

    async def start() -> None:
        servers = ReferenceServers()
        try:
            await servers.start([Instance(key="a", server="sanic-ext", policy=policy)], {})
        finally:
            await servers.stop()

    with pytest.raises(ServerFailed, match="Cannot use supports_credentials"):
        asyncio.run(start())


# Snippets


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_snippet_works_when_nobody_asks_about_cors(send_other: Send, snippet: str) -> None:
    assert send_other(snippet, "GET", "/api/data", {"Origin": SITE}).status == 200


@pytest.mark.parametrize(
    ("snippet", "status", "allowed"),
    [
        ("aiohttp-cors-example", 200, SITE),
        ("blacksheep-use-cors", 404, None),  # of a PUT that it has no route for
        ("bottle-enable-cors", 405, "*"),
        ("connexion-default-position", 405, None),
        ("connexion-flask-cors", 405, None),
        ("falcon-cors-enable", 200, "*"),
        ("falcon-on-options", 204, None),
        ("litestar-wildcard-domain", 204, SITE),
        ("pyramid-response-callback", 404, "*"),
        ("quart-route-cors-outside", 200, None),
        ("tornado-default-headers", 204, "*"),
    ],
)
def test_preflight_of_a_snippet(
    send_other: Send, snippet: str, status: int, allowed: str | None
) -> None:
    asked = {"Origin": SITE, "Access-Control-Request-Method": "PUT"}
    reply = send_other(f"snippet-{snippet}", "OPTIONS", "/api/data", asked)
    assert (reply.status, reply.cors.get("allow-origin")) == (status, allowed)
