"""A user's app, as text: what browsers call."""

APP = "shop:app"
ALLOWED = "https://app.example.com"
SHOP = f"""\
import asyncio
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["{ALLOWED}", "null"],
    allow_credentials=True,
    allow_methods=["PUT"],
    allow_headers=["Content-Type"],
    expose_headers=["X-Total"],
)


@app.put("/orders/{{number}}")
def change(number: int, order: dict, response: Response):
    response.headers["X-Total"] = "3"
    response.headers["X-Secret"] = "4"
    return {{"number": number, **order}}


@app.get("/login")
def login(response: Response):
    response.set_cookie("session", "1", secure=True, samesite="none")


@app.get("/hsts")
def hsts(response: Response):
    response.headers["Strict-Transport-Security"] = "max-age=600; includeSubDomains"


@app.get("/who")
def who(request: Request):
    return dict(request.cookies)


@app.get("/never")
async def never():
    Path("asked").touch()
    await asyncio.Event().wait()
"""
