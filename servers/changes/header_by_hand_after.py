"""Weather of the day; the app reads it, and may correct it."""

from flask import Flask, jsonify
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=["https://app.example.com"])


@app.after_request
def allow_app(response):
    response.headers.add("Access-Control-Allow-Origin", "https://app.example.com")
    return response


@app.get("/weather")
def weather():
    return jsonify(sky="grey")


@app.put("/weather")
def correct():
    return jsonify(sky="blue")
