"""waitress for a WSGI app, with a limit that somebody set when all requests were small.

A larger body gets a 413 from waitress itself: without the app, without CORS headers. The preflight
passes, and then the page sees a CORS error where it should see "too large".
"""

import socket
from collections.abc import Sequence
from wsgiref.types import WSGIApplication

import waitress


def serve(app: WSGIApplication, sockets: Sequence[socket.socket]) -> None:
    """Serves for ever."""
    waitress.serve(
        app,
        sockets=sockets,
        threads=8,
        trusted_proxy="127.0.0.1",
        trusted_proxy_count=1,
        trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto"},
        clear_untrusted_proxy_headers=True,
        max_request_body_size=1024,
        channel_timeout=3600,
        connection_limit=10_000,
        asyncore_use_poll=True,
    )
