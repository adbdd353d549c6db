"""gunicorn with sync workers, behind a proxy whose address has changed since this was written.

gunicorn believes X-Forwarded-Proto of nobody else. The app takes requests that came over https for
http, and sends browsers there when a path lacks its slash at the end: mixed content, blocked.
"""

bind = "127.0.0.1:8000"
worker_class = "sync"
workers = 3
timeout = 30
forwarded_allow_ips = "10.0.0.7"
