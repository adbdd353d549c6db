"""The answer for Bottle that most people find: a hook, and no route for OPTIONS.

Simple requests work; every preflight gets 405, with all the right headers on it.
"""

from bottle import Bottle, request, response

app = Bottle()


@app.hook("after_request")
def enable_cors():
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "PUT, GET, POST, DELETE, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = (
        "Origin, Accept, Content-Type, X-Requested-With, X-CSRF-Token"
    )


@app.route("/api/data", method=["GET", "POST", "PUT"])
def data():
    return {"method": request.method}
