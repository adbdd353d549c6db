r"""Flask with the flask-cors extension, the whole policy given to it once for the whole app.

What surprises people: a regular expression is matched at the start of the origin only, so
`https://.*\.example\.org` lets `https://a.example.org.evil.com` in; `max_age=0` is not sent;
`*` together with credentials lets every origin in, with its cookies.
"""

import re
from typing import Any

from flask import Flask
from flask_cors import CORS

import flask_bare
from cors_harness.model.server import CorsPolicy


def create_app(policy: CorsPolicy) -> Flask:
    """The bare app with `CORS(app, ...)`."""
    app = flask_bare.create_app(policy)
    CORS(app, **cors_options(policy))
    return app


def cors_options(policy: CorsPolicy) -> dict[str, Any]:
    """What `CORS(app, ...)` is given for the policy."""
    return {
        "origins": _origins(policy),
        "methods": _methods(policy),
        "allow_headers": list(policy.allow_headers),
        "supports_credentials": policy.allow_credentials,
        "expose_headers": list(policy.expose_headers),
        "max_age": policy.max_age,
    }


def _origins(policy: CorsPolicy) -> list[str | re.Pattern[str]]:
    regex = policy.allow_origin_regex
    return [*policy.allow_origins, *([re.compile(regex)] if regex else [])]


def _methods(policy: CorsPolicy) -> list[str]:
    """The extension knows no `*` for methods; the seven it allows by itself come nearest."""
    if "*" in policy.allow_methods:
        return ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
    return list(policy.allow_methods)
