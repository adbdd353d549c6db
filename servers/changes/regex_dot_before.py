"""Readings of the meters in a house, for the app and its previews of a branch."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origin_regex=r"https://app\.example\.com",
    allow_credentials=True,
)


@app.get("/readings")
def readings():
    return [{"meter": "water", "value": 42}]
