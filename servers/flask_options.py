"""Flask with a route that answers OPTIONS itself: the widely copied mistake.

The CORS headers are on the answer to the preflight and nowhere else. The preflight passes, the
browser sends the request, the server does the work, and the page is still not allowed to read the
response. `flask_options_fixed` is the cure.
"""

from dataclasses import replace

from flask import Flask, request
from flask.typing import ResponseReturnValue

import fixed_headers
import flask_bare
from cors_harness.model.server import CorsPolicy

AN_HOUR = 3600  # seconds


def create_app(policy: CorsPolicy) -> Flask:
    """The bare app with an OPTIONS answer of its own on `/api/data`."""
    app = Flask(__name__)
    app.register_blueprint(flask_bare.routes)
    max_age = AN_HOUR if policy.max_age is None else policy.max_age
    headers = fixed_headers.preflight_headers(replace(policy, max_age=max_age))

    @app.route("/api/data", methods=[*flask_bare.METHODS, "OPTIONS"])
    def data() -> ResponseReturnValue:
        if request.method == "OPTIONS":
            return "", 204, headers
        return flask_bare.data()  # and this one says nothing about CORS

    return app
