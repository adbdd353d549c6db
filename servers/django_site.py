"""A Django site in one file, with django-cors-headers set up as its documentation says.

Django has one set of settings for a process, and in a deployment that is one policy. Here many
policies share a process. So the CORS_ settings are kept by site, and `corsheaders.conf`, through
which the middleware reads each of them at every request, looks for them there instead of in
`django.conf.settings`. The middleware itself is what pip installs.
"""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

import django
from corsheaders import conf
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpResponse

from cors_harness.model.server import CorsPolicy

_cors: ContextVar[Mapping[str, object]] = ContextVar("CORS_ settings of the site that answers")


class _OfTheSite:
    """The CORS_ settings of the site that answers; one that is not set is no attribute."""

    def __getattr__(self, name: str) -> object:
        try:
            return _cors.get()[name]
        except KeyError:
            raise AttributeError(name) from None


# What stands in settings.py beside the CORS_ settings.
settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["corsheaders", "rest_framework"],
    # CorsMiddleware above all that may answer by itself, as CommonMiddleware does with a redirect.
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,  # without django.contrib.auth there is no AnonymousUser
    },
    ROOT_URLCONF="django_cors_headers",
    LOGGING_CONFIG=None,
)
django.setup()
conf.settings = _OfTheSite()  # type: ignore[attr-defined]


class Site(WSGIHandler):
    """A WSGI app: URLs and CORS settings of its own on the settings of the process."""

    def __init__(self, urlconf: str, policy: CorsPolicy | None = None) -> None:
        """Without a policy no origin is allowed."""
        super().__init__()
        self._urlconf, self._cors = urlconf, cors_settings(policy or CorsPolicy())

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers a request."""
        token = _cors.set(self._cors)
        try:
            answer: Iterable[bytes] = super().__call__(environ, start_response)
        finally:
            _cors.reset(token)
        return answer

    def get_response(self, request: WSGIRequest) -> HttpResponse:
        """Part of WSGIHandler; a request may be given other URLs than ROOT_URLCONF."""
        request.urlconf = self._urlconf
        return super().get_response(request)


def cors_settings(policy: CorsPolicy) -> Mapping[str, object]:
    """What stands in settings.py for the policy; None of its max_age is left to the default."""
    by_name: dict[str, object] = {
        "CORS_ALLOW_ALL_ORIGINS": "*" in policy.allow_origins,
        "CORS_ALLOWED_ORIGINS": [origin for origin in policy.allow_origins if origin != "*"],
        "CORS_ALLOW_METHODS": policy.allow_methods,
        "CORS_ALLOW_HEADERS": policy.allow_headers,
        "CORS_ALLOW_CREDENTIALS": policy.allow_credentials,
        "CORS_EXPOSE_HEADERS": policy.expose_headers,
    }
    if policy.allow_origin_regex is not None:
        by_name["CORS_ALLOWED_ORIGIN_REGEXES"] = [policy.allow_origin_regex]
    if policy.max_age is not None:
        by_name["CORS_PREFLIGHT_MAX_AGE"] = policy.max_age
    return by_name
