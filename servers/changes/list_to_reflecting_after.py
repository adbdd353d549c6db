"""Grades of a pupil, known by a cookie."""

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.after_request
def allow_front_ends(response):
    origin = request.headers.get("Origin")
    response.vary.add("Origin")
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


@app.get("/grades")
def grades():
    return jsonify(maths="A")
