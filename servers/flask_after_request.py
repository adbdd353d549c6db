"""Flask with an `after_request` function that puts fixed CORS headers on every response.

Nothing answers the preflight by hand: Flask answers OPTIONS for every route by itself, and the
function runs on that response as well, and on 404, 401, 308 and the 500 of an unhandled exception.
"""

from flask import Flask, Response

import fixed_headers
import flask_bare
from cors_harness.model.server import CorsPolicy


def create_app(policy: CorsPolicy) -> Flask:
    """The bare app, every response of which says who may read it."""
    app = flask_bare.create_app(policy)
    headers = fixed_headers.preflight_headers(policy)

    @app.after_request
    def add_cors_headers(response: Response) -> Response:
        response.headers.update(headers)
        return response

    return app
