"""Survey: the routes of a user's app, as its framework knows them."""

from dataclasses import dataclass
from enum import StrEnum


class ParameterKind(StrEnum):
    """What a part of a path may be."""

    TEXT = "text"
    INT = "int"
    FLOAT = "float"
    UUID = "uuid"
    PATH = "path"  # slashes included
    WORD = "word"  # one of a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a path.

    Attributes:
        choices: what it may be, of WORD.
    """

    name: str
    kind: ParameterKind = ParameterKind.TEXT
    choices: tuple[str, ...] = ()


class RouteKind(StrEnum):
    """What a route speaks."""

    HTTP = "HTTP"
    WEBSOCKET = "WebSocket"
    EVENTS = "server-sent events"  # a response that does not end


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRoute:
    """One route.

    Attributes:
        template: its path, parameters in braces: `/orders/{number}`.
        methods: as the framework lists them, HEAD and OPTIONS too.
        redirects: whether the path with one slash more or less at its end is redirected to it.
        kind: no other than HTTP is drafted: calls of fetch() cannot judge it.
    """

    template: str
    methods: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    redirects: bool = False
    kind: RouteKind = RouteKind.HTTP


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRoutes:
    """What was found in an app.

    Attributes:
        frameworks: their names, the outermost first.
        documents: (prefix, OpenAPI document as JSON) of each app inside that makes one, or of a
            server whose routes are known by that only.
    """

    frameworks: tuple[str, ...]
    routes: tuple[FoundRoute, ...]
    documents: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCall:
    """A call that an app is asked without a browser, to know what it answers.

    Attributes:
        target: path and query.
        origin: that of the page that would make it, serialized.
        raises: whether it is for the app whose every view raises.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    origin: str
    raises: bool = False
