"""A Flask app that takes a POST only with the token that it gave out as JSON before."""

import secrets

import flask
from flask_cors import CORS

app = flask.Flask("csrf")
app.secret_key = "of a test"  # noqa: S105
app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="None")
CORS(
    app,
    origins=["https://app.example.com"],
    allow_headers=["X-CSRF-Token"],
    supports_credentials=True,
)


@app.get("/csrf")
def csrf() -> dict[str, str]:
    """The token, which is kept in the session too."""
    flask.session["token"] = secrets.token_urlsafe(16)
    return {"csrf_token": flask.session["token"]}


@app.get("/hostile")
def hostile() -> dict[str, str]:
    """A token that would be two header lines, and steers a terminal."""
    return {"csrf_token": "a\r\nX-Evil: 1", "\x1b[2J": "\x1b[2J"}


@app.get("/long")
def long() -> dict[str, str]:
    """A token behind more than is ever looked through."""
    return {"pad": "x" * 1_000_000, "csrf_token": "a"}


@app.post("/orders")
def orders() -> flask.Response | tuple[str, int]:
    """A new order."""
    if flask.request.headers.get("X-CSRF-Token") != flask.session.get("token", ""):
        return "wrong token", 403
    return flask.jsonify(ok=True)
