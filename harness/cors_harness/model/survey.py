"""Survey: the routes of a user's app, as its framework knows them, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        can_raise: whether the views can be made to raise, for the server `app-raising`.
    """

    frameworks: tuple[str, ...]
    routes: tuple[FoundRoute, ...]
    documents: tuple[tuple[str, str], ...] = ()
    can_raise: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginCall:
    """A call that logs a page in.

    Attributes:
        target: path and query.
        body: JSON or a form, as its content type says; None: there is none.
    """

    method: str
    target: str
    content_type: str | None = None
    body: str | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What a page sends with it."""
        return (("Content-Type", self.content_type),) if self.content_type else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAnswer:
    """What a login brought.

    Attributes:
        cookies: `name=value` of each cookie that it set.
        headers: names in lower case.
        token: keys from the outside in, dots between, of what looks like a token in its JSON, such
            as `data.access_token`; None: nothing does.
        json: the document; None where it is no JSON.
    """

    status: int
    cookies: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None
    json: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLogin:
    """What pages send to be let in.

    Attributes:
        headers: (name, value) in every call; a value may name what the login brought, as
            `{steps.0.json.access_token}` does.
        login: the call that comes first; None: there is none.
    """

    headers: tuple[tuple[str, str], ...] = ()
    login: LoginCall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The status of each call that was answered.

    Attributes:
        anonymous: without what the login brought.
        logged_in: with it; the same where there is no login.
        login: what the login brought; None: there is none, or it was not answered.
        no_raising: why there is no server `app-raising`; empty: there is, or nobody asked for it.
        written: lines that the server wrote while it answered calls by an error of its own.
        elsewhere: the calls that are redirected to another server, with its origin.
    """

    anonymous: Mapping[AskedCall, int] = field(default_factory=dict)
    logged_in: Mapping[AskedCall, int] = field(default_factory=dict)
    login: LoginAnswer | None = None
    no_raising: str = ""
    written: tuple[str, ...] = ()
    elsewhere: Mapping[AskedCall, str] = field(default_factory=dict)
