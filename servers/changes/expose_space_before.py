"""Search in a dictionary, in pages."""

from flask import Flask, jsonify

app = Flask(__name__)


@app.after_request
def allow_app(response):
    response.headers["Access-Control-Allow-Origin"] = "https://app.example.com"
    response.headers["Access-Control-Expose-Headers"] = "X-Total-Count, X-Page"
    return response


@app.get("/words")
def words():
    response = jsonify(["cors", "course"])
    response.headers["X-Total-Count"] = "120"
    response.headers["X-Page"] = "1"
    return response
