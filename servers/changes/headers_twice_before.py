"""Sizes of shoes in a shop."""

from flask import Flask, jsonify

app = Flask(__name__)


@app.after_request
def allow_app(response):
    response.headers.add("Access-Control-Allow-Origin", "https://app.example.com")
    response.headers.add("Access-Control-Allow-Methods", "GET, PUT")
    return response


@app.get("/shoes")
def shoes():
    return jsonify(sizes=[38, 39])


@app.put("/shoes")
def order():
    return jsonify(ordered=38)
