"""gunicorn with sync workers, hardened by somebody who counted the headers of curl.

A browser sends more than eight: gunicorn answers 431 (before 25: 400) by itself, without
the app, without CORS headers. `curl -H 'Origin: ...'` sends four and finds nothing wrong.
"""

bind = "127.0.0.1:8000"
worker_class = "sync"
workers = 3
timeout = 30
forwarded_allow_ips = "127.0.0.1"
limit_request_fields = 8
