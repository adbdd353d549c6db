"""A blog that everybody reads, and its drafts, for the editor."""

from flask import Flask, jsonify
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins="*")


@app.get("/posts")
def posts():
    return jsonify(["done"])


@app.get("/drafts")
def drafts():
    return jsonify(["not done"])
