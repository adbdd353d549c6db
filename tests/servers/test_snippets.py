"""What the snippets send: the origin is written into them, so nothing is configured here."""

import http.client
from collections.abc import Callable, Mapping
from typing import Protocol

import pytest

from cors_harness.serving.reference.registry import load_registry

SITE = "https://example.com"
SNIPPETS = tuple(
    each.name
    for each in load_registry()
    if each.name.startswith(("snippet-flask", "snippet-fastapi"))
)


class Reply(Protocol):
    """What `send` of conftest.py gives."""

    status: int
    cors: Mapping[str, str]


Send = Callable[..., Reply]
TOKEN = {"Authorization": "Bearer secret"}


def ask(
    send: Send, snippet: str, method: str, origin: str = SITE, path: str = "/api/data"
) -> Reply:
    return send(f"snippet-{snippet}", method, path, {"Origin": origin})


def preflight(send: Send, snippet: str, origin: str = SITE) -> Reply:
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    return send(f"snippet-{snippet}", "OPTIONS", "/api/data", asked)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_snippet_works_when_nobody_asks_about_cors(send: Send, snippet: str) -> None:
    assert send(snippet, "GET", "/api/data", {"Origin": SITE} | TOKEN).status == 200


@pytest.mark.parametrize(
    ("snippet", "origin", "allowed"),
    [
        ("flask-after-request", SITE, SITE),
        ("flask-after-request", "https://stranger.example", SITE),
        ("flask-after-request-credentials", SITE, "*"),
        ("flask-reflect-origin", "https://stranger.example", "https://stranger.example"),
        ("flask-reflect-origin", "null", "null"),
        ("flask-options-forgets", SITE, None),
        ("flask-options-no-return", SITE, SITE),
        ("flask-before-request-auth", SITE, SITE),
        ("flask-cors-regex", SITE, SITE),
        ("flask-cors-regex", "https://example.com.a.example", "https://example.com.a.example"),
        ("flask-cors-regex", "https://examplexcom.test", "https://examplexcom.test"),
        ("flask-cors-regex", "https://elsewhere.test", None),
        ("flask-cors-resources", SITE, SITE),
        ("fastapi-wildcard-credentials", "https://stranger.example", "https://stranger.example"),
        ("fastapi-example", SITE, SITE),
        ("fastapi-example", "https://example.com.a.example", None),
        ("fastapi-trailing-slash", SITE, None),
        ("fastapi-http-origin", SITE, None),
        ("fastapi-http-origin", "http://example.com", "http://example.com"),
        ("fastapi-auth-outside", SITE, None),
    ],
)
def test_allow_origin_of_a_response(
    send: Send, snippet: str, origin: str, allowed: str | None
) -> None:
    assert ask(send, snippet, "GET", origin).cors.get("allow-origin") == allowed


@pytest.mark.parametrize(
    ("snippet", "status", "allowed"),
    [
        ("flask-after-request", 200, SITE),
        ("flask-after-request-credentials", 200, "*"),
        ("flask-options-forgets", 200, SITE),
        ("flask-options-no-return", 500, None),
        ("flask-before-request-auth", 401, SITE),
        ("fastapi-example", 200, SITE),
        ("fastapi-trailing-slash", 400, None),
        ("fastapi-http-origin", 400, None),
        ("fastapi-auth-outside", 401, None),
    ],
)
def test_preflight(send: Send, snippet: str, status: int, allowed: str | None) -> None:
    reply = preflight(send, snippet)
    assert (reply.status, reply.cors.get("allow-origin")) == (status, allowed)


@pytest.mark.parametrize("path", ["/login", "/api-keys"])
def test_resources_are_a_pattern(send: Send, path: str) -> None:
    method = "POST" if path == "/login" else "GET"
    cors = ask(send, "flask-cors-resources", method, path=path).cors
    assert ("allow-origin" in cors) == (path == "/api-keys")


@pytest.mark.parametrize(
    ("snippet", "readable"), [("flask-after-request", True), ("fastapi-example", False)]
)
def test_error_that_nobody_catches(send: Send, snippet: str, readable: bool) -> None:
    reply = ask(send, snippet, "GET", path="/api/error")
    assert (reply.status, "allow-origin" in reply.cors) == (500, readable)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_headers_twice_are_two_headers(ports: Mapping[str, int], method: str) -> None:
    connection = http.client.HTTPConnection(
        "127.0.0.1", ports["snippet-flask-headers-twice"], timeout=30
    )
    connection.request(
        method, "/api/data", headers={"Origin": SITE, "Access-Control-Request-Method": "PUT"}
    )
    headers = connection.getresponse().headers
    connection.close()
    assert headers.get_all("Access-Control-Allow-Origin") == [SITE, SITE]
