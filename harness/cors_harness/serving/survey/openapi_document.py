"""openapi_survey(): what a server tells of itself in an OpenAPI document, by HTTP or in a file."""

import asyncio
import textwrap
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.route import Address
from cors_harness.model.server import APP
from cors_harness.model.subject import AppSubject, Subject
from cors_harness.model.survey import AppRoutes
from cors_harness.serving.reference.servers import Instance
from cors_harness.serving.servers_under_test import ServersUnderTest
from cors_harness.serving.survey.api_document import (
    EXPECTED,
    MOST_BYTES,
    ApiDocument,
    parsed_document,
)
from cors_harness.serving.survey.document_search import DocumentSearch, SilentServerError
from cors_harness.serving.survey.login import SentHeaders
from cors_harness.terms.origin import Origin
from cors_harness.text.json_values import JsonError

_TOLD_HTTPS = {"X-Forwarded-Proto": "https"}  # else a server for https only would redirect
WIDTH = 100
REFUSALS = frozenset(("401", "403"))


class NoDocumentError(UsageError):
    """The server has no OpenAPI document where one was looked for; the text says where."""


async def openapi_survey(
    subject: Subject, server: Origin, path: str | None = None, headers: SentHeaders = ()
) -> AppRoutes:
    """The document that a server has, and no routes beside it.

    Args:
        subject: the server, which is started for this.
        server: the origin that browsers call it by.
        path: where the document is; None: it is looked for, where frameworks put one.
        headers: what lets the harness in.

    Raises:
        NoDocumentError: there is none.
        UsageError: the command makes no sense, or there is no such app.
        ServerFailed: the server does not start, is not there, or gives no answer.
    """
    async with _address_of(subject, server) as address:
        told = subject.forwarded and not isinstance(subject, AppSubject)
        sent = dict(headers)
        if told and address.tls_name is None:
            sent |= _TOLD_HTTPS
        hosts = (str(server).partition("://")[2],) if address.tls_name is None else ()
        search = DocumentSearch(address, sent, hosts)
        try:
            return await asyncio.to_thread(_searched, search, path)
        finally:
            search.stop()  # where it was interrupted, its thread goes on


def document_in_file(file: Path) -> AppRoutes:
    """The document in a file; raises UsageError where there is none in it, or no file."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"--openapi: {file} cannot be read: {error.strerror}") from error
    try:
        return _routes(parsed_document(data), str(file))
    except JsonError as error:
        problems = "\n".join(flaw.problem(str(file)) for flaw in error.flaws)
        raise UsageError(f"--openapi: {problems}\n  expected {EXPECTED}") from None


@asynccontextmanager
async def _address_of(subject: Subject, server: Origin) -> AsyncIterator[Address]:
    """Where it listens, for as long as it is needed."""
    under_test = ServersUnderTest(subject)
    try:
        instance = Instance(key=APP, server=APP, scheme=server.scheme)
        yield (await under_test.add([instance]))[APP]
    finally:
        await under_test.stop()


def _searched(search: DocumentSearch, path: str | None) -> AppRoutes:
    try:
        found = search.anywhere() if path is None else search.at(path)
    except SilentServerError as error:
        raise ServerFailed(f"your server gives {error}") from error
    if found is None:
        raise NoDocumentError("\n".join(_nowhere(search.tried, path)))
    return _routes(found.document, found.path)


def _routes(document: ApiDocument, place: str) -> AppRoutes:
    kind = "Swagger" if document.version.startswith("2") else "OpenAPI"
    return AppRoutes(
        frameworks=(f"{kind} {document.version}, {place}",),
        routes=(),
        documents=((document.prefix, document.text),),
    )


def _nowhere(tried: Mapping[str, str], path: str | None) -> Iterator[str]:
    if path is not None:
        yield f"--openapi: found {tried.get(path, 'nothing')} at GET {path}; expected {EXPECTED}"
        return
    yield f"no OpenAPI document is found: expected {EXPECTED}"
    yield "  where frameworks put one, GET is answered:"
    by_answer: dict[str, list[str]] = {}
    for place, answer in tried.items():
        by_answer.setdefault(answer, []).append(place)
    for answer, places in by_answer.items():
        line = f"{answer}: {' '.join(places)}"
        yield textwrap.fill(
            line, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 6, break_on_hyphens=False
        )
    if REFUSALS & by_answer.keys():
        yield "  --header 'Authorization: …' goes with these calls, where a login keeps it back"
