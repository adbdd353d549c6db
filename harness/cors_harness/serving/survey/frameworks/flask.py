"""FLASK: the routes of a Flask app, those of its blueprints among them, and its view functions."""

import functools
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind
from cors_harness.serving.survey.reader import AppReader, ChangedViews, UnhandledError

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
    """The routes that pages call: no static files, no WebSockets, nothing on other hosts."""
    for rule in app.url_map.iter_rules():
        is_static = rule.endpoint.rpartition(".")[2] == "static"
        elsewhere = rule.host or rule.subdomain or rule.websocket or rule.build_only
        if is_static or elsewhere:
            continue
        yield FoundRoute(
            template=prefix + PARAMETER.sub(r"{\g<name>}", rule.rule),
            methods=tuple(sorted(rule.methods or ())),
            parameters=tuple(_parameter(match) for match in PARAMETER.finditer(rule.rule)),
            redirects=bool(rule.strict_slashes) and rule.rule.endswith("/"),
        )


def _parameter(match: re.Match[str]) -> Parameter:
    kind = KINDS.get(match["converter"] or "", ParameterKind.TEXT)
    words = re.split(r"\s*,\s*", match["arguments"] or "") if kind is ParameterKind.WORD else []
    clean = tuple(word.strip("'\" ") for word in words if word)
    return Parameter(name=match["name"], kind=kind, choices=clean)


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


FLASK = AppReader(findings=_routes, raise_views=_raise_views)
