"""Rooms of a hotel, under /v1."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware


def versioned(api: FastAPI, version: str) -> FastAPI:
    outer = FastAPI(title=api.title)
    outer.include_router(api.router, prefix=f"/{version}")
    return outer


app = FastAPI(title="Hotel")


@app.get("/rooms")
def rooms():
    return [{"room": 1}]


@app.put("/rooms")
def book():
    return {"room": 1}


app = versioned(app, "v1")
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["*"],
)
