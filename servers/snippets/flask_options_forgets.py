"""The OPTIONS branch with a helper for the preflight; the one for the response is never called.

The preflight passes, the work is done, and the page may not read how it went.
"""

from flask import Flask, jsonify, make_response, request

app = Flask(__name__)


@app.route("/api/data", methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def data():
    if request.method == "OPTIONS":
        return build_preflight_response()
    return jsonify(method=request.method)


def build_preflight_response():
    response = make_response()
    response.headers.add("Access-Control-Allow-Origin", "https://example.com")
    response.headers.add("Access-Control-Allow-Headers", "Content-Type")
    response.headers.add("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
    return response


def allow_reading(response):
    response.headers.add("Access-Control-Allow-Origin", "https://example.com")
    return response
