"""A login whose JSON brings a token and the ids of orders, behind more than a record keeps."""

import secrets
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from fastapi.middleware.cors import CORSMiddleware

app, tokens = FastAPI(), set[str]()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["GET", "POST", "PUT"],
    allow_headers=["Authorization", "Content-Type"],
)


@app.post("/login")
def login() -> dict[str, object]:
    """A new token each time."""
    token = secrets.token_urlsafe(32)
    tokens.add(token)
    order = f"{secrets.token_hex(4)}/é?"
    return {
        "pad": "x" * 10_000,
        "access_token": token,
        "data": {"items": [{"id": order}]},
    }


@app.get("/orders/{number:path}")
@app.put("/orders/{number:path}")
def order(number: str, authorization: Annotated[str, Header()] = "") -> dict[str, str]:
    """The order, for whoever has a token."""
    scheme, _, token = authorization.partition(" ")
    if scheme != "Bearer" or token not in tokens:
        raise HTTPException(401, "no token")
    return {"number": number}
