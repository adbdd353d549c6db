r"""Django with django-cors-headers, the whole policy in its settings.

What surprises people: a pattern is matched at the start of the origin only, so
`https://.*\.example\.org` lets `https://a.example.org.evil.com` in; `max_age=0` is not sent;
every preflight is answered 200 with all methods, whether there is such a route or not; `*` together
with credentials lets every origin in, with its cookies.
"""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cors_harness.model.server import CorsPolicy
from django_site import Site

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@require_http_methods(METHODS)
def data(request: HttpRequest) -> HttpResponseBase:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return JsonResponse({"method": request.method}, headers={"X-Total-Count": "3"})


@require_http_methods(["GET", "POST"])
def items(_request: HttpRequest) -> HttpResponseBase:
    """Without the last slash Django answers 301, which makes a GET of a POST."""
    return JsonResponse({"items": ["a", "b", "c"]})


@require_GET
def error(_request: HttpRequest) -> HttpResponseBase:
    """A bug that nobody handles: Django turns it into a 500, inside of its middleware."""
    raise RuntimeError("this route always fails")


@require_POST
def login(request: HttpRequest) -> HttpResponseBase:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    user = request.GET.get("user", "ann")
    response = JsonResponse({"user": user})
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return response


@require_GET
def me(request: HttpRequest) -> HttpResponseBase:
    """Says who is logged in, and 401 when the cookie did not come along."""
    user = request.GET.get("user", "ann")
    if request.COOKIES.get(f"session-{user}") == "in":
        return JsonResponse({"user": user})
    return JsonResponse({"error": "not logged in"}, status=401)


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
