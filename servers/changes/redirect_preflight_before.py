"""Parcels to send."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["POST"],
    allow_headers=["Content-Type"],
)


@app.post("/parcels", status_code=201)
def send(parcel: dict[str, str]):
    return parcel
