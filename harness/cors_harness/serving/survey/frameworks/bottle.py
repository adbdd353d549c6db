"""BOTTLE: the routes of a Bottle app, those of mounted apps among them, and its callbacks."""

import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind
from cors_harness.serving.survey.path_patterns import parameter_of
from cors_harness.serving.survey.reader import (
    AppReader,
    ChangedViews,
    Finding,
    MountedApp,
    UnhandledError,
)
from cors_harness.serving.survey.view_methods import methods_of_any
from cors_harness.serving.survey.views import innermost, kind_of_view

ANY, MOUNT = "ANY", "PROXY"
STATIC = "static_file"  # a view that calls it serves files
SENT = ("body", "files", "forms", "json", "POST", "params")
KINDS = {
    "int": ParameterKind.INT,
    "float": ParameterKind.FLOAT,
    "path": ParameterKind.PATH,
}


def _findings(app: Any, prefix: str) -> Iterator[Finding]:
    for route in app.routes:
        if target := _mounted(route):
            yield MountedApp(app=target, prefix=prefix + _mount_prefix(route))
        elif not _is_static(route):
            yield _found(app, route, prefix)


def _found(app: Any, route: Any, prefix: str) -> FoundRoute:
    pieces: list[str] = []
    parameters: list[Parameter] = []
    # The only place where Bottle says what is a parameter in a rule, and what is text.
    for text, filter_name, argument in app.router._itertokens(route.rule):  # noqa: SLF001
        if filter_name is None:
            pieces.append(text)
        else:
            parameters.append(
                _parameter(text or f"value{len(parameters) + 1}", filter_name, argument)
            )
            pieces.append(f"{{{parameters[-1].name}}}")
    any_method = route.method == ANY
    return FoundRoute(
        template=prefix + "".join(pieces),
        methods=methods_of_any(route.callback, SENT) if any_method else (route.method,),
        parameters=tuple(parameters),
        kind=kind_of_view(route.callback),
    )


def _parameter(name: str, filter_name: str, argument: str | None) -> Parameter:
    if filter_name == "re" and argument:
        return parameter_of(name, argument)
    return Parameter(name=name, kind=KINDS.get(filter_name, ParameterKind.TEXT))


def _mounted(route: Any) -> Any:
    """The app that a route leads to with all paths below it; else None."""
    return route.config.get("mountpoint.target") if route.method == MOUNT else None


def _mount_prefix(route: Any) -> str:
    return "/" + str(route.config["mountpoint.prefix"]).strip("/")


def _is_static(route: Any) -> bool:
    code = getattr(innermost(route.callback), "__code__", None)
    return STATIC in getattr(code, "co_names", ())


def _raise_views(app: Any) -> ChangedViews:
    count, mounted = 0, {}
    for route in app.routes:
        if target := _mounted(route):
            mounted[id(target)] = target
        elif route.method != "OPTIONS" and not _is_static(route):
            route.callback = _raising(route.callback)
            route.reset()
            count += 1
    return ChangedViews(count=count, mounted=tuple(mounted.values()))


def _raising(original: Callable[..., Any]) -> Callable[..., Any]:
    bottle: Any = sys.modules["bottle"]

    @functools.wraps(original)
    def callback(*args: Any, **values: Any) -> Any:
        if bottle.request.method == "OPTIONS":
            return original(*args, **values)
        raise UnhandledError

    return callback


BOTTLE = AppReader(findings=_findings, raise_views=_raise_views)
