"""The OpenAPI document of a server that runs already."""

import asyncio
import dataclasses
import json

import pytest
from tests.wire.tap_builders import Reader, Serve, Writer, always, refusing_port, run, serving

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.subject import UrlSubject
from cors_harness.model.survey import AppRoutes
from cors_harness.serving.survey.openapi_document import openapi_survey
from cors_harness.terms.origin import parse_origin

PATHS: dict[str, object] = {"/orders": {"get": {}}}
THREE = {"openapi": "3.1.0", "paths": PATHS}


def answer(body: object, status: str = "200 OK") -> Serve:
    text = body if isinstance(body, str) else json.dumps(body)
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    return always(f"{head}{text}".encode())


def survey(says: Serve) -> AppRoutes:
    async def found() -> AppRoutes:
        async with serving(says) as port:
            return await openapi_survey(subject(port))

    return asyncio.run(found())


def subject(port: int) -> UrlSubject:
    return UrlSubject(origin=parse_origin(f"http://localhost:{port}"))


@pytest.mark.parametrize(
    ("servers", "prefix"),
    [
        (None, ""),
        ([{"url": "/"}], ""),
        ([{"url": "/api/v1"}], "/api/v1"),
        ([{"url": "https://shop.example/api/"}, {"url": "/"}], "/api"),
    ],
    ids=["no servers", "the root", "a path", "a whole URL"],
)
def test_document_is_read_and_says_what_stands_before_its_paths(
    servers: object, prefix: str
) -> None:
    document = THREE if servers is None else {**THREE, "servers": servers}
    found = survey(answer(document))
    assert found.routes == ()
    assert [(before, json.loads(text)) for before, text in found.documents] == [(prefix, document)]


async def by_https_only(reader: Reader, writer: Writer) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    is_told = b"X-Forwarded-Proto: https\r\n" in head
    await answer(THREE if is_told else "", "200 OK" if is_told else "301 Moved")(_fed(head), writer)


def _fed(head: bytes) -> Reader:
    reader = Reader()
    reader.feed_data(head)
    reader.feed_eof()
    return reader


def test_server_that_answers_by_https_only_is_told_of_it() -> None:
    ((_, text),) = survey(by_https_only).documents
    assert json.loads(text) == THREE


def test_server_that_no_proxy_tells_of_https_is_not_told_here() -> None:
    async def test() -> None:
        async with serving(by_https_only) as port:
            await openapi_survey(dataclasses.replace(subject(port), forwarded=False))

    with pytest.raises(UsageError, match="answered with status 301"):
        asyncio.run(test())


NONE = {
    "no such page": (answer("{}", "404 Not Found"), "answered with status 404"),
    "a page": (answer("<p>hello"), "answered with something else"),
    "a list": (answer([]), "answered with something else"),
    "Swagger 2": (answer({"swagger": "2.0", "paths": PATHS}), "answered with something else"),
}


@pytest.mark.parametrize(("says", "phrases"), NONE.values(), ids=NONE)
def test_server_without_a_document_is_asked_for_its_app(says: Serve, phrases: str) -> None:
    with pytest.raises(UsageError) as caught:
        survey(says)
    assert f"GET /openapi.json is {phrases}; expected an OpenAPI 3 document" in str(caught.value)
    assert "--app module:app" in str(caught.value)


def test_server_that_is_not_there_is_none() -> None:
    async def test(port: int) -> None:
        with pytest.raises(ServerFailed, match="nobody listens on that port"):
            await openapi_survey(subject(port))

    with refusing_port() as port:
        run(test(port))
