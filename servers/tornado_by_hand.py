"""Tornado with CORS by hand: `set_default_headers` and `options` in the class of every handler."""

from typing import Any

from tornado.web import Application, RequestHandler

import checked_headers
from cors_harness.model.server import CorsPolicy


class Handler(RequestHandler):
    """What all handlers inherit; the policy is in the settings."""

    def set_default_headers(self) -> None:
        """Headers of every response of this handler, of its errors too."""
        self._set(checked_headers.response_headers(self.settings["cors"], self._origin))

    def options(self) -> None:
        """Answers a preflight."""
        self._set(checked_headers.preflight_headers(self.settings["cors"], self._origin))
        self.set_status(204)

    @property
    def _origin(self) -> str | None:
        return self.request.headers.get("Origin")

    def _set(self, headers: dict[str, str]) -> None:
        for name, value in headers.items():
            self.set_header(name, value)


class Data(Handler):
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""

    def get(self) -> None:
        """Says which method it was."""
        self.set_header("X-Total-Count", "3")
        self.write({"method": self.request.method})

    post = put = patch = delete = get


class Items(Handler):
    """Without the last slash Tornado knows no such path."""

    def get(self) -> None:
        """Says what there is."""
        self.write({"items": ["a", "b", "c"]})

    post = get


class Failing(Handler):
    """A bug that nobody handles: Tornado turns it into a 500."""

    def get(self) -> None:
        """Fails."""
        raise RuntimeError("this route always fails")


class Login(Handler):
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""

    def post(self) -> None:
        """Sets the cookie."""
        user = self.get_query_argument("user", "ann")
        self.set_cookie(f"session-{user}", "in", path="/", httponly=True)
        self.write({"user": user})


class Me(Handler):
    """Says who is logged in, and 401 when the cookie did not come along."""

    def get(self) -> None:
        """Looks for the cookie."""
        user = self.get_query_argument("user", "ann")
        if self.get_cookie(f"session-{user}") != "in":
            self.set_status(401)
            self.write({"error": "not logged in"})
        else:
            self.write({"user": user})


ROUTES: list[Any] = [
    ("/api/data", Data),
    ("/api/list/", Items),
    ("/api/error", Failing),
    ("/api/login", Login),
    ("/api/me", Me),
]


def create_app(policy: CorsPolicy) -> Application:
    """The routes, whose handlers all inherit the headers; what has no route does not."""
    return Application(ROUTES, cors=policy)
