"""Payments, each with a key of its own so that none is made twice."""

from flask import Flask, jsonify, request
from flask_cors import CORS

app = Flask(__name__)
CORS(
    app,
    origins=["https://app.example.com"],
    allow_headers=["Content-Type"],
)


@app.post("/payments")
def pay():
    return jsonify(paid=request.get_json()["amount"]), 201
