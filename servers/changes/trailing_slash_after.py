"""Orders of a shop."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com/"],
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.get("/orders/{number}")
def order(number: int):
    return {"number": number, "pieces": 1}


@app.put("/orders/{number}")
def change(number: int, pieces: dict[str, int]):
    return {"number": number, **pieces}
