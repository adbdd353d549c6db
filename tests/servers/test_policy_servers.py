"""What each reference server says to a browser-shaped preflight and to the request after it."""

from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urljoin

import pytest

PAGE = "http://page.example:8000"
Send = Callable[..., "Reply"]

READABLE = {"allow-origin": PAGE, "allow-credentials": "true", "expose-headers": "X-Total-Count"}
FIXED = READABLE | {
    "allow-methods": "GET, PUT",
    "allow-headers": "Content-Type",
    "max-age": "60",
}
FLASK_CORS = FIXED | {"allow-headers": "content-type"}
STARLETTE = {
    "allow-origin": PAGE,
    "allow-credentials": "true",
    "allow-methods": "GET, PUT",
    "allow-headers": "Accept, Accept-Language, Content-Language, Content-Type",
    "max-age": "60",
}
SERVERS = (
    "flask-bare",
    "flask-after-request",
    "flask-options",
    "flask-options-fixed",
    "flask-cors",
    "fastapi-bare",
    "fastapi-cors-middleware",
    "starlette",
    "django",
    "django-rest-framework",
)
LIBRARIES = (
    "flask-cors",
    "fastapi-cors-middleware",
    "starlette",
    "django",
    "django-rest-framework",
)


class Reply(Protocol):
    """What `send` and `preflight` of conftest.py give."""

    status: int
    headers: Mapping[str, str]
    cors: Mapping[str, str]


@pytest.mark.parametrize(
    ("server", "status", "cors"),
    [
        ("flask-bare", 200, {}),
        ("flask-after-request", 200, FIXED),
        ("flask-options", 204, FIXED),
        ("flask-options-fixed", 204, FIXED),
        ("flask-cors", 200, FLASK_CORS),
        ("fastapi-bare", 405, {}),
        ("fastapi-cors-middleware", 200, STARLETTE),
        ("starlette", 200, STARLETTE),
        ("django", 200, FIXED),
        ("django-rest-framework", 200, FIXED),
    ],
)
def test_preflight_of_an_allowed_put(
    preflight: Send, server: str, status: int, cors: Mapping[str, str]
) -> None:
    reply = preflight(server, "PUT")
    assert (reply.status, reply.cors) == (status, cors)


@pytest.mark.parametrize(
    ("server", "cors"),
    [
        ("flask-bare", {}),
        ("flask-after-request", FIXED),
        ("flask-options", {}),
        ("flask-options-fixed", READABLE),
        ("flask-cors", READABLE),
        ("fastapi-bare", {}),
        ("fastapi-cors-middleware", READABLE),
        ("starlette", READABLE),
        ("django", READABLE),
        ("django-rest-framework", READABLE),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_request_after_the_preflight(
    send: Send, server: str, cors: Mapping[str, str], method: str
) -> None:
    reply = send(server, method, "/api/data")
    assert (reply.status, reply.cors, reply.headers["x-total-count"]) == (200, cors, "3")


@pytest.mark.parametrize(
    ("server", "readable"),
    [
        ("flask-bare", False),
        ("flask-after-request", True),
        ("flask-options", False),
        ("flask-options-fixed", False),
        ("flask-cors", True),
        ("fastapi-bare", False),
        ("fastapi-cors-middleware", False),
        ("starlette", False),
        ("django", True),
        ("django-rest-framework", True),
    ],
)
def test_unhandled_exception_is_a_500(send: Send, server: str, readable: bool) -> None:
    reply = send(server, "GET", "/api/error")
    assert (reply.status, "allow-origin" in reply.cors) == (500, readable)


@pytest.mark.parametrize(
    ("server", "readable"),
    [
        ("flask-bare", False),
        ("flask-after-request", True),
        ("flask-options", False),
        ("flask-options-fixed", False),
        ("flask-cors", True),
        ("fastapi-bare", False),
        ("fastapi-cors-middleware", True),
        ("starlette", True),
        ("django", True),
        ("django-rest-framework", True),
    ],
)
def test_missing_route_is_a_404(send: Send, server: str, readable: bool) -> None:
    reply = send(server, "GET", "/api/missing")
    assert (reply.status, "allow-origin" in reply.cors) == (404, readable)


@pytest.mark.parametrize(
    ("server", "preflight_status", "request_status"),
    [
        ("flask-bare", 308, 308),
        ("flask-after-request", 308, 308),
        ("flask-options", 308, 308),
        ("flask-options-fixed", 308, 308),
        ("flask-cors", 308, 308),
        ("fastapi-bare", 307, 307),
        ("fastapi-cors-middleware", 200, 307),
        ("starlette", 200, 307),
        ("django", 200, 301),
        ("django-rest-framework", 200, 301),
    ],
)
def test_missing_slash_redirects(
    preflight: Send, send: Send, server: str, preflight_status: int, request_status: int
) -> None:
    asked, requested = preflight(server, "PUT", "/api/list"), send(server, "GET", "/api/list")
    assert (asked.status, requested.status) == (preflight_status, request_status)


@pytest.mark.parametrize("server", SERVERS)
def test_redirect_leads_to_the_address_that_the_browser_used(send: Send, server: str) -> None:
    reply = send(server, "GET", "/api/list?cell=p.1", {"Host": "app.localhost:8001"})
    leads_to = urljoin("http://app.localhost:8001/api/list", reply.headers["location"])
    assert leads_to == "http://app.localhost:8001/api/list/?cell=p.1"


@pytest.mark.parametrize("server", SERVERS)
def test_login_sets_the_cookie_that_me_asks_for(send: Send, server: str) -> None:
    cookie = send(server, "POST", "/api/login").headers["set-cookie"]
    before = send(server, "GET", "/api/me").status
    after = send(server, "GET", "/api/me", {"Cookie": "session-ann=in"}).status
    assert (cookie.partition(";")[0], "Path=/" in cookie, before, after) == (
        *("session-ann=in", True),
        *(401, 200),
    )


@pytest.mark.parametrize("server", ["fastapi-bare", "fastapi-cors-middleware"])
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("GET", "/items/7", "", 200, id="a number"),
        pytest.param("GET", "/items/seven", "", 422, id="text for a number"),
        pytest.param("POST", "/items/", '{"name": "a", "price": 1.5}', 200, id="an item"),
        pytest.param("POST", "/items/", '{"name": "a"}', 422, id="an item without its price"),
    ],
)
def test_items_are_validated(
    send: Send, server: str, method: str, path: str, body: str, status: int
) -> None:
    assert send(server, method, path, {"Content-Type": "application/json"}, body).status == status


@pytest.mark.parametrize("server", ["flask-options", "flask-options-fixed"])
def test_own_options_answer_may_be_kept_an_hour(preflight: Send, server: str) -> None:
    assert preflight(f"{server}/unsaid", "PUT").cors["max-age"] == "3600"


@pytest.mark.parametrize("server", SERVERS)
def test_policy_that_names_no_method_allows_none(preflight: Send, server: str) -> None:
    assert "PUT" not in preflight(f"{server}/unsaid", "PUT").cors.get("allow-methods", "")


@pytest.mark.parametrize("server", LIBRARIES)
def test_star_with_credentials_reflects_every_origin(preflight: Send, server: str) -> None:
    cors = preflight(f"{server}/any", "PATCH", origin="http://stranger.example").cors
    assert (cors["allow-origin"], cors["allow-credentials"]) == ("http://stranger.example", "true")
    assert cors["allow-methods"] == "*" or "PATCH" in cors["allow-methods"]


@pytest.mark.parametrize(
    ("server", "origin", "allowed"),
    [
        ("flask-cors", "https://a.example.org", True),
        ("flask-cors", "https://a.example.org.evil.com", True),  # matched at the start only
        ("fastapi-cors-middleware", "https://a.example.org", True),
        ("fastapi-cors-middleware", "https://a.example.org.evil.com", False),
        ("starlette", "https://a.example.org", True),
        ("starlette", "https://a.example.org.evil.com", False),
        ("django", "https://a.example.org", True),
        ("django", "https://a.example.org.evil.com", True),  # at the start only, too
        ("django-rest-framework", "https://a.example.org", True),
        ("django-rest-framework", "https://a.example.org.evil.com", True),
    ],
)
def test_origin_pattern(send: Send, server: str, origin: str, allowed: bool) -> None:
    cors = send(f"{server}/pattern", "GET", "/api/data", {"Origin": origin}).cors
    assert ("allow-origin" in cors) == allowed


@pytest.mark.parametrize("server", LIBRARIES)
@pytest.mark.parametrize("origin", [PAGE, "http://other.example"])
def test_each_of_several_origins_is_answered(send: Send, server: str, origin: str) -> None:
    cors = send(f"{server}/two", "GET", "/api/data", {"Origin": origin}).cors
    assert cors["allow-origin"] == origin


def test_fixed_headers_put_two_origins_into_one_value(send: Send) -> None:
    cors = send("flask-after-request/two", "GET", "/api/data").cors
    assert cors["allow-origin"] == f"{PAGE}, http://other.example"


@pytest.mark.parametrize("server", ["django", "django-rest-framework"])
@pytest.mark.parametrize(
    ("suffix", "max_age"),
    [
        pytest.param("/unsaid", "86400", id="a day when it is not told"),
        pytest.param("/pattern", None, id="0 is not sent"),
    ],
)
def test_django_cors_headers_max_age(
    preflight: Send, server: str, suffix: str, max_age: str | None
) -> None:
    origin = "https://a.example.org" if suffix == "/pattern" else PAGE
    assert preflight(server + suffix, "PUT", origin=origin).cors.get("max-age") == max_age


@pytest.mark.parametrize(("server", "status"), [("django", 405), ("django-rest-framework", 200)])
def test_options_that_is_no_preflight_reaches_the_view(
    send: Send, server: str, status: int
) -> None:
    assert send(server, "OPTIONS", "/api/data").status == status
