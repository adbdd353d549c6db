"""CORSMiddleware as tutorials have it: a list of origins, everything else allowed.

It is right, but for one thing: a bug's 500 has no CORS headers, and the page sees a CORS error.
"""

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()

origins = [
    "http://localhost",
    "http://localhost:3000",
    "https://example.com",
]

app.add_middleware(
    CORSMiddleware,
    allow_origins=origins,
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.api_route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
async def data(request: Request):
    return {"method": request.method}


@app.get("/api/error")
async def error():
    raise RuntimeError("nobody catches this")
