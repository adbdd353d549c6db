"""FLASK, QUART: the routes of such an app, those of its blueprints among them, and its views.

Both have Werkzeug's URL map. APIFlask's is a Flask app too, and makes an OpenAPI document.
"""

import contextlib
import functools
import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind, RouteKind
from cors_harness.serving.survey.reader import (
    AppReader,
    ChangedViews,
    Finding,
    OwnDocument,
    UnhandledError,
)
from cors_harness.serving.survey.views import is_made_by, kind_of_view

# Packages whose views are documentation of the app's API.
OWN_PAGES = ("apiflask", "flasgger", "flask_restx.api", "flask_smorest", "flask_swagger_ui")
# `<name>`, `<int:name>`, `<any(small, large):name>`; what else a converter may take is not needed.
PARAMETER = re.compile(
    r"<(?:(?P<converter>[a-zA-Z_]\w*)(?:\((?P<arguments>.*?)\))?:)?(?P<name>[a-zA-Z_]\w*)>"
)
KINDS = {
    "int": ParameterKind.INT,
    "float": ParameterKind.FLOAT,
    "uuid": ParameterKind.UUID,
    "path": ParameterKind.PATH,
    "any": ParameterKind.WORD,
}


def _routes(app: Any, prefix: str) -> Iterator[FoundRoute]:
    """The routes that pages call: no static files, no documentation, nothing on other hosts."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint)
        is_own = rule.endpoint.rpartition(".")[2] == "static" or is_made_by(view, OWN_PAGES)
        if is_own or rule.host or rule.subdomain or rule.build_only:
            continue
        yield FoundRoute(
            template=prefix + PARAMETER.sub(r"{\g<name>}", rule.rule),
            methods=() if rule.websocket else tuple(sorted(rule.methods or ())),
            parameters=tuple(_parameter(match) for match in PARAMETER.finditer(rule.rule)),
            redirects=bool(rule.strict_slashes) and rule.rule.endswith("/"),
            kind=RouteKind.WEBSOCKET if rule.websocket else kind_of_view(view),
        )


def _parameter(match: re.Match[str]) -> Parameter:
    kind = KINDS.get(match["converter"] or "", ParameterKind.TEXT)
    words = re.split(r"\s*,\s*", match["arguments"] or "") if kind is ParameterKind.WORD else []
    clean = tuple(word.strip("'\" ") for word in words if word)
    return Parameter(name=match["name"], kind=kind, choices=clean)


def _findings(app: Any, prefix: str) -> Iterator[Finding]:
    yield from _routes(app, prefix)
    apiflask: Any = sys.modules.get("apiflask")
    if apiflask and isinstance(app, apiflask.APIFlask):
        with contextlib.suppress(Exception), app.test_request_context():
            document = app.spec
            if isinstance(document, dict):  # it may be YAML
                yield OwnDocument(prefix=prefix, text=json.dumps(document))


def _raise_views(app: Any) -> ChangedViews:
    for name, view in app.view_functions.items():
        app.view_functions[name] = _raising(app, view)
    return ChangedViews(count=len(app.view_functions))


def _raising(app: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    flask: Any = sys.modules["flask"]

    @functools.wraps(original)
    def view(**values: Any) -> Any:
        if flask.request.method == "OPTIONS":
            return app.ensure_sync(original)(**values)
        raise UnhandledError

    return view


def _raise_views_of_quart(app: Any) -> ChangedViews:
    names = {rule.endpoint for rule in app.url_map.iter_rules() if not rule.websocket}
    for name in names & app.view_functions.keys():
        app.view_functions[name] = _raising_in_quart(app, app.view_functions[name])
    return ChangedViews(count=len(names))


def _raising_in_quart(app: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    quart: Any = sys.modules["quart"]

    @functools.wraps(original)
    async def view(**values: Any) -> Any:
        if quart.request.method == "OPTIONS":
            return await app.ensure_async(original)(**values)
        raise UnhandledError

    return view


FLASK = AppReader(findings=_findings, raise_views=_raise_views)
QUART = AppReader(findings=_routes, raise_views=_raise_views_of_quart)
