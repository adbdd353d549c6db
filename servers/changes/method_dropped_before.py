"""Contacts; the app may delete one."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["GET", "PUT", "DELETE"],
)


@app.put("/contacts/{number}")
def touch(number: int):
    return {"number": number}


@app.delete("/contacts/{number}")
def delete(number: int):
    return {"deleted": number}
