"""An app with state: a name is taken once. `POST /testing/reset` forgets them all."""

import os
from pathlib import Path

from fastapi import FastAPI, HTTPException
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel

NAMES: set[str] = set()
Path(f"started-{os.environ['CORS_HARNESS_ENGINE']}").touch()


class User(BaseModel):
    """What a page sends."""

    name: str


app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.post("/users", status_code=201)
async def create(user: User) -> User:
    """Takes a name."""
    if user.name in NAMES:
        raise HTTPException(409)
    NAMES.add(user.name)
    return user


@app.get("/users/{name}")
async def show(name: str) -> User:
    """Shows a user."""
    if name not in NAMES:
        raise HTTPException(404)
    return User(name=name)


@app.post("/testing/reset", status_code=204)
async def reset() -> None:
    """Forgets every name."""
    NAMES.clear()
