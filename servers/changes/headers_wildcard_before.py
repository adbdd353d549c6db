"""Settings of a user."""

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.after_request
def allow_app(response):
    response.headers["Access-Control-Allow-Origin"] = "https://app.example.com"
    response.headers["Access-Control-Allow-Credentials"] = "true"
    response.headers["Access-Control-Allow-Methods"] = "GET, PUT"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    return response


@app.get("/settings")
def settings():
    return jsonify(theme="dark")


@app.put("/settings")
def change():
    return jsonify(request.get_json())
