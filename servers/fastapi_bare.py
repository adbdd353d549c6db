"""FastAPI without a word about CORS: an OPTIONS request is 405, so every preflight fails."""

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel

from cors_harness.model.server import CorsPolicy

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

router = APIRouter()


class Item(BaseModel):
    """What POST /items/ takes; anything else is a 422."""

    name: str
    price: float


@router.api_route("/api/data", methods=METHODS)
async def data(request: Request, response: Response) -> dict[str, str]:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    response.headers["X-Total-Count"] = "3"
    return {"method": request.method}


@router.api_route("/api/list/", methods=["GET", "POST"])
async def items() -> dict[str, list[str]]:
    """Without the last slash FastAPI answers 307, which a browser follows after the preflight."""
    return {"items": ["a", "b", "c"]}


@router.get("/api/error")
async def error() -> None:
    """A bug that nobody handles: a 500 from outside of all middleware."""
    raise RuntimeError("this route always fails")


@router.post("/api/login")
async def login(response: Response, user: str = "ann") -> dict[str, str]:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return {"user": user}


@router.get("/api/me")
async def me(request: Request, user: str = "ann") -> dict[str, str]:
    """Says who is logged in, and 401 when the cookie did not come along."""
    if request.cookies.get(f"session-{user}") != "in":
        raise HTTPException(401, "not logged in")
    return {"user": user}


@router.get("/items/{item_id}")
async def read_item(item_id: int) -> dict[str, int]:
    """422 when the path holds no number."""
    return {"item_id": item_id}


@router.post("/items/")
async def create_item(item: Item) -> Item:
    """422 when the body is no item, and the page should be able to read why."""
    return item


def create_app(_policy: CorsPolicy) -> FastAPI:
    """The app as FastAPI makes it; no part of the policy is used."""
    app = FastAPI()
    app.include_router(router)
    return app
