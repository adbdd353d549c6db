"""The diary of whoever has the token."""

from flask import Flask, abort, jsonify, request
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["https://app.example.com"])


@app.before_request
def require_token():
    if request.method == "OPTIONS":
        return
    if request.headers.get("Authorization") != "Bearer secret":
        abort(401)


@app.get("/diary")
def diary():
    return jsonify(["rain", "sun"])
