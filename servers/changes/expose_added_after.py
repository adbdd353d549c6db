"""Invoices as files to save under the name that the server gives."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import PlainTextResponse

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    expose_headers=["Content-Disposition"],
)


@app.get("/invoices/{number}.csv")
def invoice(number: int):
    named = {"Content-Disposition": f'attachment; filename="invoice-{number}.csv"'}
    return PlainTextResponse("piece,price\n", media_type="text/csv", headers=named)
