"""FetchCall: the arguments of one fetch() as a test writes them, and the scenario of them."""

import itertools
import json as json_module
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from cors_harness.errors import UsageError
from cors_harness.model.scenario import (
    Call,
    Expectation,
    FetchContext,
    PageSpec,
    Scenario,
    Step,
)
from cors_harness.planning.real_origins import default_server
from cors_harness.terms.modes import CacheMode, CredentialsMode, RedirectMode, RequestMode
from cors_harness.terms.origin import Origin, is_loopback, parse_origin
from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.problems import nearest, suggestion

HeadersArgument = Mapping[str, str] | Iterable[tuple[str, str]]
E = TypeVar("E", bound=StrEnum)

NULL = "null"
DEFAULT_HOST = PageSpec().host
SPEC = "https://fetch.spec.whatwg.org/#fetch-method"
_JSON_TYPE = ("Content-Type", "application/json")
_serial = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchCall:
    """The arguments of `Cors.fetch`, unchecked; its signature has the same names and defaults."""

    method: str
    path: str
    origin: str | None = None
    json: object = None
    body: str | None = None
    headers: HeadersArgument | None = None
    credentials: str | None = None
    mode: str | None = None
    redirect: str | None = None
    cache: str | None = None
    place: str = "window"

    def scenario(self, server: Origin | None) -> Scenario:
        """A scenario of this one call, without expectations; no other has its id.

        Args:
            server: where the server is; None: see `Cors`.

        Raises:
            UsageError: the first argument that makes no sense.
        """
        call = self._call()
        page = self._page()
        server_origin = server or (default_server(page.origin) if page.origin else None)
        number = next(_serial)
        return Scenario(
            id=f"fetch-{number}",
            title=f"{self.method} {self.path}",
            spec=SPEC,
            source=SourceSpan(file="fetch()", line=number),
            page=page,
            origins=(("server", server_origin),) if server_origin else (),
            steps=(Step(call=call, expect=Expectation(), reads_body=True),),
        )

    def _call(self) -> Call:
        _check_text("method", self.method, "a method such as 'PUT'")
        _check_text("path", self.path, "a path such as '/orders/7'")
        if not self.path.startswith("/"):
            raise _wrong("path", self.path, "a path that begins with '/'", f"/{self.path}")
        body, headers = self._body(), self._headers()
        return Call(
            method=self.method,
            path=self.path,
            headers=headers,
            body=body,
            mode=_enum_member_or_none("mode", self.mode, RequestMode),
            credentials=_enum_member_or_none("credentials", self.credentials, CredentialsMode),
            redirect=_enum_member_or_none("redirect", self.redirect, RedirectMode),
            cache=_enum_member_or_none("cache", self.cache, CacheMode),
        )

    def _body(self) -> str | None:
        if self.json is None:
            if self.body is not None:
                _check_text("body", self.body, "text")
            return self.body
        if self.body is not None:
            raise UsageError("fetch(): found both json and body; expected one of them")
        try:
            return json_module.dumps(self.json)
        except (TypeError, ValueError) as error:
            raise UsageError(f"fetch(): json: found what JSON cannot say: {error}") from error

    def _headers(self) -> tuple[tuple[str, str], ...]:
        given = () if self.headers is None else self.headers
        pairs = tuple(given.items() if isinstance(given, Mapping) else given)
        _check_pairs(pairs)
        has_type = any(name.lower() == "content-type" for name, _ in pairs)
        return pairs if self.json is None or has_type else (_JSON_TYPE, *pairs)

    def _page(self) -> PageSpec:
        context = _enum_member("place", self.place, FetchContext)
        if self.origin is None:
            return PageSpec(place=context)
        _check_text("origin", self.origin, "an origin such as 'https://partner.example'")
        if self.origin == NULL:
            if context is FetchContext.WORKER:
                raise _wrong("place", self.place, "window or sandboxed-frame with origin 'null'")
            return PageSpec(place=FetchContext.SANDBOXED_FRAME)
        if is_loopback(self.origin) and (self.origin == DEFAULT_HOST or "local" in self.origin):
            return PageSpec(host=self.origin, place=context)
        return PageSpec(origin=_origin(self.origin), place=context)


def _origin(text: str) -> Origin:
    try:
        return parse_origin(text)
    except ValueError as error:
        message = f"fetch(): origin: found {text!r}; {error}"
        raise UsageError(
            f"{message}\n  or 'null', or a loopback host such as 'localhost'"
        ) from error


def _enum_member(argument: str, value: str, members: type[E]) -> E:
    try:
        return members(value)
    except ValueError:
        known = [str(member) for member in members]
        raise _wrong(argument, value, " or ".join(known), nearest(str(value), known)) from None


def _enum_member_or_none(argument: str, value: str | None, members: type[E]) -> E | None:
    return None if value is None else _enum_member(argument, value, members)


def _check_text(argument: str, value: object, expected: str) -> None:
    if not isinstance(value, str) or not value:
        raise _wrong(argument, value, expected)


def _check_pairs(pairs: Iterable[object]) -> None:
    for pair in pairs:
        if not isinstance(pair, tuple) or [*map(type, pair)] != [str, str]:
            raise _wrong("headers", pair, "names and values that are text")


def _wrong(argument: str, value: object, expected: str, near: str = "") -> UsageError:
    hint = suggestion(near, "\n  ")
    return UsageError(f"fetch(): {argument}: found {value!r}; expected {expected}{hint}")
