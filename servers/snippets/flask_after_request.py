"""The answer that most people find first: three headers on every response.

It works, also on a 404, a 401 and the 500 of a bug, for one origin and without cookies.
"""

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.after_request
def after_request(response):
    response.headers.add("Access-Control-Allow-Origin", "https://example.com")
    response.headers.add("Access-Control-Allow-Headers", "Content-Type,Authorization")
    response.headers.add("Access-Control-Allow-Methods", "GET,PUT,POST,DELETE,OPTIONS")
    return response


@app.route("/api/data", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def data():
    return jsonify(method=request.method)


@app.route("/api/error")
def error():
    raise RuntimeError("nobody catches this")
