"""CORSMiddleware with the origin from before the site had a certificate.

http and https are two origins: the site that is meant is refused.
"""

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()

app.add_middleware(
    CORSMiddleware,
    allow_origins=["http://example.com"],
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.api_route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
async def data(request: Request):
    return {"method": request.method}
