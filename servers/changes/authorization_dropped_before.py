"""Bookmarks, for whoever has the token; anybody may suggest one."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route


async def bookmarks(request):
    if request.headers.get("Authorization") != "Bearer secret":
        return JSONResponse({"error": "who are you?"}, status_code=401)
    return JSONResponse(["https://fetch.spec.whatwg.org/"])


async def suggest(request):
    return JSONResponse(await request.json(), status_code=202)


app = Starlette(
    routes=[
        Route("/bookmarks", bookmarks),
        Route("/suggestions", suggest, methods=["POST"]),
    ],
    middleware=[
        Middleware(
            CORSMiddleware,
            allow_origins=["https://app.example.com"],
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
        ),
    ],
)
