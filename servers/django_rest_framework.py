"""Django REST framework behind django-cors-headers; what the latter does holds here as well.

The framework answers OPTIONS for every view with a description of it. A preflight never gets that
far, because CorsMiddleware answers it; without the middleware this 200 is what a browser gets.
"""

from django_site import Site  # sets Django up, without which rest_framework cannot be imported

# isort: split
from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from cors_harness.model.server import CorsPolicy


@api_view(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def data(request: Request) -> Response:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return Response({"method": request.method}, headers={"X-Total-Count": "3"})


@api_view(["GET", "POST"])
def items(_request: Request) -> Response:
    """Without the last slash Django answers 301, which makes a GET of a POST."""
    return Response({"items": ["a", "b", "c"]})


@api_view(["GET"])
def error(_request: Request) -> Response:
    """A bug that nobody handles: Django turns it into a 500, inside of its middleware."""
    raise RuntimeError("this route always fails")


@api_view(["POST"])
def login(request: Request) -> Response:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    user = request.query_params.get("user", "ann")
    response = Response({"user": user})
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return response


@api_view(["GET"])
def me(request: Request) -> Response:
    """Says who is logged in, and 401 when the cookie did not come along."""
    user = request.query_params.get("user", "ann")
    if request.COOKIES.get(f"session-{user}") == "in":
        return Response({"user": user})
    return Response({"error": "not logged in"}, status=401)


urlpatterns = [
    path("api/data", data),
    path("api/list/", items),
    path("api/error", error),
    path("api/login", login),
    path("api/me", me),
]


def create_app(policy: CorsPolicy) -> Site:
    """The routes above behind CorsMiddleware."""
    return Site(__name__, policy)
