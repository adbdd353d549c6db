"""The same with `*` for everything, to be sure, and credentials because the cookies were missing.

Browsers do not take `*` for an origin, a method or a header when credentials are included.
"""

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.after_request
def after_request(response):
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "*"
    response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


@app.route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
def data():
    return jsonify(method=request.method)
