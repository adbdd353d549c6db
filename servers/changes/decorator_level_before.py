"""Recipes; the app says what is wrong when there is none."""

from flask import Flask, abort, jsonify
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["https://app.example.com"])


@app.get("/recipes/<name>")
def recipe(name):
    if name != "soup":
        abort(404)
    return jsonify(name=name)
