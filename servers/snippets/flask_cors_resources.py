"""Flask-CORS for the paths under /api/, as its documentation begins.

What is elsewhere has no CORS headers. The key is a pattern, and `/api/*` means `/api` and any
number of slashes: `/api-keys` has them too.
"""

from flask import Flask, jsonify, request
from flask_cors import CORS

app = Flask(__name__)
CORS(app, resources={r"/api/*": {"origins": "https://example.com"}})


@app.route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
def data():
    return jsonify(method=request.method)


@app.route("/api-keys")
def keys():
    return jsonify(keys=["k1"])


@app.route("/login", methods=["POST"])
def login():
    return jsonify(user="ann")
