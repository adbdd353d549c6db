"""Notes, for whoever has the token."""

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

app = FastAPI()


async def require_token(request: Request, call_next):
    if request.headers.get("Authorization") != "Bearer secret":
        return JSONResponse({"detail": "Not authenticated"}, status_code=401)
    return await call_next(request)


app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_headers=["Authorization"],
)
app.middleware("http")(require_token)


@app.get("/notes")
def notes():
    return ["milk", "bread"]
