"""What the code of a view tells: streams of events, WebSockets, and who has made it."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cors_harness.model.survey import RouteKind
from cors_harness.serving.survey.views import is_made_by, kind_of_view

HTTP, EVENTS, WEBSOCKET = RouteKind.HTTP, RouteKind.EVENTS, RouteKind.WEBSOCKET
STREAM = "text/event-stream"


class Response:
    def __init__(self, content: Any, media_type: str = "text/html") -> None:
        self.content, self.media_type = content, media_type


class Events(Response):
    media_type = "text/event-stream"


class EventSourceResponse(Response):
    pass


class WebSocketResponse(Response):
    pass


class Proxy:
    """Such as flask.request, which raises outside of a request."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


request = Proxy()


def plain() -> Response:
    """Says nothing of text/event-stream but here."""
    return Response(request)


def by_constant() -> Response:
    return Response("", media_type="text/event-stream; charset=utf-8")


def by_global() -> Response:
    return Response("", media_type=STREAM)


def by_class() -> Response:
    return Events("")


def by_name() -> Any:
    return EventSourceResponse("")


def by_declaration() -> "EventSourceResponse":
    raise NotImplementedError


def from_inside() -> Any:
    def stream() -> Iterator[Response]:
        yield by_class.__globals__[STREAM]

    def answer() -> Response:
        return Response(stream(), media_type="text/event-stream")

    return answer()


def socket() -> Any:
    return WebSocketResponse("")


def decorated(view: Callable[[], Any]) -> Callable[[], Any]:
    @functools.wraps(view)
    def outer() -> Any:
        return view()

    return outer


KINDS: dict[str, tuple[Any, RouteKind]] = {
    "nothing named, a global that raises": (plain, HTTP),
    "the media type in its code": (by_constant, EVENTS),
    "the media type in a global": (by_global, EVENTS),
    "a class of such responses": (by_class, EVENTS),
    "a class by its name": (by_name, EVENTS),
    "the type that it returns": (by_declaration, EVENTS),
    "a function inside": (from_inside, EVENTS),
    "inside a decorator": (decorated(by_name), EVENTS),
    "a partial": (functools.partial(by_name), EVENTS),
    "a WebSocket": (socket, WEBSOCKET),
    "no function": (Proxy, HTTP),
    "nothing": (None, HTTP),
}


@pytest.mark.parametrize(("view", "kind"), KINDS.values(), ids=KINDS)
def test_kind_of_a_view(view: Any, kind: RouteKind) -> None:
    assert kind_of_view(view) is kind


def test_who_has_made_a_view_is_told_through_decorators() -> None:
    view = decorated(functools.wraps(pytest.fixture)(lambda: None))
    assert is_made_by(view, (pytest.fixture.__module__.partition(".")[0],))
    assert not is_made_by(view, ("_pyt", "tests"))
