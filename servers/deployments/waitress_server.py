"""waitress for a WSGI app, behind a proxy on the same machine."""

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
        # Only this one may say under which scheme and for whom it asks, by these headers.
        trusted_proxy="127.0.0.1",
        trusted_proxy_count=1,
        trusted_proxy_headers={"x-forwarded-for", "x-forwarded-proto"},
        clear_untrusted_proxy_headers=True,
        # Larger bodies get a 413 from waitress itself: without the app, without CORS headers.
        max_request_body_size=20 * 1024 * 1024,
        # Seconds that an idle connection is kept: longer than the proxy in front keeps it.
        channel_timeout=3600,
        connection_limit=10_000,
        asyncore_use_poll=True,
    )
