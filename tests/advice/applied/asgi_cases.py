"""Mistakes in FastAPI and Starlette apps."""

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

from cors_harness.model.advice import Mistake, Where

FASTAPI = """\
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

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
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route


async def data(request):
    return JSONResponse({{"method": request.method}}, headers={{"X-Total-Count": "3"}})


async def error(request):
    raise RuntimeError("nobody catches this")


routes = [Route("/api/data", data, methods=["GET", "PUT"]), Route("/api/error", error)]
app = Starlette(routes=routes)

{setup}
"""
ADDED = "app.add_middleware(CORSMiddleware, {arguments})\n"
RIGHT = 'allow_origins=["https://app.example.com"], allow_methods=["*"], allow_headers=["*"]'
OTHER = 'allow_origins=["https://www.example.com"], allow_methods=["*"], allow_headers=["*"]'
GUARD = """\
@app.middleware("http")
async def require_token(request: Request, call_next):
    if request.headers.get("Authorization") != "Bearer secret":
        return JSONResponse({"detail": "Not authenticated"}, status_code=401)
    return await call_next(request)

"""
BY_HAND = """\
@app.middleware("http")
async def by_hand(request: Request, call_next):
    response = await call_next(request)
    response.headers.append("Access-Control-Allow-Origin", "https://app.example.com")
    return response

"""


def added(arguments: str) -> str:
    return ADDED.format(arguments=arguments)


def fastapi(
    name: str,
    mistake: Mistake,
    setup: str,
    request: str,
    expect: str = OK,
    *,
    behind: str = "",
) -> Case:
    return Case(
        server=f"fastapi-{name}",
        mistake=mistake,
        where=Where.FASTAPI,
        request=request,
        expect=expect,
        source=FASTAPI.format(setup=setup),
        behind=behind,
        interface="asgi",
        versions=("fastapi", "starlette", "uvicorn"),
    )


def starlette(name: str, mistake: Mistake, setup: str, request: str, expect: str = OK) -> Case:
    return Case(
        server=f"starlette-{name}",
        mistake=mistake,
        where=Where.STARLETTE,
        request=request,
        expect=expect,
        source=STARLETTE.format(setup=setup),
        interface="asgi",
        versions=("starlette", "uvicorn"),
    )


CASES = (
    fastapi("no-cors", Mistake.ORIGIN_MISSING, "", GET),
    fastapi("no-cors-preflight", Mistake.PREFLIGHT_ROUTE, "", PUT),
    fastapi("no-cors-slash", Mistake.PREFLIGHT_REDIRECT, "", WITHOUT_SLASH),
    fastapi("other-origin", Mistake.ORIGIN_MISSING, added(OTHER), GET),
    fastapi("other-origin-preflight", Mistake.ORIGIN_MISSING, added(OTHER), PUT),
    fastapi(
        "slash-in-origin",
        Mistake.ORIGIN_MISSING,
        added(RIGHT.replace(".com", ".com/")),
        PUT,
    ),
    fastapi(
        "method", Mistake.METHOD, added(RIGHT.replace('methods=["*"]', 'methods=["GET"]')), PUT
    ),
    fastapi(
        "header",
        Mistake.HEADER,
        added(RIGHT.replace('headers=["*"]', "headers=[]")),
        LOGGED_IN,
    ),
    fastapi("crash", Mistake.CRASH, added(RIGHT), CRASH, status(500)),
    fastapi("auth-outside", Mistake.PREFLIGHT_AUTH, added(RIGHT) + GUARD, LOGGED_IN),
    fastapi("auth-outside-401", Mistake.ERROR, added(RIGHT) + GUARD, GET, status(401)),
    fastapi("wildcard", Mistake.WILDCARD_CREDENTIALS, added('allow_origins=["*"]'), COOKIES),
    fastapi("credentials", Mistake.CREDENTIALS, added(RIGHT), COOKIES),
    fastapi("expose", Mistake.NOT_EXPOSED, added(RIGHT), GET, COUNT),
    fastapi("twice", Mistake.TWICE, added(RIGHT) + BY_HAND, GET),
    fastapi(
        "to-http",
        Mistake.REDIRECTED_TO_HTTP,
        added(RIGHT),
        "{path: /api/list}",
        behind="nginx-uvicorn-untrusted",
    ),
    starlette("no-cors", Mistake.ORIGIN_MISSING, "", GET),
    starlette("other-origin", Mistake.ORIGIN_MISSING, added(OTHER), PUT),
    starlette(
        "method", Mistake.METHOD, added(RIGHT.replace('["*"], allow_h', '["GET"], allow_h')), PUT
    ),
    starlette(
        "header", Mistake.HEADER, added(RIGHT.replace('headers=["*"]', "headers=[]")), LOGGED_IN
    ),
    starlette("crash", Mistake.CRASH, added(RIGHT), CRASH, status(500)),
    starlette("credentials", Mistake.CREDENTIALS, added(RIGHT), COOKIES),
    starlette("expose", Mistake.NOT_EXPOSED, added(RIGHT), GET, COUNT),
    starlette("no-cors-preflight", Mistake.PREFLIGHT_ROUTE, "", PUT),
)
