"""What the code of a view tells of it: who has made it, and whether its response ends."""

from collections.abc import Collection, Iterator
from functools import partial
from types import CodeType
from typing import Any

from cors_harness.model.survey import RouteKind

EVENT_STREAM = "text/event-stream"  # https://html.spec.whatwg.org/#text/event-stream
_EVENT_NAMES = frozenset(
    ("EventSourceResponse", "ServerSentEvent", "ServerSentEventsResponse", "sse_response")
)
_SOCKET_NAMES = frozenset(("WebSocketResponse",))  # aiohttp's
_TYPE_NAMES = ("media_type", "content_type", "mimetype")  # of a class of responses
DEEPEST = 20


def unwrapped(view: Any) -> Iterator[Any]:
    """The view, and what it wraps, down to the function inside all decorators that tell."""
    for _ in range(DEEPEST):
        yield view
        inner = view.func if isinstance(view, partial) else getattr(view, "__wrapped__", None)
        if inner is None:
            return
        view = inner


def innermost(view: Any) -> Any:
    """The function inside all decorators that tell what they wrap."""
    *_, inner = unwrapped(view)
    return inner


def is_made_by(view: Any, packages: Collection[str]) -> bool:
    """Whether a function or class, inside its decorators, is defined in one of the packages."""
    module = str(getattr(innermost(view), "__module__", ""))
    return any(f"{module}.".startswith(f"{package}.") for package in packages)


def kind_of_view(view: Any) -> RouteKind:
    """What a view answers with, as its own code names it; HTTP where nothing else is named."""
    function = innermost(view)
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return RouteKind.HTTP
    names = frozenset(_names(code)) | {_name_of_result(function)}
    if names & _SOCKET_NAMES:
        return RouteKind.WEBSOCKET
    variables = getattr(function, "__globals__", {})
    used = (variables.get(name) for name in names)
    is_stream = names & _EVENT_NAMES or any(map(_says_stream, (*_constants(code), *used)))
    return RouteKind.EVENTS if is_stream else RouteKind.HTTP


def _name_of_result(function: Any) -> str:
    """The name of the type that it is declared to return."""
    result = getattr(function, "__annotations__", {}).get("return")
    return result if isinstance(result, str) else getattr(result, "__name__", "")


def _says_stream(value: Any) -> bool:
    """Whether it is the media type, or a class of such responses.

    Nothing else is looked into: a proxy such as flask.request raises what it likes.
    """
    is_class = issubclass(type(value), type)
    names = [getattr(value, name, None) for name in _TYPE_NAMES] if is_class else [value]
    return any(type(each) is str and each.startswith(EVENT_STREAM) for each in names)


def _names(code: CodeType) -> Iterator[str]:
    """The names of everything global that it uses, and of attributes; inner functions' too."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _constants(code: CodeType) -> Iterator[str]:
    for constant in code.co_consts:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, CodeType):
            yield from _constants(constant)
