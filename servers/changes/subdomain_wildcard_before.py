"""Photos of a user, known by a cookie."""

from flask import Flask, jsonify
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["https://app.example.com"], supports_credentials=True)


@app.get("/photos")
def photos():
    return jsonify(["sea.jpg"])
