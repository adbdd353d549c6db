"""A FastAPI shop with fifty routes, behind CORSMiddleware as people configure it: for measuring.

By hand, from the checkout:

    cors-harness init --app tests.drafts.fifty_routes:app --origin https://app.example.com \
        --out /tmp/fifty.yaml
    cors-harness run --app tests.drafts.fifty_routes:app /tmp/fifty.yaml
"""

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel

THINGS = ("orders", "customers", "products", "invoices", "parcels")
PARTS = ("notes", "prices", "labels")


class Thing(BaseModel):
    """What every route takes and gives."""

    name: str
    count: int = 1


def create_app() -> FastAPI:
    """Five routers with ten routes each, one method a route."""
    app = FastAPI()
    for name in THINGS:
        app.include_router(_router(name))
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://app.example.com"],
        allow_methods=["*"],
        allow_headers=["Content-Type"],
    )
    return app


def _router(name: str) -> APIRouter:
    router = APIRouter(prefix=f"/{name}")
    router.add_api_route("", _listed, methods=["GET"])
    router.add_api_route("/new", _changed, methods=["POST"])
    router.add_api_route("/{number}", _shown, methods=["GET"])
    router.add_api_route("/{number}/change", _changed_one, methods=["PUT"])
    for part in PARTS:
        router.add_api_route(f"/{{number}}/{part}", _shown, methods=["GET"])
        router.add_api_route(f"/{{number}}/{part}/new", _changed_one, methods=["POST"])
    return router


def _listed() -> list[Thing]:
    return [Thing(name="a")]


def _shown(number: int) -> Thing:
    return Thing(name="a", count=number)


def _changed(thing: Thing) -> Thing:
    return thing


def _changed_one(number: int, thing: Thing) -> Thing:
    return Thing(name=thing.name, count=number)


app = create_app()
