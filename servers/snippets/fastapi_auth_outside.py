"""CORSMiddleware, and a guard added after it: what is added last stands outermost.

The guard answers the preflight with a bare 401 before CORSMiddleware hears of it, and every other
refusal of its is unreadable too.
"""

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

app = FastAPI()

app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://example.com"],
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.middleware("http")
async def require_token(request: Request, call_next):
    if request.headers.get("Authorization") != "Bearer secret":
        return JSONResponse({"detail": "Not authenticated"}, status_code=401)
    return await call_next(request)


@app.api_route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
async def data(request: Request):
    return {"method": request.method}
