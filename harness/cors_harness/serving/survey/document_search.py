"""DocumentSearch: asks a server for its OpenAPI document where frameworks put one."""

import re
import socket
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urljoin, urlsplit

from cors_harness.model.route import Address
from cors_harness.serving.survey.api_document import (
    MOST_BYTES,
    ApiDocument,
    embedded_document,
    read_document,
)
from cors_harness.serving.survey.connection import ANSWER_S, answered_within, connected, shut
from cors_harness.serving.survey.document_links import links_in, scripts_in
from cors_harness.terms.headers import REDIRECT_STATUSES

# FastAPI, APIFlask, Quart-Schema, Connexion; Litestar; Sanic-Ext; Django Ninja; drf-spectacular;
# Flask-RESTX, Flasgger; Spectree; drf-yasg; Spring, Swashbuckle, NestJS and swag beside them.
PATHS = (
    *("/openapi.json", "/schema/openapi.json", "/docs/openapi.json", "/api/openapi.json"),
    *("/api/v1/openapi.json", "/v1/openapi.json", "/api/schema/", "/schema/", "/openapi.yaml"),
    *("/swagger.json", "/api/swagger.json", "/api/v1/swagger.json", "/apispec_1.json"),
    *("/apispec.json", "/apidoc/openapi.json", "/openapi/openapi.json", "/openapi.yml"),
    *("/api/docs/openapi.json", "/docs/swagger.json", "/api/openapi.yaml", "/openapi", "/api"),
    *("/api-docs", "/v3/api-docs", "/v2/api-docs", "/swagger/v1/swagger.json", "/api-json"),
    *("/swagger/doc.json", "/docs.json", "/.well-known/openapi.json"),
)
PAGES = (
    *("/docs", "/api/docs", "/redoc", "/swagger", "/schema", "/schema/swagger", "/api/schema/"),
    *("/api/schema/swagger-ui/", "/apidocs/", "/ui/", "/api/ui/", "/api/v1/docs", "/api/v1/ui/"),
    *("/api/redoc", "/api/swagger", "/swagger-ui", "/swagger/index.html", "/documentation", "/"),
)
REFUSES_HOST = frozenset((400, 403, 421))
LONGEST_S = 40
MOST_REDIRECTS = 3
_JSON = "application/json, application/yaml;q=0.9, */*;q=0.5"
_HTML = "text/html, */*;q=0.5"
_KIND = re.compile(r"[\w.+-]+/[\w.+-]+")


class SilentServerError(Exception):
    """The server gives the first request no answer; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A document, and the path that it was found at."""

    path: str
    document: ApiDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """An answer: `place` is where redirects have led to; `status` 0 is none in time."""

    status: int
    place: str = ""
    kind: str = ""
    text: str = ""

    def __str__(self) -> str:
        """As a message has it: what it is instead of a document."""
        if not self.status:
            return "no answer"
        return f"{self.status}, no document" if self.status == 200 else str(self.status)


class DocumentSearch:
    """Looks for the document of one server.

    Attributes:
        tried: each path that was asked for, with its answer in words: `404`, `200, no document`.
    """

    def __init__(
        self, address: Address, headers: Mapping[str, str], hosts: Sequence[str] = ()
    ) -> None:
        """Asks nothing.

        Args:
            address: where it listens.
            headers: what each request carries beside Accept.
            hosts: names that it may want to be called by, where it does not take its address.
        """
        self._address, self._headers, self._hosts = address, dict(headers), tuple(hosts)
        self.tried: dict[str, str] = {}
        self._until = time.monotonic() + LONGEST_S
        self._socket: socket.socket | None = None

    def stop(self) -> None:
        """Ends it early, from any thread: what is waited for counts as no answer."""
        self._until = 0.0
        if self._socket is not None:
            shut(self._socket)

    def at(self, path: str) -> Found | None:
        """The document at `path`, or that a page there shows; None: there is none.

        Raises SilentServerError where nobody answers.
        """
        self._choose_host(path)
        return self._document(path) or next(filter(None, self._linked((path,))), None)

    def anywhere(self) -> Found | None:
        """The first document where frameworks put one, or where pages of documentation link to.

        None: there is none, or not in time. Raises SilentServerError as `at`.
        """
        self._choose_host(PATHS[0])
        found = map(self._document, PATHS)
        return next(filter(None, found), None) or next(filter(None, self._linked(PAGES)), None)

    def _linked(self, pages: Sequence[str]) -> Iterator[Found | None]:
        """What the pages of documentation have in them, or link to."""
        for path in pages:
            page = self._page(path, _HTML)
            if page.status != 200 or "html" not in page.kind:
                continue
            if text := embedded_document(page.text):
                yield _found(path, page, text)
            scripts = (self._page(script, "*/*") for script in scripts_in(page.text, page.place))
            for source in (page, *scripts):
                yield from (
                    self._document(link)
                    for link in links_in(source.text, page.place)
                    if link not in self.tried
                )

    def _choose_host(self, path: str) -> None:
        """Keeps the first name for the server that it does not refuse."""
        try:
            page = self._answer(path, _JSON)
            for host in self._hosts:
                if page.status in REFUSES_HOST:
                    other = {**self._headers, "Host": host}
                    page = self._answer(path, _JSON, other)
                    self._headers = self._headers if page.status in REFUSES_HOST else other
        except (OSError, HTTPException) as error:
            raise SilentServerError(f"GET {path} no answer: {error}") from error

    def _document(self, path: str) -> Found | None:
        page = self._page(path, _JSON)
        return _found(path, page, page.text) if page.status == 200 else None

    def _page(self, path: str, accept: str) -> _Page:
        """The answer, after redirects on the same server."""
        place, page = path, _Page(status=0)
        for _ in range(MOST_REDIRECTS):
            if time.monotonic() > self._until:
                break
            try:
                page = self._answer(place, accept)
            except (OSError, HTTPException):
                page = _Page(status=0)
            if not page.place:
                break
            place = page.place
        self.tried[path] = str(page)
        return _Page(status=page.status, place=place, kind=page.kind, text=page.text)

    def _answer(self, path: str, accept: str, headers: Mapping[str, str] | None = None) -> _Page:
        """One answer; `place` is where a redirect on the same server leads to."""
        address = self._address
        connection = HTTPConnection(address.tls_name or address.host, address.port)
        with connected(address) as connection.sock, answered_within(ANSWER_S, connection.sock):
            self._socket = connection.sock
            if not self._until:  # `stop` came before there was a socket
                raise TimeoutError("the search was ended")
            sent = {"Accept": accept, **(self._headers if headers is None else headers)}
            connection.request("GET", path, headers=sent)
            with connection.getresponse() as response:
                body = response.read(MOST_BYTES)
        kind = _KIND.match(response.getheader("Content-Type", ""))
        return _Page(
            status=response.status,
            place=_led_to(response, path, self._own_names()),
            kind=kind[0].lower() if kind else "",
            text=body.decode("utf-8-sig", "replace"),
        )

    def _own_names(self) -> frozenset[str]:
        """What a URL on this server may have for a host."""
        address = self._address
        host = address.tls_name or address.host
        named = (host, f"{host}:{address.port}", self._headers.get("Host", ""), "")
        return frozenset((*named, *self._hosts))


def _found(path: str, page: _Page, text: str) -> Found | None:
    document = read_document(text, page.place)
    return None if document is None else Found(path=path, document=document)


def _led_to(response: HTTPResponse, path: str, own_names: Collection[str]) -> str:
    """The path that a redirect leads to; empty where it is none, or to another server."""
    location = response.getheader("Location", "")
    if response.status not in REDIRECT_STATUSES or not location:
        return ""
    try:
        parts = urlsplit(urljoin(path, location))
    except ValueError:
        return ""
    led = f"{parts.path}?{parts.query}" if parts.query else parts.path
    is_own = parts.netloc in own_names and led != path
    return led if is_own and re.fullmatch(r"/[!-~]*", led) else ""
