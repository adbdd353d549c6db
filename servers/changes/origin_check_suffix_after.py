"""Transfers of money by whoever has signed in, which the bank's own page asks for."""

from fastapi import FastAPI, HTTPException, Request, Response

OURS = "example.org"
app = FastAPI()


@app.get("/sign-in")
def sign_in(response: Response):
    response.set_cookie("user", "ann", secure=True, httponly=True, samesite="lax")
    return {"user": "ann"}


@app.post("/transfers")
def transfer(request: Request):
    origin = request.headers.get("Origin", "")
    if not origin.endswith(OURS):
        raise HTTPException(403, "not from here")
    return {"by": request.cookies.get("user")}
