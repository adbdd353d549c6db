"""Sizes of shoes in a shop."""

from flask import Flask, jsonify
from flask_cors import CORS

app = Flask(__name__)


@app.after_request
def allow_app(response):
    response.headers.add("Access-Control-Allow-Origin", "https://app.example.com")
    response.headers.add("Access-Control-Allow-Methods", "GET, PUT")
    return response


CORS(app, origins=["https://app.example.com"])


@app.get("/shoes")
def shoes():
    return jsonify(sizes=[38, 39])


@app.put("/shoes")
def order():
    return jsonify(ordered=38)
