"""An app whose POST /call raises; uvicorn then sends a whole 500, and closes the connection."""

import asyncio

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origin_regex=".*",
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.post("/call")
async def call() -> None:
    raise KeyError("api_name")


@app.api_route("/orders", methods=["GET", "POST", "PUT"])
async def orders() -> list[int]:
    await asyncio.sleep(0.02)
    return [1]
