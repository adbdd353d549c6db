"""Operation: one method on one route, with values that a page could call it with."""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import starmap
from urllib.parse import quote, unquote

from cors_harness.drafts.bodies import JSON_TYPE, is_json_type
from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind
from cors_harness.terms.page_requests import SAFELISTED_METHODS, is_safelisted

WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
NO_JSON = "no JSON"

_SAMPLES = {
    ParameterKind.INT: "1",
    ParameterKind.FLOAT: "1.5",
    ParameterKind.UUID: "00000000-0000-4000-8000-000000000001",
}
_PATTERNS = {
    ParameterKind.INT: r"\d+",
    ParameterKind.FLOAT: r"\d+(?:\.\d+)?",
    ParameterKind.UUID: r"[0-9a-fA-F-]{32,36}",
    ParameterKind.PATH: r".+",
}
_PARAMETER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invalid:
    """A request that does not validate: a path parameter of the wrong kind, or a wrong body.

    Attributes:
        body: what is sent as the operation's content type, and may be none of that.
    """

    path: str
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one route.

    Attributes:
        template: the path with parameters in braces.
        pattern: a regular expression for all of its paths.
        path: one of them.
        body: text that it takes; None: it takes none.
        content_type: what that is.
        headers: (name, value) of those that it must have, beside Content-Type.
        invalid: a call that is answered with 422, or 400 where JSON is read; None: none is known.
        validates: whether the app's own document says that `invalid` is refused.
        slash: a path that is redirected to `path`; None: none is known.
        authorized: whether it is declared to want an Authorization header, or another key.
        key_header: the name of that.
    """

    method: str
    template: str
    pattern: str
    path: str
    body: str | None = None
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    invalid: Invalid | None = None
    validates: bool = False
    slash: str | None = None
    authorized: bool = False
    key_header: str = "Authorization"

    @property
    def is_preflighted(self) -> bool:
        """Whether a page's call of it, with the body that it takes, needs a preflight."""
        sent = self.sent_headers.items()
        is_simple = self.method in SAFELISTED_METHODS and all(starmap(is_safelisted, sent))
        return not is_simple

    @property
    def sent_headers(self) -> Mapping[str, str]:
        """All headers that its call has, Content-Type where there is a body."""
        content_type = {} if self.body is None else {"Content-Type": self.content_type}
        return {**dict(self.headers), **content_type}

    @property
    def takes_json(self) -> bool:
        """Whether it has a body, and that is JSON."""
        return self.body is not None and is_json_type(self.content_type)

    def takes(self, path: str) -> bool:
        """Whether `path` is one of its paths."""
        return _compiled(self.pattern).fullmatch(unquote(path)) is not None


@functools.cache  # `re` keeps 512 of them, and forgets all when there are more
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def operation_of(route: FoundRoute, method: str) -> Operation:
    """The operation of one method, as far as the route alone tells it."""
    parameters = {parameter.name: parameter for parameter in route.parameters}
    path = filled(route.template, {name: sample(one) for name, one in parameters.items()})
    takes_json = method in WITH_BODY
    return Operation(
        method=method,
        template=route.template,
        pattern=pattern_of(route.template, parameters),
        path=path,
        body="{}" if takes_json else None,
        invalid=Invalid(path=path, body=NO_JSON) if takes_json else None,
        slash=other_slash(path) if route.redirects else None,
    )


def sample(parameter: Parameter) -> str:
    """A value for a parameter: a number where it must be one, else its own name."""
    if parameter.choices:
        return parameter.choices[0]
    return _SAMPLES.get(parameter.kind, parameter.name)


def filled(template: str, values: dict[str, str]) -> str:
    """The path with values for its parameters; one without a value gets its name."""
    path = _PARAMETER.sub(lambda match: values.get(match[1]) or match[1], template)
    return quote(path, safe="/:@!$&'()*+,;=-._~", errors="replace")


def pattern_of(template: str, parameters: dict[str, Parameter]) -> str:
    """A regular expression for the paths of a template."""
    pieces = _PARAMETER.split(template)  # text, name, text, name, ..., text
    return "".join(
        _pattern(parameters.get(piece)) if index % 2 else re.escape(piece)
        for index, piece in enumerate(pieces)
    )


def shape(template: str) -> str:
    """What two names of one route have in common: each may call its parameters otherwise."""
    return _PARAMETER.sub("{}", template)


def other_slash(path: str) -> str | None:
    """The path with a slash more or less at its end; the root has no other."""
    if path == "/":
        return None
    return path.removesuffix("/") if path.endswith("/") else f"{path}/"


def _pattern(parameter: Parameter | None) -> str:
    kind = parameter.kind if parameter else ParameterKind.TEXT
    if parameter and parameter.choices:
        return f"(?:{'|'.join(map(re.escape, parameter.choices))})"
    return _PATTERNS.get(kind, r"[^/]+")
