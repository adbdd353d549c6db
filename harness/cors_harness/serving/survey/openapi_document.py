"""openapi_survey(): what the user's server tells of itself in an OpenAPI document, over HTTP."""

import asyncio
import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.route import Address
from cors_harness.model.subject import CommandSubject, UrlSubject
from cors_harness.model.survey import AppRoutes
from cors_harness.serving.survey.connection import connected
from cors_harness.serving.user.server import user_server

PATH = "/openapi.json"
_TOLD_HTTPS = {"X-Forwarded-Proto": "https"}  # else a server for https only would redirect


async def openapi_survey(subject: CommandSubject | UrlSubject) -> AppRoutes:
    """The document that the server has at /openapi.json, and no routes beside it.

    Raises:
        UsageError: the command makes no sense, or there is no such document.
        ServerFailed: the server does not start, or is not there.
    """
    server = user_server(subject)
    try:
        address = (await server.start()).address
        told = subject.forwarded and address.tls_name is None
        return await _read(address, _TOLD_HTTPS if told else {})
    finally:
        await server.stop()


async def _read(address: Address, told: Mapping[str, str]) -> AppRoutes:
    try:
        status, body = await asyncio.to_thread(_fetched, address, told)
    except (OSError, HTTPException) as error:
        raise ServerFailed(f"your server gives GET {PATH} no answer: {error}") from error
    if status != 200:
        raise _no_document(f"answered with status {status}")
    document = _document(body)
    if document is None:
        raise _no_document("answered with something else")
    documents = ((_base_path(document), json.dumps(document)),)
    return AppRoutes(frameworks=("OpenAPI",), routes=(), documents=documents)


def _no_document(answer: str) -> UsageError:
    return UsageError(
        f"the routes of your server cannot be read: GET {PATH} is {answer}; "
        "expected an OpenAPI 3 document\n"
        "  a Flask, FastAPI or Starlette app tells them without it: --app module:app"
    )


def _fetched(address: Address, told: Mapping[str, str]) -> tuple[int, bytes]:
    connection = HTTPConnection(address.tls_name or address.host, address.port)
    with connected(address) as connection.sock:
        connection.request("GET", PATH, headers={"Accept": "application/json", **told})
        response = connection.getresponse()
        return response.status, response.read()


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    is_three = isinstance(document, dict) and str(document.get("openapi", "")).startswith("3.")
    return document if is_three and isinstance(document.get("paths", {}), dict) else None


def _base_path(document: dict[str, Any]) -> str:
    """The path that all its paths begin with: https://spec.openapis.org/oas/v3.1.0.html#server-object."""
    first: dict[str, str] = next(iter(document.get("servers", ())), {})
    path = urlsplit(first.get("url", "")).path.strip("/")
    return f"/{path}" if path else ""
