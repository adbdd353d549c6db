"""Flask with a route that answers OPTIONS itself, and does not forget the other responses.

Only `/api/data` is covered: a 404, a redirect or an unhandled exception still comes without CORS
headers, and the page sees a CORS error where it should see the status.
"""

from dataclasses import replace

from flask import Flask, Response, make_response, request

import fixed_headers
import flask_bare
from cors_harness.model.server import CorsPolicy

AN_HOUR = 3600  # seconds


def create_app(policy: CorsPolicy) -> Flask:
    """The bare app whose `/api/data` answers the preflight and lets the response be read."""
    app = Flask(__name__)
    app.register_blueprint(flask_bare.routes)
    max_age = AN_HOUR if policy.max_age is None else policy.max_age
    preflight = fixed_headers.preflight_headers(replace(policy, max_age=max_age))
    readable = fixed_headers.response_headers(policy)

    @app.route("/api/data", methods=[*flask_bare.METHODS, "OPTIONS"])
    def data() -> Response:
        if request.method == "OPTIONS":
            return make_response("", 204, preflight)
        response = make_response(flask_bare.data())
        response.headers.update(readable)
        return response

    return app
