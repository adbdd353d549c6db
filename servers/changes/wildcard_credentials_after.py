"""The menu of a canteen, and what each of its guests has ordered."""

from fastapi import Cookie, FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["*"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.get("/menu")
def menu():
    return ["soup", "pasta"]


@app.get("/account")
def account(guest: str = Cookie("nobody")):
    return {"guest": guest, "ordered": ["pasta"]}


@app.put("/account")
def order(guest: str = Cookie("nobody")):
    return {"guest": guest, "ordered": ["soup"]}
