"""CORSMiddleware with the origin copied from the address bar: the last slash never matches.

An origin has no path. Nothing warns about it; the headers are just not there.
"""

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()

app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://example.com/"],
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.api_route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
async def data(request: Request):
    return {"method": request.method}
