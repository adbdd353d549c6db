"""gunicorn for an ASGI app, without a word about the worker class.

The default is `sync`, which calls the app as a WSGI app. Every request is a 500 that gunicorn makes
by itself, and as that has no CORS headers, browsers report a CORS error; the log has the TypeError.
"""

bind = "127.0.0.1:8000"
workers = 2
timeout = 30
forwarded_allow_ips = "127.0.0.1"
