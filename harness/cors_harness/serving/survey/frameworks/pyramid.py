"""PYRAMID: the routes of a Pyramid app that have views, views by their names, and all its views."""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind
from cors_harness.serving.survey.path_patterns import parameter_of
from cors_harness.serving.survey.reader import AppReader, ChangedViews, UnhandledError
from cors_harness.serving.survey.view_methods import methods_of_any
from cors_harness.serving.survey.views import is_made_by, kind_of_view

# Packages whose views are pages and files of their own.
OWN_PAGES = ("cornice", "cornice_swagger", "pyramid", "pyramid_debugtoolbar", "pyramid_openapi3")
SENT = ("POST", "body", "json", "json_body", "params")
# `{name}`, `{name:expression}`, whose braces come in pairs, and `*name` at the end.
PARAMETER = re.compile(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})*))?\}")
REST = re.compile(r"\*(\w+)$")
SLASHES = "AppendSlashNotFoundViewFactory"


def _routes(app: Any, prefix: str) -> Iterator[FoundRoute]:
    introspector = app.registry.introspector
    views = [each["introspectable"] for each in introspector.get_category("views") or ()]
    patterns = dict(_patterns(introspector))
    redirects = any(type(view["callable"]).__name__ == SLASHES for view in views)
    for view in filter(_is_own, views):
        name = view["route_name"]
        route = patterns.get(name) if name else {"pattern": view["name"]}
        if route is None:
            continue
        pattern = str(route["pattern"])
        template, parameters = _template(prefix, pattern)
        yield FoundRoute(
            template=template,
            methods=_methods_of(view, route.get("request_methods")),
            parameters=parameters,
            redirects=redirects and template.endswith("/"),
            kind=kind_of_view(_function(view)),
        )


def _patterns(introspector: Any) -> Iterator[tuple[str, Any]]:
    """(name, route) of all routes that are no more than names for addresses elsewhere."""
    for each in introspector.get_category("routes") or ():
        route = each["introspectable"]
        if not route.get("static"):
            yield route["name"], route


def _is_own(view: Any) -> bool:
    """Whether pages call it: no answer to an exception, no file, no page of a package's own."""
    context = view["context"]
    is_exception = isinstance(context, type) and issubclass(context, BaseException)
    is_own_page = is_made_by(view["callable"], OWN_PAGES)
    return not (is_exception or view.get("exception_only") or is_own_page)


def _function(view: Any) -> Any:
    """The function that answers: the view itself, or the attribute of its class."""
    cls = view["callable"]
    return getattr(cls, view["attr"] or "__call__", cls) if isinstance(cls, type) else cls


def _methods_of(view: Any, of_route: Any) -> tuple[str, ...]:
    declared = view["request_methods"] or of_route
    if declared is None:
        return methods_of_any(_function(view), SENT)
    return (declared,) if isinstance(declared, str) else tuple(declared)


def _template(prefix: str, pattern: str) -> tuple[str, tuple[Parameter, ...]]:
    parameters = [parameter_of(m[1], m[2] or "[^/]+") for m in PARAMETER.finditer(pattern)]
    template = PARAMETER.sub(r"{\1}", pattern)
    if rest := REST.search(template):
        parameters.append(Parameter(name=rest[1], kind=ParameterKind.PATH))
        template = REST.sub(r"{\1}", template)
    return f"{prefix}/{template.lstrip('/')}", tuple(parameters)


def _raise_views(app: Any) -> ChangedViews:
    interfaces: Any = sys.modules["pyramid.interfaces"]
    count = 0
    for each in list(app.registry.registeredAdapters()):
        is_view = each.required[:1] == (interfaces.IViewClassifier,)
        original = getattr(each.factory, "__original_view__", each.factory)
        if is_view and not is_made_by(original, OWN_PAGES):
            app.registry.registerAdapter(
                _raising(each.factory), each.required, each.provided, each.name
            )
            count += 1
    return ChangedViews(count=count)


def _raising(original: Callable[..., Any]) -> Callable[..., Any]:
    """In place of one view, or of several that differ by what they want of a request."""

    def view(context: Any, request: Any) -> Any:
        fits: Any = getattr(original, "match", None) or getattr(original, "__predicated__", None)
        if request.method == "OPTIONS" or (fits and not fits(context, request)):
            return original(context, request)
        raise UnhandledError

    return view


PYRAMID = AppReader(findings=_routes, raise_views=_raise_views)
