"""Prices in stock; one of them cannot be worked out."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

api = FastAPI()


@api.get("/prices/{piece}")
def price(piece: int):
    return {"price": 100 / piece}


app = CORSMiddleware(api, allow_origins=["https://app.example.com"])
