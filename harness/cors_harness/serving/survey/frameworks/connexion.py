"""CONNEXION: the operations of the documents that a Connexion app is made of, and their views.

Routes beside the documents are those of the app inside, of Flask or Starlette.
"""

import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind, RouteKind
from cors_harness.serving.survey.reader import (
    AppReader,
    ChangedViews,
    Finding,
    MountedApp,
    OwnDocument,
    UnhandledError,
)
from cors_harness.serving.survey.views import EVENT_STREAM

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
KINDS = {
    ("integer", None): ParameterKind.INT,
    ("number", None): ParameterKind.FLOAT,
    ("string", "path"): ParameterKind.PATH,
    ("string", "uuid"): ParameterKind.UUID,
}


def _findings(app: Any, prefix: str) -> Iterator[Finding]:
    for api in _middleware(app).apis:
        base = f"{prefix}{_base_path(api)}"
        yield from _routes(api.specification.spec, base)
        yield OwnDocument(prefix=base, text=_document(api.specification))
    yield MountedApp(app=_inner_app(app), prefix=prefix)


def _document(specification: Any) -> str:
    """The document with what it refers to in place; as it was read where a schema has itself in it.

    References to other files then lead nowhere.
    """
    try:
        return json.dumps(specification.spec, default=str)
    except (ValueError, RecursionError):
        return json.dumps(specification.raw, default=str)


def _middleware(app: Any) -> Any:
    return getattr(app, "middleware", app)


def _inner_app(app: Any) -> Any:
    """What it is built on: of a FlaskApp or AsyncApp what has the routes that code adds."""
    return getattr(app, "_middleware_app", None) or app.app


def _base_path(api: Any) -> str:
    """Where it is served: as said in add_api(), else as the document says."""
    said = api.base_path
    path: str = api.specification.base_path if said is None else said
    return path.rstrip("/")


def _routes(document: Mapping[str, Any], base: str) -> Iterator[FoundRoute]:
    """One route for each operation: those of one path may differ in what they answer with."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                declared = (*item.get("parameters", ()), *item[method].get("parameters", ()))
                yield FoundRoute(
                    template=base + path,
                    methods=(method.upper(),),
                    parameters=tuple(map(_parameter, filter(_is_in_path, declared))),
                    kind=_kind(item[method]),
                )


def _is_in_path(declared: Mapping[str, Any]) -> bool:
    return declared.get("in") == "path"


def _parameter(declared: Mapping[str, Any]) -> Parameter:
    schema = declared.get("schema", declared)  # Swagger 2 has it in the parameter itself
    kind = KINDS.get((schema.get("type"), schema.get("format")))
    return Parameter(
        name=declared["name"],
        kind=kind or KINDS.get((schema.get("type"), None), ParameterKind.TEXT),
        choices=tuple(map(str, schema.get("enum", ()))),
    )


def _kind(operation: Mapping[str, Any]) -> RouteKind:
    contents = (each.get("content", {}) for each in operation.get("responses", {}).values())
    types = {name for content in contents for name in content} | {*operation.get("produces", ())}
    return RouteKind.EVENTS if EVENT_STREAM in types else RouteKind.HTTP


def _raise_views(app: Any) -> ChangedViews:
    """What the operations of the documents resolve to is replaced, when the app starts."""
    resolver_module: Any = sys.modules["connexion.resolver"]
    middleware, count = _middleware(app), 0
    for api in middleware.apis:
        original = api.kwargs.get("resolver") or resolver_module.Resolver()
        if not hasattr(original, "resolve"):  # a function
            original = resolver_module.Resolver(original)
        original.resolve = _resolving_to_raising(original.resolve)
        api.kwargs["resolver"] = original
        count += sum(1 for _ in _routes(api.specification.spec, ""))
    return ChangedViews(count=count, mounted=(_inner_app(app),))


def _resolving_to_raising(resolve: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def resolve_to_raising(operation: Any) -> Any:
        resolution = resolve(operation)
        if operation.method.upper() != "OPTIONS":
            resolution.function = _raising(resolution.function)
        return resolution

    return resolve_to_raising


def _raising(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def view(*_args: Any, **_values: Any) -> Any:
        raise UnhandledError

    return view


CONNEXION = AppReader(findings=_findings, raise_views=_raise_views)
