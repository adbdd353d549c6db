"""Opening hours of a library, and its catalogue."""

from flask import Flask, jsonify
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["https://app.example.com"])


@app.get("/catalogue")
def catalogue():
    return jsonify(["Middlemarch", "Walden"])
