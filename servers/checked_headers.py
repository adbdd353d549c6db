"""CORS headers written by hand for the origins that a policy names, as one does without a library.

Nothing is refused: every preflight is told the same lists, and the browser compares. `*` is sent as
it is, with credentials too, which no browser takes.
"""

from cors_harness.model.server import CorsPolicy


def response_headers(policy: CorsPolicy, origin: str | None) -> dict[str, str]:
    """What goes on every response to `origin`; it always says that others may get another one."""
    headers = {
        "Access-Control-Allow-Origin": _allowed(policy, origin),
        "Access-Control-Allow-Credentials": "true" if policy.allow_credentials else "",
        "Access-Control-Expose-Headers": ", ".join(policy.expose_headers),
    }
    is_allowed = bool(headers["Access-Control-Allow-Origin"])
    sent = {name: value for name, value in headers.items() if value and is_allowed}
    return sent | {"Vary": "Origin"}


def preflight_headers(policy: CorsPolicy, origin: str | None) -> dict[str, str]:
    """What goes on the answer to OPTIONS beside those."""
    if not _allowed(policy, origin):
        return {}
    headers = {
        "Access-Control-Allow-Methods": ", ".join(policy.allow_methods),
        "Access-Control-Allow-Headers": ", ".join(policy.allow_headers),
        "Access-Control-Max-Age": "" if policy.max_age is None else str(policy.max_age),
    }
    return {name: value for name, value in headers.items() if value}


def _allowed(policy: CorsPolicy, origin: str | None) -> str:
    if "*" in policy.allow_origins:
        return "*"
    return origin if origin in policy.allow_origins and origin else ""
