"""Flask-CORS with "all our subdomains" as a pattern: dots that match anything, and no end.

Flask-CORS matches from the start of the origin and does not ask where the match ends, so that
`https://example.com.attacker.example` is let in, and the dot lets `https://examplexcom.test` in.
"""

from flask import Flask, jsonify, request
from flask_cors import CORS

app = Flask(__name__)
CORS(app, origins=[r"https://.*example.com"], supports_credentials=True)


@app.route("/api/data", methods=["GET", "POST", "PUT", "DELETE"])
def data():
    return jsonify(method=request.method)
