"""Messages of a forum, in pages."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route


async def messages(request):
    pages = {"X-Total-Count": "120", "Link": '</messages?page=2>; rel="next"'}
    return JSONResponse(["hello", "goodbye"], headers=pages)


app = Starlette(
    routes=[Route("/messages", messages)],
    middleware=[
        Middleware(
            CORSMiddleware,
            allow_origins=["https://app.example.com"],
            expose_headers=["X-Total-Count", "Link"],
        ),
    ],
)
