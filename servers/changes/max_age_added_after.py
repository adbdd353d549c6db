"""Positions of a bus, sent by its driver's app."""

from flask import Flask, jsonify
from flask_cors import CORS

app = Flask(__name__)
CORS(
    app,
    origins=["https://app.example.com"],
    max_age=3600,
)


@app.put("/positions")
def position():
    return jsonify(ok=True)
