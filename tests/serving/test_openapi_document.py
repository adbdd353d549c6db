"""The OpenAPI document of a server that runs already, wherever it is."""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.wire.tap_builders import Reader, Serve, Writer, heads, refusing_port, run, serving

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.subject import UrlSubject
from cors_harness.model.survey import AppRoutes
from cors_harness.serving.survey import document_search
from cors_harness.serving.survey.api_document import embedded_document
from cors_harness.serving.survey.document_links import scripts_in
from cors_harness.serving.survey.login import SentHeaders
from cors_harness.serving.survey.openapi_document import (
    NoDocumentError,
    document_in_file,
    openapi_survey,
)
from cors_harness.terms.origin import parse_origin

PATHS: dict[str, object] = {"/orders": {"get": {}}}
THREE = {"openapi": "3.1.0", "paths": PATHS}
TWO = {"swagger": "2.0", "basePath": "/v2", "paths": PATHS}
YAML = "# ours\nopenapi: 3.0.3\npaths:\n  /orders: {get: {responses: {200: {}}}}\n"
SERVER = parse_origin("https://api.example.org")
Pages = Mapping[str, object]  # path to text, JSON, or (status line, headers, text)


def site(pages: Pages, other: object = ("404 Not Found", "", "no")) -> Serve:
    """A server with these pages, and `other` everywhere else."""

    async def serve(reader: Reader, writer: Writer) -> None:
        async for head in heads(reader):
            path = head.split(b" ")[1].decode()
            writer.write(answer(pages.get(path, other)))

    return serve


def answer(page: object) -> bytes:
    status, headers, body = page if isinstance(page, tuple) else ("200 OK", "", page)
    text = (body if isinstance(body, str) else json.dumps(body)).encode()
    kind = "Content-Type: text/html\r\n" if text.startswith(b"<") else ""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n{kind}{headers}\r\n"
    return head.encode() + text


def survey(says: Serve, path: str | None = None) -> AppRoutes:
    async def found() -> AppRoutes:
        async with serving(says) as port:
            return await openapi_survey(subject(port), SERVER, path)

    return asyncio.run(found())


def subject(port: int) -> UrlSubject:
    return UrlSubject(origin=parse_origin(f"http://localhost:{port}"))


def document_of(found: AppRoutes) -> tuple[str, object]:
    ((prefix, text),) = found.documents
    return prefix, json.loads(text)


@pytest.mark.parametrize(
    ("servers", "prefix"),
    [
        (None, ""),
        ([{"url": "/"}], ""),
        ([{"url": "/api/v1"}], "/api/v1"),
        ([{"url": "https://shop.example/api/"}, {"url": "https://b.example"}], "/api"),
        ([{"url": "https://shop.example/api"}, {"url": "http://localhost:1/v1"}], "/v1"),
        ([{"url": "https://{h}/{v}", "variables": {"v": {"default": "v3"}}}], "/v3"),
        ([{"url": "v4"}], "/v4"),
        ("https://shop.example", ""),
    ],
    ids=[
        *("no servers", "the root", "a path", "a whole URL", "one on this machine", "a variable"),
        *("from where the document is", "no list"),
    ],
)
def test_document_is_read_and_says_what_stands_before_its_paths(
    servers: object, prefix: str
) -> None:
    document = THREE if servers is None else {**THREE, "servers": servers}
    found = survey(site({"/openapi.json": document}))
    assert found.routes == ()
    assert document_of(found) == (prefix, document)
    assert found.frameworks == ("OpenAPI 3.1.0, /openapi.json",)


LINKED = '<script>SwaggerUIBundle({url: "/hidden/spec", dom_id: "#a"})</script>'
DJANGO = '<script>const u = "\\u002Fhidden\\u002Fspec\\u002Djson.json?format=openapi";</script>'
# id -> (pages, where it is found)
PLACES: dict[str, tuple[Pages, str]] = {
    "Litestar": ({"/schema/openapi.json": THREE}, "/schema/openapi.json"),
    "Django Ninja": ({"/api/openapi.json": THREE}, "/api/openapi.json"),
    "drf-spectacular, as YAML": ({"/api/schema/": YAML}, "/api/schema/"),
    "Flask-RESTX, Swagger 2": ({"/swagger.json": TWO}, "/swagger.json"),
    "Flasgger": ({"/apispec_1.json": TWO}, "/apispec_1.json"),
    "behind a slash": (
        {"/schema": ("301 Moved", "Location: /schema/\r\n", ""), "/schema/": THREE},
        "/schema/",
    ),
    "behind a redirect": (
        {
            "/openapi.json": ("302 Found", "Location: /static/api.yaml\r\n", ""),
            "/static/api.yaml": YAML,
        },
        "/openapi.json",
    ),
    "named by Swagger UI": ({"/docs": LINKED, "/hidden/spec": THREE}, "/hidden/spec"),
    "named by Redoc, from there": (
        {"/api/docs": '<redoc spec-url="../v9/all.yml"></redoc>', "/v9/all.yml": YAML},
        "/v9/all.yml",
    ),
    "named in letters of Django": (
        {"/redoc": DJANGO, "/hidden/spec-json.json?format=openapi": THREE},
        "/hidden/spec-json.json?format=openapi",
    ),
    "named by a script of the page": (
        {
            "/swagger/index.html": '<script src="./swagger-initializer.js"></script>',
            "/swagger/swagger-initializer.js": 'x = {"url": "..\\/my-docs"}',
            "/my-docs": THREE,
        },
        "/my-docs",
    ),
    "inside the page": (
        {"/schema": f"<script>const a = {{}}; Redoc.init({json.dumps(THREE)})</script>"},
        "/schema",
    ),
}


@pytest.mark.parametrize(("pages", "place"), PLACES.values(), ids=PLACES)
def test_document_is_found_where_frameworks_put_it(pages: Pages, place: str) -> None:
    found = survey(site(pages))
    assert found.frameworks[0].endswith(f", {place}")
    prefix, document = document_of(found)
    assert isinstance(document, dict)
    assert list(document["paths"]) == ["/orders"]
    assert prefix == ("/v2" if "swagger" in document else "")


def test_document_at_a_path_that_is_named_is_taken_before_others() -> None:
    pages = {"/openapi.json": TWO, "/mine?a=b": THREE}
    assert document_of(survey(site(pages), "/mine?a=b")) == ("", THREE)


async def by_https_only(reader: Reader, writer: Writer) -> None:
    async for head in heads(reader):
        is_told = b"X-Forwarded-Proto: https\r\n" in head
        writer.write(answer(THREE if is_told else ("301 Moved", "", "")))


def test_server_that_answers_by_https_only_is_told_of_it() -> None:
    assert document_of(survey(by_https_only)) == ("", THREE)


def test_server_that_no_proxy_tells_of_https_is_not_told_here() -> None:
    async def test() -> None:
        async with serving(by_https_only) as port:
            await openapi_survey(dataclasses.replace(subject(port), forwarded=False), SERVER)

    with pytest.raises(NoDocumentError, match=r"301: /openapi\.json"):
        asyncio.run(test())


async def by_its_name_only(reader: Reader, writer: Writer) -> None:
    async for head in heads(reader):
        is_named = b"Host: api.example.org\r\n" in head
        writer.write(answer(THREE if is_named else ("400 Bad Request", "", "")))


def test_server_that_takes_its_own_name_only_is_called_by_it() -> None:
    assert document_of(survey(by_its_name_only)) == ("", THREE)


async def by_those_who_are_known(reader: Reader, writer: Writer) -> None:
    async for head in heads(reader):
        is_known = b"X-Key: good\r\n" in head
        writer.write(answer(THREE if is_known else ("401 Unauthorized", "", "")))


def test_document_behind_a_login_is_asked_for_with_the_header_that_is_named() -> None:
    async def found(headers: SentHeaders) -> AppRoutes:
        async with serving(by_those_who_are_known) as port:
            return await openapi_survey(subject(port), SERVER, None, headers)

    assert document_of(asyncio.run(found((("X-Key", "good"),)))) == ("", THREE)
    with pytest.raises(NoDocumentError, match="--header 'Authorization: …' goes with these calls"):
        asyncio.run(found(()))


async def an_application_page(reader: Reader, writer: Writer) -> None:
    async for _ in heads(reader):
        writer.write(answer('<script src="/main.js"></script><a href="/openapi.json">'))


# id -> (server, words of the message)
NONE: dict[str, tuple[Serve, str]] = {
    "no such page": (site({}), "404: /openapi.json /schema/openapi.json"),
    "a login": (site({"/api/schema/": ("401 No", "", "")}), "401: /api/schema/"),
    "a page everywhere": (an_application_page, "200, no document: /openapi.json"),
    "a list": (site({"/swagger.json": []}), "200, no document: /swagger.json"),
    "an old version": (site({"/api": {"swagger": "1.2"}}), "200, no document: /api"),
    "a redirect to another server": (
        site({"/api": ("302 Found", "Location: https://b.example/openapi.json\r\n", "")}),
        "302: /api",
    ),
    "a redirect without an end": (site({"/api": ("302 F", "Location: /api\r\n", "")}), "302: /api"),
    "what a terminal minds": (
        site({"/api": ("200 \x1b[31m", "Content-Type: \x1b[31m\r\n", "\x1b[31m")}),
        "200, no document: /api",
    ),
}


@pytest.mark.parametrize(("says", "words"), NONE.values(), ids=NONE)
def test_server_without_a_document_is_told_with_all_that_was_tried(says: Serve, words: str) -> None:
    with pytest.raises(NoDocumentError) as caught:
        survey(says)
    text = str(caught.value)
    assert "expected a document of OpenAPI 3 or Swagger 2, as JSON or YAML" in text
    assert words in text
    assert "\x1b" not in text


def test_page_that_is_named_leads_to_the_document() -> None:
    pages = {"/mine": '<script>Scalar({"url": "spec"})</script>', "/spec": THREE}
    assert document_of(survey(site(pages), "/mine")) == ("", THREE)


def test_named_path_without_a_document_is_told() -> None:
    with pytest.raises(NoDocumentError, match="--openapi: found 404 at GET /mine; expected a doc"):
        survey(site({"/openapi.json": THREE}), "/mine")


def test_server_that_is_not_there_is_none() -> None:
    async def test(port: int) -> None:
        with pytest.raises(ServerFailed, match="nobody listens on that port"):
            await openapi_survey(subject(port), SERVER)

    with refusing_port() as port:
        run(test(port))


def test_document_in_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(YAML)
    assert document_of(document_in_file(file))[0] == ""
    file.write_text("openapi is not here\n")
    with pytest.raises(
        UsageError, match=r"api\.yaml: found 'openapi is not here'; expected openapi"
    ):
        document_in_file(file)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        document_in_file(tmp_path / "none")


def test_objects_in_one_another_are_not_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    around = '{"a": ' * 20 + '{"openapi": 1, "y": "' + "y" * 10_000 + '"}' + "}" * 20
    page = f'<script>spec = {{"swagger": "2.0", "paths": {{}}, "a": {around}}}</script>'
    assert embedded_document(page)
    monkeypatch.setattr("cors_harness.serving.survey.api_document.MOST_PARSED", 100_000)
    assert embedded_document(page) is None


def test_a_page_of_scripts_without_an_end_has_none() -> None:
    assert scripts_in("<script src='" * 40_000, "/docs") == ()
    (only,) = scripts_in("<script" * 40_000 + ' src="/a.js">', "/docs")
    assert only == "/a.js"


async def dribbles(reader: Reader, writer: Writer) -> None:
    async for _ in heads(reader):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
        with contextlib.suppress(ConnectionError):  # nobody reads it any more
            while not writer.is_closing():
                writer.write(b"1,")
                await writer.drain()
                await asyncio.sleep(0.01)


def test_answer_without_an_end_is_waited_for_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_search, "ANSWER_S", 0.2)
    with pytest.raises(ServerFailed, match=r"no answer: no whole answer within 0\.2 s$"):
        survey(dribbles, "/openapi.json")


def test_search_that_is_interrupted_ends_at_once() -> None:
    async def test() -> None:
        asked = asyncio.Event()

        async def says(reader: Reader, writer: Writer) -> None:
            asked.set()
            await dribbles(reader, writer)

        async with serving(says) as port:
            searching = asyncio.create_task(openapi_survey(subject(port), SERVER))
            await asked.wait()
            searching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await searching
            async with asyncio.timeout(10):  # less than an answer may take
                await asyncio.get_running_loop().shutdown_default_executor()

    asyncio.run(test())
