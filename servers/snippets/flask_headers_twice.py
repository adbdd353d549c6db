"""Two answers at once: Flask-CORS on the route, and headers by hand because it "did not work".

Each adds its Access-Control-Allow-Origin. A browser joins the two values and matches neither.
"""

from flask import Flask, jsonify, request
from flask_cors import cross_origin

app = Flask(__name__)


@app.after_request
def after_request(response):
    response.headers.add("Access-Control-Allow-Origin", "https://example.com")
    response.headers.add("Access-Control-Allow-Headers", "Content-Type,Authorization")
    response.headers.add("Access-Control-Allow-Methods", "GET,PUT,POST,DELETE,OPTIONS")
    return response


@app.route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
@cross_origin()
def data():
    return jsonify(method=request.method)
