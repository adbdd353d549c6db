"""CORSMiddleware with `*` wherever it goes, and credentials.

People expect browsers to refuse `*` with credentials. The middleware answers with the origin that
asks instead, so every site gets in, with the user's cookies.
"""

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()

app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.api_route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
async def data(request: Request):
    return {"method": request.method}
