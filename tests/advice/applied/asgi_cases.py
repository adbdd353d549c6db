"""Mistakes in FastAPI and Starlette apps."""

from collections.abc import Iterator

from tests.advice.applied.case import (
    COOKIES,
    COUNT,
    CRASH,
    GET,
    LOGGED_IN,
    OK,
    PUT,
    WITHOUT_SLASH,
    Case,
    status,
)

from cors_harness.model.advice import FixTarget, Mistake

FASTAPI = """\
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from starlette.middleware.base import BaseHTTPMiddleware

app = FastAPI()

{setup}

@app.api_route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
async def data(request: Request):
    return JSONResponse({{"method": request.method}}, headers={{"X-Total-Count": "3"}})


@app.api_route("/api/list/", methods=["GET", "PUT"])
async def items():
    return ["a", "b"]


@app.get("/api/error")
async def error():
    raise RuntimeError("nobody catches this")
"""
STARLETTE = """\
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def data(request):
    return JSONResponse({{"method": request.method}}, headers={{"X-Total-Count": "3"}})


async def items(request):
    return JSONResponse(["a", "b"])


async def error(request):
    raise RuntimeError("nobody catches this")


routes = [
    Route("/api/data", data, methods=["GET", "PUT"]),
    Route("/api/list/", items, methods=["GET", "PUT"]),
    Route("/api/error", error),
]
app = Starlette(routes=routes)

{setup}
"""
RIGHT = 'allow_origins=["https://app.example.com"], allow_methods=["*"], allow_headers=["*"]'
OTHER = RIGHT.replace("app.example.com", "www.example.com")
GUARD = """\
async def require_token(request: Request, call_next):
    if request.headers.get("Authorization") != "Bearer secret":
        return JSONResponse({"detail": "Not authenticated"}, status_code=401)
    return await call_next(request)

app.add_middleware(BaseHTTPMiddleware, dispatch=require_token)
"""
BY_HAND = """\
async def by_hand(request: Request, call_next):
    response = await call_next(request)
    response.headers.append("Access-Control-Allow-Origin", "{origin}")
    return response

app.add_middleware(BaseHTTPMiddleware, dispatch=by_hand)
"""
OPTIONS_BY_HAND = """\
async def options_by_hand(request: Request, call_next):
    if request.method != "OPTIONS":
        return await call_next(request)
    headers = {{
        "Access-Control-Allow-Origin": "https://app.example.com",
        "Access-Control-Allow-Methods": "{methods}",
        "Access-Control-Allow-Headers": "Content-Type",
    }}
    return Response(status_code={code}, headers=headers)

app.add_middleware(BaseHTTPMiddleware, dispatch=options_by_hand)
"""


def added(arguments: str) -> str:
    return f"app.add_middleware(CORSMiddleware, {arguments})\n"


def by_hand(origin: str = "https://app.example.com") -> str:
    return BY_HAND.format(origin=origin)


def options(methods: str = "PUT", code: int = 200) -> str:
    return OPTIONS_BY_HAND.format(methods=methods, code=code)


def both(
    name: str,
    mistake: Mistake,
    setup: str,
    request: str,
    expect: str = OK,
    *,
    behind: str = "",
) -> Iterator[Case]:
    """The same mistake in FastAPI and in Starlette."""
    for where, source, made_of in (
        (FixTarget.FASTAPI, FASTAPI, ("fastapi", "starlette", "uvicorn")),
        (FixTarget.STARLETTE, STARLETTE, ("starlette", "uvicorn")),
    ):
        yield Case(
            server=f"{where.value.lower()}-{name}",
            mistake=mistake,
            where=where,
            request=request,
            expect=expect,
            source=source.format(setup=setup),
            interface="asgi",
            versions=made_of,
            behind=behind,
        )


NO_METHODS = added(RIGHT.replace('methods=["*"]', 'methods=["GET"]'))
NO_HEADERS = added(RIGHT.replace('headers=["*"]', "headers=[]"))
WITH_SLASH = added(RIGHT.replace(".com", ".com/"))
BEHIND = "nginx-uvicorn-untrusted"
TO_HTTPS = """\
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware
app.add_middleware(HTTPSRedirectMiddleware)
"""
SEVERAL = "https://www.example.com, https://app.example.com"

CASES = (
    *both("no-cors", Mistake.ORIGIN_MISSING, "", GET),
    *both("no-cors-preflight", Mistake.PREFLIGHT_ROUTE, "", PUT),
    *both("no-cors-slash", Mistake.PREFLIGHT_REDIRECT, "", WITHOUT_SLASH),
    *both("other-origin", Mistake.ORIGIN_MISSING, added(OTHER), GET),
    *both("other-origin-preflight", Mistake.ORIGIN_MISSING, added(OTHER), PUT),
    *both("slash-in-origin", Mistake.ORIGIN_MISSING, WITH_SLASH, PUT),
    *both("method", Mistake.METHOD, NO_METHODS, PUT),
    *both("header", Mistake.HEADER, NO_HEADERS, LOGGED_IN),
    *both("crash", Mistake.CRASH, added(RIGHT), CRASH, status(500)),
    *both("auth-outside", Mistake.PREFLIGHT_AUTH, added(RIGHT) + GUARD, LOGGED_IN),
    *both("auth-outside-401", Mistake.ERROR, added(RIGHT) + GUARD, GET, status(401)),
    *both("wildcard", Mistake.WILDCARD_CREDENTIALS, added('allow_origins=["*"]'), COOKIES),
    *both("credentials", Mistake.CREDENTIALS, added(RIGHT), COOKIES),
    *both("expose", Mistake.NOT_EXPOSED, added(RIGHT), GET, COUNT),
    *both("twice", Mistake.TWICE, added(RIGHT) + by_hand(), GET),
    *both("by-hand-other", Mistake.ORIGIN_MISMATCH, by_hand("https://www.example.com"), GET),
    *both("by-hand-several", Mistake.SEVERAL_IN_ONE, by_hand(SEVERAL), GET),
    *both("options-only", Mistake.ONLY_ON_PREFLIGHT, options(), PUT),
    *both("options-invalid", Mistake.LIST_INVALID, options("GET PUT"), PUT),
    *both("options-broken", Mistake.PREFLIGHT_ERROR, options(code=500), PUT),
    *both("to-http", Mistake.REDIRECTED_TO_HTTP, added(RIGHT), "{path: /api/list}", behind=BEHIND),
    *both("https-inside", Mistake.HTTPS_UNTOLD, TO_HTTPS + added(RIGHT), GET, behind=BEHIND),
    *both("https-outside", Mistake.HTTPS_UNTOLD, added(RIGHT) + TO_HTTPS, PUT, behind=BEHIND),
)
