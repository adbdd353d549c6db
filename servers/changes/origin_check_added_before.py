"""A service on the user's own machine that starts jobs, for whoever reaches it."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

APP = "https://app.example.com"
app = FastAPI()


@app.post("/jobs")
def start(request: Request):
    return JSONResponse({"job": 7}, status_code=202)


@app.get("/jobs/7")
def job(request: Request):
    return JSONResponse({"job": 7, "state": "running"})
