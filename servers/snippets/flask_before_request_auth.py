"""Headers on every response, and a guard that wants a token from everybody.

A preflight carries no Authorization, whatever the page sends later: it gets the 401, and a
preflight must have an ok status.
"""

from flask import Flask, abort, jsonify, request

app = Flask(__name__)


@app.before_request
def require_token():
    if request.headers.get("Authorization") != "Bearer secret":
        abort(401)


@app.after_request
def after_request(response):
    response.headers["Access-Control-Allow-Origin"] = "https://example.com"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
    response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE"
    return response


@app.route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
def data():
    return jsonify(method=request.method)
