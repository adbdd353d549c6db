"""Invoices of a customer, read by the pages of example.com."""

from flask import Flask, jsonify
from flask_cors import CORS

app = Flask(__name__)
CORS(
    app,
    origins=[r"https://.*\.example\.com"],
    supports_credentials=True,
)


@app.get("/invoices")
def invoices():
    return jsonify([{"number": 1, "total": 120}])
