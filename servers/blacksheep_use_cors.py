"""BlackSheep with `use_cors`, the whole policy given to it once for the whole app."""

from dataclasses import dataclass

from blacksheep import Application, Cookie, Request, Response, Router, json

from cors_harness.model.server import CorsPolicy

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BLACKSHEEP_MAX_AGE = 5  # seconds; what use_cors sends when it is not told


@dataclass
class Item:
    """What POST /items/ takes; anything else is a 400."""

    name: str
    price: float


async def data(request: Request) -> Response:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    response = json({"method": request.method})
    response.add_header(b"X-Total-Count", b"3")
    return response


async def items() -> Response:
    """To BlackSheep it is the same path without the last slash."""
    return json({"items": ["a", "b", "c"]})


async def error() -> Response:
    """A bug that nobody handles: BlackSheep turns it into a 500."""
    raise RuntimeError("this route always fails")


async def login(user: str = "ann") -> Response:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    response = json({"user": user})
    response.set_cookie(Cookie(f"session-{user}", "in", path="/", http_only=True))
    return response


async def me(request: Request, user: str = "ann") -> Response:
    """Says who is logged in, and 401 when the cookie did not come along."""
    if request.cookies.get(f"session-{user}") == "in":
        return json({"user": user})
    return json({"error": "not logged in"}, 401)


async def create_item(item: Item) -> Response:
    """400 when the body is no item, and the page should be able to read why."""
    return json({"name": item.name, "price": item.price})


def create_app(policy: CorsPolicy) -> Application:
    """The routes behind the middleware that `use_cors` adds."""
    app = Application(router=Router())
    app.use_cors(
        allow_origins=policy.allow_origins,
        allow_methods=policy.allow_methods,
        allow_headers=policy.allow_headers,
        allow_credentials=policy.allow_credentials,
        expose_headers=policy.expose_headers,
        max_age=BLACKSHEEP_MAX_AGE if policy.max_age is None else policy.max_age,
    )
    for method in METHODS:
        app.router.add(method, "/api/data", data)
    for method in ("GET", "POST"):
        app.router.add(method, "/api/list/", items)
    app.router.add("GET", "/api/error", error)
    app.router.add("POST", "/api/login", login)
    app.router.add("GET", "/api/me", me)
    app.router.add("POST", "/items/", create_item)
    return app
