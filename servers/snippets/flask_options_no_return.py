"""The OPTIONS branch that builds its response and forgets to return it.

The view returns None, Flask answers 500, and the preflight fails although curl, which sends none,
shows that every other method works.
"""

from flask import Flask, jsonify, make_response, request

app = Flask(__name__)


@app.route("/api/data", methods=["GET", "PUT", "OPTIONS"])
def data():
    if request.method == "OPTIONS":
        response = make_response()
        response.headers.add("Access-Control-Allow-Origin", "https://example.com")
        response.headers.add("Access-Control-Allow-Headers", "*")
        response.headers.add("Access-Control-Allow-Methods", "*")
    elif request.method in {"GET", "PUT"}:
        response = jsonify(method=request.method)
        response.headers.add("Access-Control-Allow-Origin", "https://example.com")
        return response
