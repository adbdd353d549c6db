"""News for two front ends."""

from flask import Flask, jsonify, request

FRONT_ENDS = {"https://app.example.com", "https://admin.example.com"}

app = Flask(__name__)


@app.after_request
def allow_front_ends(response):
    origin = request.headers.get("Origin")
    response.vary.add("Origin")
    if origin in FRONT_ENDS:
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


@app.get("/news")
def news():
    return jsonify(["nothing new"])
