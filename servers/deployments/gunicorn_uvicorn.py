"""gunicorn with uvicorn workers, for an ASGI app: `gunicorn --config gunicorn_uvicorn.py shop:app`.

The worker class is a package of its own, uvicorn-worker.
"""

bind = "127.0.0.1:8000"
worker_class = "uvicorn_worker.UvicornWorker"
workers = 2
timeout = 30  # seconds; a worker whose event loop stands still for longer is replaced

# Seconds that an idle connection is kept: longer than the proxy in front keeps it, or a request
# meets a connection that is just being closed.
keepalive = 3600

# Whoever stands in front may say under which scheme and for whom it asks; nobody else may.
forwarded_allow_ips = "127.0.0.1"
