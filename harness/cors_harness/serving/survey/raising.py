"""make_views_raise(): the user's app with an unhandled exception in every view, else untouched.

Middleware, error handlers and the app's settings stay: what comes out is the 500 of a bug. What
answers OPTIONS stays too, as the bug is in the view and not in the answer to the preflight.
"""

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cors_harness.errors import ServerUnfit
from cors_harness.serving.survey.known_apps import (
    Framework,
    KnownApp,
    described,
    known_apps,
)
from cors_harness.serving.survey.starlette_routes import placed_routes

KNOWN = ", ".join(Framework)
TEXT = "a bug: the server app-raising raises this in place of every view"

View = Callable[..., Any]


class UnhandledError(Exception):
    """What the views raise; no app has a handler for it, other than one for everything."""

    def __init__(self) -> None:
        super().__init__(TEXT)


def make_views_raise(app: Any) -> None:
    """Makes every view of `app` raise, in place.

    Raises:
        ServerUnfit: it is of no known framework, or has no views.
    """
    apps = known_apps(app)
    if not apps:
        raise ServerUnfit(
            f"no views to raise an exception in: {described(app)} is an app of none of {KNOWN}"
        )
    if not sum(_change(known_app) for known_app in apps):
        raise ServerUnfit(f"no views to raise an exception in: {described(apps[0].app)} has none")


def _change(known_app: KnownApp) -> int:
    """Makes the views of one app raise; returns how many there are."""
    match known_app.framework:
        case Framework.FASTAPI | Framework.STARLETTE:
            return _change_starlette(known_app.app)
        case Framework.FLASK:
            return _change_flask(known_app.app)
        case Framework.DJANGO:
            return _change_django()


def _change_starlette(app: Any) -> int:
    count = 0
    for placed in placed_routes(app):
        if placed.is_mount:
            count += sum(_change(known_app) for known_app in known_apps(placed.route.app))
        else:
            placed.route.app = _raising_asgi(placed.route.app)
            count += 1
    return count


def _raising_asgi(original: View) -> View:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] != "OPTIONS":
            raise UnhandledError
        await original(scope, receive, send)

    return app


def _change_flask(app: Any) -> int:
    for name, view in app.view_functions.items():
        app.view_functions[name] = _raising_flask(app, view)
    return len(app.view_functions)


def _raising_flask(app: Any, original: View) -> View:
    flask: Any = sys.modules["flask"]

    @functools.wraps(original)
    def view(**values: Any) -> Any:
        if flask.request.method == "OPTIONS":
            return app.ensure_sync(original)(**values)
        raise UnhandledError

    return view


def _change_django() -> int:
    resolvers: Any = sys.modules["django.urls"]
    patterns = list(_patterns(resolvers.get_resolver().url_patterns))
    for pattern in patterns:
        pattern.callback = _raising_django(pattern.callback)
    return len(patterns)


def _patterns(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def _raising_django(original: View) -> View:
    @functools.wraps(original)
    def view(request: Any, *args: Any, **values: Any) -> Any:
        if request.method == "OPTIONS":
            return original(request, *args, **values)
        raise UnhandledError

    @functools.wraps(original)
    async def async_view(request: Any, *args: Any, **values: Any) -> Any:
        return await view(request, *args, **values)

    return async_view if inspect.iscoroutinefunction(original) else view
