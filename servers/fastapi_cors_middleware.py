"""FastAPI with Starlette's CORSMiddleware, the whole policy given to it once for the whole app.

What surprises people: the 500 of an unhandled exception has no CORS headers, because it is made
outside of all middleware; a refused preflight is a 400 with some of the headers on it; `*` together
with credentials lets every origin in, with its cookies.
"""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

import fastapi_bare
from cors_harness.model.server import CorsPolicy

STARLETTE_MAX_AGE = 600  # seconds; what the middleware sends when it is not told


def create_app(policy: CorsPolicy) -> FastAPI:
    """The bare app behind CORSMiddleware."""
    app = fastapi_bare.create_app(policy)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=policy.allow_origins,
        allow_origin_regex=policy.allow_origin_regex,
        allow_methods=policy.allow_methods,
        allow_headers=policy.allow_headers,
        allow_credentials=policy.allow_credentials,
        expose_headers=policy.expose_headers,
        max_age=STARLETTE_MAX_AGE if policy.max_age is None else policy.max_age,
    )
    return app
