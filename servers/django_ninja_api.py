"""django-ninja behind django-cors-headers; what the latter does holds here as well."""

from django_site import Site  # sets Django up, without which ninja cannot be imported

# isort: split
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI, Schema

from cors_harness.model.server import CorsPolicy

api = NinjaAPI()
items_api = NinjaAPI(urls_namespace="items")


class Item(Schema):
    """What POST /items/ takes; anything else is a 422."""

    name: str
    price: float


@api.api_operation(["GET", "POST", "PUT", "PATCH", "DELETE"], "/data")
def data(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    response["X-Total-Count"] = "3"
    return {"method": request.method}


@api.api_operation(["GET", "POST"], "/list/")
def items(request: HttpRequest) -> dict[str, list[str]]:
    """Without the last slash Django answers 301, which makes a GET of a POST."""
    return {"items": ["a", "b", "c"]}


@api.get("/error")
def error(request: HttpRequest) -> None:
    """A bug that nobody handles: Django turns it into a 500, inside of its middleware."""
    raise RuntimeError("this route always fails")


@api.post("/login")
def login(request: HttpRequest, response: HttpResponse, user: str = "ann") -> dict[str, str]:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return {"user": user}


@api.get("/me", response={200: dict[str, str], 401: dict[str, str]})
def me(request: HttpRequest, user: str = "ann") -> tuple[int, dict[str, str]]:
    """Says who is logged in, and 401 when the cookie did not come along."""
    if request.COOKIES.get(f"session-{user}") == "in":
        return 200, {"user": user}
    return 401, {"error": "not logged in"}


@items_api.post("/")
def create_item(request: HttpRequest, item: Item) -> Item:
    """422 when the body is no item, and the page should be able to read why."""
    return item


urlpatterns = [path("api/", api.urls), path("items/", items_api.urls)]


def create_app(policy: CorsPolicy) -> Site:
    """The routes above behind CorsMiddleware."""
    return Site(__name__, policy)
