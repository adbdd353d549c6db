"""Documents that the app edits and removes."""

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/documents/<int:number>", methods=["DELETE", "OPTIONS"])
def document(number):
    if request.method == "OPTIONS":
        return "", 204
    response = jsonify(removed=number)
    response.headers["Access-Control-Allow-Origin"] = "https://app.example.com"
    return response
