"""Orders as JSON."""

from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/orders")
async def order(request: Request, body: dict[str, int]):
    return {"pieces": body["pieces"], "from": request.headers.get("Origin")}
