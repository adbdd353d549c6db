"""Apps that say in the file `life` what they have lived through, and some that do not end well."""

import asyncio
import atexit
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import fastapi
import flask
from fastapi.middleware.cors import CORSMiddleware


def note(text: str) -> None:
    with Path("life").open("a") as file:
        file.write(f"{text}\n")


@contextlib.asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[dict[str, str]]:
    note("startup")
    yield {"pool": "open"}
    await asyncio.sleep(0.05)
    note("shutdown")


atexit.register(note, "atexit")
app = fastapi.FastAPI(lifespan=lifespan)
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"])


@app.get("/orders")
async def orders(request: fastapi.Request) -> str:
    return str(request.state.pool)


@app.get("/forever")
async def forever() -> None:
    await asyncio.Event().wait()


wsgi = flask.Flask("wsgi")


@wsgi.get("/orders")
def orders_by_wsgi() -> str:
    return "open"


@wsgi.get("/forever")
def forever_by_wsgi() -> str:
    time.sleep(3600)
    return "never"


def missing_settings() -> None:
    raise KeyError("DATABASE_URL")


@contextlib.asynccontextmanager
async def broken_lifespan(_app: Any) -> AsyncIterator[None]:
    missing_settings()
    yield


broken = fastapi.FastAPI(lifespan=broken_lifespan)


async def brief(scope: Any, receive: Any, send: Any) -> None:
    """An app that says why its startup failed, and raises nothing."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})


async def without_lifespan(scope: Any, _receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"open"})


def lingering() -> flask.Flask:
    """An app with a thread that Python would wait for, without end."""
    threading.Thread(target=time.sleep, args=(3600,), name="poller").start()
    return wsgi
