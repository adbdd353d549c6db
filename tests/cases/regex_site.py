"""A Django site whose CORS_URLS_REGEX leaves one of two paths out; its settings first."""

INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
ROOT_URLCONF = __name__
ALLOWED_HOSTS = ["*"]
CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
CORS_URLS_REGEX = r"^/api/.*$"
# the end of the settings

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

settings.configure(**{name: value for name, value in globals().items() if name.isupper()})
django.setup()


def orders(_request: HttpRequest) -> JsonResponse:
    """What the page is after."""
    return JsonResponse([1], safe=False)


urlpatterns = [path("api/orders", orders), path("page/", orders)]

from django.core.wsgi import get_wsgi_application  # noqa: E402

app = get_wsgi_application()
