"""Settings of a user, as JSON: other pages would need a preflight to send it."""

from flask import Flask, jsonify, request
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["https://app.example.com"])


@app.post("/settings")
def change():
    return jsonify(theme=request.get_json(force=True)["theme"])
