"""Prices in stock; one of them cannot be worked out."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

api = FastAPI()


@api.get("/prices/{piece}")
def price(piece: int):
    return {"price": 100 / piece}


api.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"])
app = api
