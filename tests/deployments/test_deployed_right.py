"""Deployments without a mistake: the policy comes out as it does without them."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.programs

PAGE = "http://page.example:8000"
STRANGER = "http://stranger.example"
Send = Callable[..., Any]

WSGI = ("gunicorn-sync", "uwsgi", "waitress", "nginx-gunicorn")
ASGI = ("gunicorn-uvicorn", "uvicorn", "hypercorn", "granian", "nginx-uvicorn")
PROXIES = ("nginx", "apache", "nginx-cache")
WITH_CORS = ("nginx-cors", "nginx-cors-only", "apache-cors", "apache-cors-only")
CURES = ("nginx-cors-only", "apache-cors-only")

IN_THE_APP = (
    *(f"flask-cors@{each}" for each in (*WSGI, *PROXIES)),
    *(f"fastapi-cors-middleware@{each}" for each in (*ASGI, *PROXIES)),
    *(f"django@{each}" for each in ("gunicorn-sync", "uwsgi", "apache")),
    *(f"django-rest-framework@{each}" for each in ("gunicorn-sync", "waitress", "nginx")),
    *(f"starlette@{each}" for each in ("gunicorn-uvicorn", "granian")),
)
IN_THE_PROXY = tuple(
    f"{app}@{each}" for app in ("flask-bare", "fastapi-bare") for each in WITH_CORS
)
IN_BOTH_CURED = tuple(
    f"{app}@{each}" for app in ("flask-cors", "fastapi-cors-middleware") for each in CURES
)
MAKES_CORS = (*IN_THE_PROXY, *IN_BOTH_CURED)


def app_of(server: str) -> str:
    return server.partition("@")[0]


@pytest.mark.parametrize("server", IN_THE_APP)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/data"),
        ("PUT", "/api/data"),
        ("GET", "/nothing"),
        ("GET", "/api/error"),
        ("GET", "/api/list"),
        ("GET", "/api/me"),
    ],
)
def test_cors_of_the_app_arrives_as_it_is(send: Send, server: str, method: str, path: str) -> None:
    alone, deployed = send(app_of(server), method, path), send(server, method, path)
    assert (deployed.status, deployed.cors) == (alone.status, alone.cors)


@pytest.mark.parametrize("server", IN_THE_APP)
@pytest.mark.parametrize("origin", [PAGE, STRANGER])
def test_preflight_is_answered_by_the_app(preflight: Send, server: str, origin: str) -> None:
    alone = preflight(app_of(server), origin=origin)
    deployed = preflight(server, origin=origin)
    assert (deployed.status, deployed.cors) == (alone.status, alone.cors)


@pytest.mark.parametrize("server", MAKES_CORS)
@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/data", 200), ("/nothing", 404), ("/api/error", 500), ("/api/me", 401)],
)
def test_proxy_puts_the_policy_on_every_response(
    send: Send, server: str, path: str, status: int
) -> None:
    reply = send(server, "GET", path)
    assert (reply.status, reply.allow_origin) == (status, [PAGE])
    assert reply.values("Access-Control-Allow-Credentials") == ["true"]
    assert reply.values("Access-Control-Expose-Headers") == ["X-Total-Count"]
    assert "Origin" in ", ".join(reply.values("Vary"))


@pytest.mark.parametrize("server", MAKES_CORS)
def test_proxy_answers_the_preflight(preflight: Send, server: str) -> None:
    reply = preflight(server)
    assert reply.status == 204
    assert reply.cors == [
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-headers", "Content-Type"),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-allow-origin", PAGE),
        ("access-control-expose-headers", "X-Total-Count"),
        ("access-control-max-age", "60"),
    ]


@pytest.mark.parametrize("server", MAKES_CORS)
@pytest.mark.parametrize("origin", [STRANGER, f"{PAGE}.evil.example", "null"])
def test_proxy_lets_no_other_origin_in(
    send: Send, preflight: Send, server: str, origin: str
) -> None:
    assert send(server, "GET", "/api/data", {"Origin": origin}).allow_origin == []
    assert preflight(server, origin=origin).allow_origin == []


@pytest.mark.parametrize(
    "server",
    ["flask-cors@nginx", "fastapi-cors-middleware@nginx", "flask-cors@apache", "flask-cors@uwsgi"],
)
def test_redirect_leads_to_the_address_that_was_asked(send: Send, server: str) -> None:
    headers = {"Origin": PAGE, "Host": "api.example.org:8443"}
    reply = send(server, "GET", "/api/list", headers)
    assert reply.values("Location") == ["http://api.example.org:8443/api/list/"]


@pytest.mark.parametrize(
    "server", ["flask-cors@nginx-gunicorn", "fastapi-cors-middleware@nginx-uvicorn"]
)
def test_redirect_keeps_the_scheme_that_browsers_use(send: Send, server: str) -> None:
    headers = {"Origin": PAGE, "Host": "api.example.org"}
    assert send(server, "GET", "/api/list", headers).values("Location") == [
        "http://api.example.org/api/list/"
    ]
    assert send(f"{server} over https", "GET", "/api/list", headers).values("Location") == [
        "https://api.example.org/api/list/"
    ]
