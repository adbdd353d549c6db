"""Seats in a theatre; a seat is sold once."""

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse


class SeatTaken(Exception):
    pass


app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"])


@app.exception_handler(Exception)
async def conflict(request: Request, error: Exception):
    return JSONResponse({"error": str(error)}, status_code=409)


@app.get("/seats/{number}")
def seat(number: int):
    if number == 13:
        raise SeatTaken("13 is taken")
    return {"seat": number}
