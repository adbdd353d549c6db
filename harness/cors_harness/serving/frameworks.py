"""Framework versions: what of the known web frameworks a process has imported."""

import sys
from collections.abc import Iterator
from importlib import metadata

# Module -> distribution, of everything whose version may change what a server says about CORS.
DISTRIBUTIONS = {
    "flask_cors": "flask-cors",
    "flask": "flask",
    "werkzeug": "werkzeug",
    "fastapi": "fastapi",
    "starlette": "starlette",
    "corsheaders": "django-cors-headers",
    "rest_framework": "djangorestframework",
    "django": "django",
    "quart_cors": "quart-cors",
    "quart": "quart",
    "falcon": "falcon",
    "litestar": "litestar",
    "bottle": "bottle",
    "pyramid": "pyramid",
    "waitress": "waitress",
    "uvicorn": "uvicorn",
}


def imported_versions() -> tuple[tuple[str, str], ...]:
    """(distribution, version) of those that this process has imported, in the table's order."""
    return tuple(_versions())


def _versions() -> Iterator[tuple[str, str]]:
    for module, distribution in DISTRIBUTIONS.items():
        if module in sys.modules:
            try:
                yield distribution, metadata.version(distribution)
            except metadata.PackageNotFoundError:  # a copy among the user's own files
                yield distribution, "unknown"
