"""Feature layers of a map, in pages."""

from flask import Flask, jsonify
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["https://app.example.com"], exposed_headers=["X-Total-Count"])


@app.get("/layers")
def layers():
    response = jsonify(["rivers", "roads"])
    response.headers["X-Total-Count"] = "120"
    return response
