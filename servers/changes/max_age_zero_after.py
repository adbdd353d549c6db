"""Moves in a game."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["PUT"],
    max_age=0,
)


@app.put("/moves/{number}")
def move(number: int):
    return {"move": number}
