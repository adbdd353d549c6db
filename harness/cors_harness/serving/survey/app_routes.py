"""survey_of(): the routes of an app that is loaded; read_app_routes(): of one that is named."""

import contextlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cors_harness.model.survey import AppRoutes, FoundRoute
from cors_harness.serving.reference import messages
from cors_harness.serving.reference.servers import APP_HANGS, ServerWorker
from cors_harness.serving.survey.flask_routes import flask_routes
from cors_harness.serving.survey.known_apps import (
    Framework,
    KnownApp,
    described,
    framework_of,
    known_apps,
)
from cors_harness.serving.survey.starlette_routes import PlacedRoute, found_route, placed_routes
from cors_harness.serving.user.app_spec import parse_app_spec

KNOWN = "Flask, FastAPI and Starlette"
BY_HAND = "write the first scenario by hand, as the README's 'Your app, on its real origins' shows"


class NotReadableError(Exception):
    """The app is of no framework whose routes we know; the text says of which, and what to do."""


def survey_of(app: Any) -> AppRoutes:
    """The routes of `app` and its OpenAPI documents.

    Raises:
        NotReadableError: it is of no framework that we know the routes of.
    """
    known_inside = known_apps(app)
    readable = [
        known_app for known_app in known_inside if known_app.framework is not Framework.DJANGO
    ]
    if not readable:
        kind = "Django" if known_inside else described(app)
        raise NotReadableError(f"its routes cannot be read: it is {kind}, not {KNOWN}\n  {BY_HAND}")
    routes = (route for known_app in readable for route in _routes(known_app))
    placed = [route for known_app in readable for route in _placed_routes(known_app)]
    return AppRoutes(
        frameworks=tuple(dict.fromkeys(known_app.framework.value for known_app in readable)),
        routes=tuple(dict.fromkeys(routes)),
        documents=tuple(_documents(placed)),
    )


def _placed_routes(known_app: KnownApp) -> Iterator[PlacedRoute]:
    if known_app.framework in {Framework.FASTAPI, Framework.STARLETTE}:
        yield from placed_routes(known_app.app, known_app.prefix)


def _routes(known_app: KnownApp) -> Iterator[FoundRoute]:
    if known_app.framework is Framework.FLASK:
        yield from flask_routes(known_app.app, known_app.prefix)
    for placed in _placed_routes(known_app):
        if placed.is_mount:
            for inner in known_apps(placed.route.app, placed.prefix):
                yield from _routes(inner)
        elif route := found_route(placed):
            yield route


def _documents(placed_on_app: Iterable[PlacedRoute]) -> Iterator[tuple[str, str]]:
    """(prefix, OpenAPI document) of each FastAPI app; one that cannot be made is left out."""
    owners = {id(route.owner): route for route in placed_on_app}
    for route in owners.values():
        if framework_of(route.owner) is Framework.FASTAPI:
            with contextlib.suppress(Exception):
                yield route.prefix, json.dumps(route.owner.openapi())


async def read_app_routes(spec: str, folder: Path) -> AppRoutes:
    """The routes of the app that `spec` names; modules in `folder` come first.

    Raises:
        UsageError: `spec` is malformed, or there is no such app.
        AppUnreadable: it is of no framework that we know the routes of.
        ServerFailed: the app raised while it was imported or made; its traceback is in the text.
    """
    parse_app_spec(spec)
    job = messages.ReadRoutes(folder=folder, app=spec)
    child = ServerWorker("survey", APP_HANGS)
    try:
        return messages.routes_from_json(await child.begin(job, folder))
    finally:
        await child.stop()
