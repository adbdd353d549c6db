"""Django's own protection: the cookie csrftoken comes back as X-CSRFToken."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import ensure_csrf_cookie

settings.configure(
    SECRET_KEY="of a test",  # noqa: S106
    ALLOWED_HOSTS=["api.example.com"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    CORS_ALLOWED_ORIGINS=["https://app.example.com"],
    CORS_ALLOW_CREDENTIALS=True,
    CSRF_TRUSTED_ORIGINS=["https://app.example.com"],
    CSRF_COOKIE_SECURE=True,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
)
django.setup()


def baskets(request: HttpRequest) -> JsonResponse:
    """What there is, or a new one."""
    return JsonResponse({"method": request.method})


urlpatterns = [path("baskets", ensure_csrf_cookie(baskets))]
application = get_wsgi_application()
