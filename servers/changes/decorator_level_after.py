"""Recipes; the app says what is wrong when there is none."""

from flask import Flask, abort, jsonify
from flask_cors import cross_origin

app = Flask(__name__)


@app.get("/recipes/<name>")
@cross_origin(origins=["https://app.example.com"])
def recipe(name):
    if name != "soup":
        abort(404)
    return jsonify(name=name)
