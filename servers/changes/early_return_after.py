"""Votes in a poll; a form must send the token that its page got."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route


class CsrfMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        if request.method == "POST" and request.query_params.get("csrf") != "token":
            return JSONResponse({"error": "reload the page"}, status_code=403)
        return await call_next(request)


async def vote(request):
    return JSONResponse({"votes": 1})


cors = Middleware(CORSMiddleware, allow_origins=["https://app.example.com"], allow_methods=["POST"])
csrf = Middleware(CsrfMiddleware)
app = Starlette(
    routes=[Route("/votes", vote, methods=["POST"])],
    middleware=[csrf, cors],
)
