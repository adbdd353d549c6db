"""An app that holds something there is one of, as one does whose metrics have a port of their own.

The port is any free one, kept in a file, so that the second load wants the same.
"""

import socket
from pathlib import Path

import flask
import flask_cors

_kept = Path("port")
metrics = socket.socket()
metrics.bind(("127.0.0.1", int(_kept.read_text()) if _kept.exists() else 0))
metrics.listen()
_kept.write_text(str(metrics.getsockname()[1]))

app = flask.Flask(__name__)
flask_cors.CORS(app, origins=["https://app.example.com"])


@app.get("/orders")
def orders() -> list[int]:
    return [1]


@app.get("/bug")
def bug() -> str:
    raise LookupError("API_KEY=s3cret is missing")
