"""TORNADO: the routes of a Tornado app, and the handlers that they lead to."""

import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cors_harness.model.survey import FoundRoute, RouteKind
from cors_harness.serving.survey.path_expressions import path_of_expression
from cors_harness.serving.survey.path_patterns import parameter_of
from cors_harness.serving.survey.reader import (
    AppReader,
    ChangedViews,
    Finding,
    MountedApp,
    UnhandledError,
)
from cors_harness.serving.survey.views import kind_of_view

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlacedRule:
    """One rule whose target is a handler.

    Attributes:
        expression: a regular expression for its whole path.
    """

    rule: Any
    expression: str

    @property
    def handler(self) -> Any:
        """The class of its handlers."""
        return self.rule.target


def _findings(app: Any, prefix: str) -> Iterator[Finding]:
    for placed in _placed_rules(app.default_router):
        if _is(placed, "FallbackHandler"):
            yield MountedApp(app=_fallback(placed.rule), prefix=prefix)
        elif _is(placed, "websocket:WebSocketHandler"):
            yield _found(placed, prefix, (), RouteKind.WEBSOCKET)
        elif methods := _methods_of(placed):
            kind = kind_of_view(placed.handler.get)
            yield _found(placed, prefix, methods, kind)


def _found(
    placed: _PlacedRule, prefix: str, methods: tuple[str, ...], kind: RouteKind
) -> FoundRoute:
    path = path_of_expression(placed.expression)
    names = _names_of_values(placed.handler, len(path.groups))
    parameters = tuple(
        parameter_of(group.name or name, group.inside)
        for group, name in zip(path.groups, names, strict=True)
    )
    return FoundRoute(
        template=prefix + path.template([parameter.name for parameter in parameters]),
        methods=methods,
        parameters=parameters,
        kind=kind,
    )


def _names_of_values(handler: Any, count: int) -> tuple[str, ...]:
    """What the handler calls the groups without names, or `value1` and so on."""
    for method in _own_functions(handler):
        positional = [
            parameter.name
            for parameter in inspect.signature(getattr(handler, method.lower())).parameters.values()
            if parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}
        ][1:]
        if len(positional) >= count:
            return tuple(positional[:count])
    return tuple(f"value{number}" for number in range(1, count + 1))


def _placed_rules(router: Any, before: str = "") -> Iterator[_PlacedRule]:
    """The rules that pages can reach: none that wants a certain host."""
    for rule in router.rules:
        regex = getattr(rule.matcher, "regex", None)
        if regex is None and type(rule.matcher).__name__ != "AnyMatches":
            continue
        expression = before + (regex.pattern if regex else "")
        if isinstance(rule.target, type):
            yield _PlacedRule(rule=rule, expression=expression)
        elif hasattr(rule.target, "rules"):
            yield from _placed_rules(rule.target)  # its rules match the whole path again
        elif hasattr(rule.target, "default_router"):
            yield from _placed_rules(rule.target.default_router)


def _methods_of(placed: _PlacedRule) -> tuple[str, ...]:
    """The methods that the class has a function for; none of a class that is Tornado's own."""
    if _is(placed, "StaticFileHandler") or _is(placed, "ErrorHandler"):
        return ()
    return tuple(_own_functions(placed.handler))


def _own_functions(handler: Any) -> Iterator[str]:
    base = _class_of("web", "RequestHandler")
    for method in METHODS:
        function = getattr(handler, method.lower(), None)
        if method in handler.SUPPORTED_METHODS and function is not getattr(base, method.lower()):
            yield method


def _class_of(module: str, name: str) -> Any:
    return getattr(sys.modules.get(f"tornado.{module}"), name, None)


def _is(placed: _PlacedRule, name: str) -> bool:
    """Whether the rule leads to a handler of this class, one of tornado.web's without a module."""
    module, _, cls = name.rpartition(":")
    found = _class_of(module or "web", cls)
    return found is not None and issubclass(placed.handler, found)


def _fallback(rule: Any) -> Any:
    container = rule.target_kwargs.get("fallback")
    return getattr(container, "wsgi_application", container)


def _raise_views(app: Any) -> ChangedViews:
    count, mounted = 0, []
    for placed in _placed_rules(app.default_router):
        if _is(placed, "FallbackHandler"):
            mounted.append(_fallback(placed.rule))
        elif not _is(placed, "websocket:WebSocketHandler") and _methods_of(placed):
            placed.rule.target = _raising(placed.handler)
            count += 1
    return ChangedViews(count=count, mounted=tuple(mounted))


def _raising(handler: Any) -> Any:
    def view(_self: Any, *_values: Any, **_named: Any) -> None:
        raise UnhandledError

    views: dict[str, Callable[..., Any]] = {
        method.lower(): view for method in _own_functions(handler) if method != "OPTIONS"
    }
    return type(handler.__name__, (handler,), {"__module__": handler.__module__, **views})


TORNADO = AppReader(findings=_findings, raise_views=_raise_views)
