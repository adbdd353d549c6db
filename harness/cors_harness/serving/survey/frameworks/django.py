"""DJANGO: what the URL configuration of a Django project leads to, and its views."""

import contextlib
import functools
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter
from cors_harness.serving.survey.frameworks.django_views import (
    is_own_page,
    kind_of,
    methods_of,
    ninja_api,
)
from cors_harness.serving.survey.path_patterns import groups_of, parameter_of
from cors_harness.serving.survey.reader import (
    AppReader,
    ChangedViews,
    Finding,
    OwnDocument,
    UnhandledError,
)

OWN_APPS = frozenset(("admin", "djdt"))  # app_name of django.contrib.admin, django-debug-toolbar
# REST framework has each route once more, as `orders.json`.
_FORMAT_SUFFIX = re.compile(r"\(\?P<format>|<drf_format_suffix\w*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One part of the path of a view, as one path() or re_path() has it."""

    template: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlacedView:
    """One view, and the parts of its path from the outermost one on."""

    pattern: Any
    pieces: tuple[_Piece, ...]


def _findings(_app: Any, prefix: str) -> Iterator[Finding]:
    views = tuple(_placed_views(_root_patterns(), ()))
    appends_slash = _appends_slash()
    for view in views:
        if methods := methods_of(view.pattern.callback):
            template = f"{prefix}/{''.join(piece.template for piece in view.pieces)}"
            yield FoundRoute(
                template=template,
                methods=methods,
                parameters=tuple(each for piece in view.pieces for each in piece.parameters),
                redirects=appends_slash and template.endswith("/"),
                kind=kind_of(view.pattern.callback),
            )
    yield from _documents(views, prefix)


def _documents(views: Iterable[_PlacedView], prefix: str) -> Iterator[OwnDocument]:
    """The document of each API of django-ninja; one that cannot be made is left out."""
    apis = {id(api): api for view in views if (api := ninja_api(view.pattern.callback))}
    for api in apis.values():
        with contextlib.suppress(Exception):
            text = json.dumps(api.get_openapi_schema(), default=str)  # has lazy strings
            yield OwnDocument(prefix=prefix, text=text)


def _root_patterns() -> Any:
    urls: Any = sys.modules["django.urls"]
    return urls.get_resolver().url_patterns


def _appends_slash() -> bool:
    """Whether CommonMiddleware redirects a path without the slash at its end."""
    conf: Any = sys.modules["django.conf"]
    common = "django.middleware.common.CommonMiddleware"
    return bool(conf.settings.APPEND_SLASH) and common in conf.settings.MIDDLEWARE


# The patterns


def _placed_views(patterns: Any, pieces: tuple[_Piece, ...]) -> Iterator[_PlacedView]:
    """The views that are the project's own, and django-ninja's pages, which know their API."""
    for each in patterns:
        if _FORMAT_SUFFIX.search(str(each.pattern)) or getattr(each, "app_name", None) in OWN_APPS:
            continue
        inner = (*pieces, _piece(each.pattern))
        if hasattr(each, "url_patterns"):
            yield from _placed_views(each.url_patterns, inner)
        elif ninja_api(each.callback) or not is_own_page(each.callback):
            yield _PlacedView(pattern=each, pieces=inner)


def _piece(pattern: Any) -> _Piece:
    converters = getattr(pattern, "converters", {})
    if hasattr(pattern, "_regex"):
        return _piece_of_regex(str(pattern.regex.pattern))
    text = str(pattern)  # of path(), or a prefix for the language
    for name in converters:
        text = _named(text, name)
    parameters = (parameter_of(name, converters[name].regex) for name in converters)
    return _Piece(template=text, parameters=tuple(parameters))


def _named(route: str, name: str) -> str:
    """A route of path() with `{name}` in place of `<int:name>` or `<name>`."""
    before, _, after = route.partition(f"{name}>")
    return f"{before.rpartition('<')[0]}{{{name}}}{after}"


def _piece_of_regex(expression: str) -> _Piece:
    """As `reverse()` would fill it in: https://docs.djangoproject.com/en/5.2/ref/urlresolvers/."""
    helper: Any = sys.modules["django.utils.regex_helper"]
    possible = helper.normalize(expression)
    text, names = possible[0] if possible else (expression, [])
    inside = dict(groups_of(expression))
    parameters = (parameter_of(name, inside.get(name, "[^/]+")) for name in names)
    return _Piece(
        template=text % {name: f"{{{name}}}" for name in names} if names else text,
        parameters=tuple(parameters),
    )


# An exception in every view


def _raise_views(_app: Any) -> ChangedViews:
    patterns = list(_patterns(_root_patterns()))
    for pattern in patterns:
        pattern.callback = _raising(pattern.callback)
    return ChangedViews(count=len(patterns))


def _patterns(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern


def _raising(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def view(request: Any, *args: Any, **values: Any) -> Any:
        if request.method == "OPTIONS":
            return original(request, *args, **values)
        raise UnhandledError

    @functools.wraps(original)
    async def async_view(request: Any, *args: Any, **values: Any) -> Any:
        return await view(request, *args, **values)

    return async_view if inspect.iscoroutinefunction(original) else view


DJANGO = AppReader(findings=_findings, raise_views=_raise_views)
