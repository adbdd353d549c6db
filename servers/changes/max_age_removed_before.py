"""Scores of a game."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route


async def score(request):
    return JSONResponse({"score": 7})


app = Starlette(
    routes=[Route("/score", score, methods=["PUT"])],
    middleware=[
        Middleware(
            CORSMiddleware,
            allow_origins=["https://app.example.com"],
            allow_methods=["PUT"],
            max_age=7200,
        ),
    ],
)
