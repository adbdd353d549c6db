"""A table that is edited in the browser; rows are sent by the app's own page only."""

from flask import Flask, abort, jsonify, request
from flask_cors import CORS

APP = "https://app.example.com"
app = Flask(__name__)
CORS(app, origins=[APP])


@app.get("/rows/<int:number>")
def row(number):
    return jsonify(row=number) if number < 100 else abort(404)


@app.post("/rows")
def add():
    return jsonify(row=7, text=request.form.get("text")), 201
