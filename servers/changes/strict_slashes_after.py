"""Tickets of a help desk."""

from flask import Flask, jsonify
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["https://app.example.com"])


@app.get("/tickets/")
def tickets():
    return jsonify(["printer"])


@app.post("/tickets/")
def create():
    return jsonify(number=2), 201
