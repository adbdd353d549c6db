"""Twins: each does one thing wrong, in the same way every time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.deployments.conftest import servers

pytestmark = pytest.mark.programs

PAGE = "http://page.example:8000"
SECOND = "http://second.example"
STRANGER = "http://stranger.example"
Send = Callable[..., Any]
FLASK, FASTAPI = "flask-cors", "fastapi-cors-middleware"

# What a browser sends with a cross-origin GET, in number.
BROWSER_HEADERS = {"Origin": PAGE} | {f"Sec-Ch-Ua-{number}": "x" for number in range(12)}


def test_each_mistake_has_a_test_here() -> None:
    text = Path(__file__).read_text("utf-8")
    wrong = {each.deployment.name for each in servers() if each.deployment.mistake}
    assert {name for name in wrong if f"@{name}" not in text} == set()


@pytest.mark.parametrize(
    ("server", "status"),
    [
        (f"{FASTAPI}@gunicorn-uvicorn-no-worker", 500),
        (f"{FASTAPI}@uvicorn-limit-concurrency", 503),
        (f"{FASTAPI}@hypercorn-server-names", 404),
        (f"{FLASK}@nginx-auth", 401),
        (f"{FASTAPI}@nginx-auth", 401),
        (f"{FLASK}@nginx-https-redirect", 301),
        (f"{FASTAPI}@nginx-https-redirect", 301),
    ],
)
def test_request_is_answered_without_the_app(send: Send, server: str, status: int) -> None:
    reply = send(server, "GET", "/api/data", BROWSER_HEADERS)
    assert (reply.status, reply.cors) == (status, [])


def test_request_with_all_that_a_browser_sends_has_too_many_headers(send: Send) -> None:
    reply = send(f"{FLASK}@gunicorn-sync-few-headers", "GET", "/api/data", BROWSER_HEADERS)
    assert reply.status in {400, 431}  # before gunicorn 25 and since
    assert reply.cors == []


@pytest.mark.parametrize(
    ("server", "status"),
    [
        (f"{FASTAPI}@gunicorn-uvicorn-no-worker", 500),
        (f"{FASTAPI}@uvicorn-limit-concurrency", 503),
        (f"{FASTAPI}@hypercorn-server-names", 404),
        (f"{FLASK}@nginx-auth", 401),
        (f"{FLASK}@nginx-https-redirect", 301),
        ("flask-bare@nginx-cors-if", 204),
        (f"{FLASK}@apache-rewrite-options", 204),
        (f"{FASTAPI}@apache-rewrite-options", 204),
        ("flask-bare@apache-cors-no-always", 204),
        ("fastapi-bare@apache-cors-no-always", 204),
    ],
)
def test_preflight_is_answered_without_cors_headers(
    preflight: Send, server: str, status: int
) -> None:
    reply = preflight(server)
    assert (reply.status, reply.cors) == (status, [])


@pytest.mark.parametrize(
    "server",
    [
        "flask-bare@nginx-cors-if",
        f"{FLASK}@apache-rewrite-options",
        "flask-bare@apache-cors-no-always",
        "flask-bare@nginx-cors-no-always",
        f"{FLASK}@nginx-options-204",
        f"{FLASK}@gunicorn-sync-few-headers",  # with the four headers of this client
    ],
)
def test_simple_request_hides_the_mistake(send: Send, server: str) -> None:
    reply = send(server, "GET", "/api/data")
    assert (reply.status, reply.allow_origin) == (200, [PAGE])


@pytest.mark.parametrize("server", [f"{FLASK}@nginx-options-204", f"{FASTAPI}@nginx-options-204"])
def test_preflight_is_answered_without_allow_headers(preflight: Send, server: str) -> None:
    reply = preflight(server)
    assert (reply.status, reply.allow_origin) == (204, [PAGE])
    assert reply.values("Access-Control-Allow-Headers") == []


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (f"{FLASK}@uwsgi-add-header", [PAGE, "*"]),
        ("flask-bare@apache-cors-twice", [PAGE, PAGE]),
        (f"{FLASK}@nginx-cors", [PAGE, PAGE]),
        (f"{FASTAPI}@nginx-cors", [PAGE, PAGE]),
        (f"{FLASK}@apache-cors", [PAGE, PAGE]),
        (f"{FASTAPI}@apache-cors", [PAGE, PAGE]),
    ],
)
def test_allow_origin_is_there_twice(send: Send, server: str, expected: list[str]) -> None:
    assert send(server, "GET", "/api/data").allow_origin == expected


@pytest.mark.parametrize("path", ["/nothing", "/api/error", "/api/me"])
def test_errors_have_no_cors_headers_without_always(send: Send, path: str) -> None:
    reply = send("flask-bare@nginx-cors-no-always", "GET", path)
    assert reply.status >= 400
    assert reply.cors == []


@pytest.mark.parametrize(
    "server",
    [f"{FLASK}@nginx-small-body", f"{FASTAPI}@nginx-small-body", f"{FLASK}@waitress-small-body"],
)
def test_large_body_is_refused_without_cors_headers(
    send: Send, preflight: Send, server: str
) -> None:
    large = send(server, "POST", "/api/data", body=b"x" * 2000)
    small = send(server, "POST", "/api/data", body=b"x" * 1000)
    assert preflight(server).allow_origin == [PAGE]
    assert (small.status, small.allow_origin) == (200, [PAGE])
    assert (large.status, large.cors) == (413, [])


@pytest.mark.parametrize("server", ["flask-bare", "fastapi-bare"])
def test_one_path_has_no_cors_headers(send: Send, server: str) -> None:
    at = f"{server}@nginx-cors-location"
    assert send(at, "GET", "/api/data").allow_origin == [PAGE]
    assert (send(at, "GET", "/api/list/").status, send(at, "GET", "/api/list/").cors) == (200, [])


def test_star_comes_together_with_credentials(send: Send) -> None:
    reply = send("flask-bare@nginx-cors-star", "GET", "/api/data")
    assert reply.allow_origin == ["*"]
    assert reply.values("Access-Control-Allow-Credentials") == ["true"]


def test_every_origin_is_let_in(send: Send, preflight: Send) -> None:
    server = "flask-bare@nginx-cors-reflect"
    assert send(server, "GET", "/api/data", {"Origin": STRANGER}).allow_origin == [STRANGER]
    assert preflight(server, origin=STRANGER).values("Access-Control-Allow-Headers") == [
        "content-type"
    ]


def test_static_files_have_no_cors_headers(send: Send) -> None:
    reply = send(f"{FASTAPI}@granian-static", "GET", "/static/prices.json")
    assert (reply.status, reply.cors) == (200, [])
    assert send(f"{FASTAPI}@granian-static", "GET", "/api/data").allow_origin == [PAGE]


@pytest.mark.parametrize(
    "server", [f"{FLASK}@nginx-gunicorn-untrusted", f"{FASTAPI}@nginx-uvicorn-untrusted"]
)
def test_redirect_of_an_https_site_leads_to_http(send: Send, server: str) -> None:
    headers = {"Origin": PAGE, "Host": "api.example.org"}
    reply = send(f"{server} over https", "GET", "/api/list", headers)
    assert reply.values("Location") == ["http://api.example.org/api/list/"]


@pytest.mark.parametrize("app", [FLASK, FASTAPI])
def test_cache_that_ignores_vary_gives_one_origin_what_is_for_another(send: Send, app: str) -> None:
    server, path = f"{app}@nginx-cache-ignores-vary", "/api/data?first"
    first = send(server, "GET", path, {"Origin": PAGE})
    second = send(server, "GET", path, {"Origin": SECOND})
    assert (first.allow_origin, second.allow_origin) == ([PAGE], [PAGE])


@pytest.mark.parametrize("app", [FLASK, FASTAPI])
def test_cache_keeps_origins_apart(send: Send, app: str) -> None:
    server, path = f"{app}@nginx-cache", "/api/data?first"
    origins = [PAGE, SECOND, PAGE]
    replies = [send(server, "GET", path, {"Origin": origin}) for origin in origins]
    assert [reply.allow_origin for reply in replies] == [[PAGE], [SECOND], [PAGE]]


@pytest.mark.parametrize("app", [FLASK, FASTAPI])
def test_cache_gives_what_was_sent_without_vary_to_everyone(send: Send, app: str) -> None:
    """Older CORSMiddleware sends Vary only where the request has an Origin."""
    server, path = f"{app}@nginx-cache", "/api/data?image"
    image = send(server, "GET", path, {})
    expected = [PAGE] if image.values("Vary") else image.allow_origin
    assert send(server, "GET", path, {"Origin": PAGE}).allow_origin == expected


def test_app_that_reflects_without_vary_poisons_the_right_cache(send: Send) -> None:
    server, path = "snippet-flask-reflect-origin@nginx-cache", "/api/data?first"
    first = send(server, "GET", path, {"Origin": PAGE})
    second = send(server, "GET", path, {"Origin": SECOND})
    assert (first.status, first.values("Vary")) == (200, [])
    assert (first.allow_origin, second.allow_origin) == ([PAGE], [PAGE])
