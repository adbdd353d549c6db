"""CORS headers written by hand: the same on every response, whoever asks.

This is what most people write first, and its limits are part of the lesson: only one origin fits
into Access-Control-Allow-Origin, because the request's Origin is never looked at.
"""

from cors_harness.model.server import CorsPolicy


def response_headers(policy: CorsPolicy) -> dict[str, str]:
    """What a browser must find on the response itself before page code may read it.

    Two origins come out as `a, b`, which no browser accepts: a mistake seen often enough to keep.
    """
    headers = {
        "Access-Control-Allow-Origin": ", ".join(policy.allow_origins),
        "Access-Control-Allow-Credentials": "true" if policy.allow_credentials else "",
        "Access-Control-Expose-Headers": ", ".join(policy.expose_headers),
    }
    return {name: value for name, value in headers.items() if value}


def preflight_headers(policy: CorsPolicy) -> dict[str, str]:
    """What a browser reads from the answer to its OPTIONS request, and nowhere else."""
    headers = {
        "Access-Control-Allow-Methods": ", ".join(policy.allow_methods),
        "Access-Control-Allow-Headers": ", ".join(policy.allow_headers),
        "Access-Control-Max-Age": "" if policy.max_age is None else str(policy.max_age),
    }
    return response_headers(policy) | {name: value for name, value in headers.items() if value}
