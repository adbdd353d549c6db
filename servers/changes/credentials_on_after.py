"""The basket of a shop, known by a cookie."""

from flask import Flask, jsonify, request
from flask_cors import CORS

app = Flask(__name__)
CORS(
    app,
    origins=["https://app.example.com"],
    supports_credentials=True,
)


@app.get("/basket")
def basket():
    return jsonify(basket=request.cookies.get("basket"))


@app.put("/basket")
def fill():
    return jsonify(basket=request.cookies.get("basket"))
