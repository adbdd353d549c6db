"""gunicorn with sync workers, for a WSGI app: `gunicorn --config gunicorn_sync.py shop:app`."""

bind = "127.0.0.1:8000"
worker_class = "sync"
workers = 3  # each answers one request at a time; twice the cores and one more is usual
timeout = 30  # seconds; a worker that is silent for longer is replaced

# Whoever stands in front may say under which scheme and for whom it asks; nobody else may.
forwarded_allow_ips = "127.0.0.1"

# gunicorn answers 431 by itself to requests over these limits: without the app, without CORS
# headers. They have to hold what browsers send plus your cookies and tokens.
limit_request_fields = 100
limit_request_field_size = 8190  # bytes
