"""A Django site that answers by https only, and trusts its proxy; it runs by itself on a port."""

import sys
from wsgiref.simple_server import make_server

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["api.example.org"],
    CORS_ALLOWED_ORIGINS=["https://app.example.com"],
    INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "corsheaders.middleware.CorsMiddleware",
    ],
    ROOT_URLCONF=__name__,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    SECURE_SSL_REDIRECT=True,
)
django.setup()


def order(request: HttpRequest, number: int) -> JsonResponse:
    return JsonResponse({"number": number, "address": request.build_absolute_uri()})


urlpatterns = [path("orders/<int:number>", order)]

if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application()).serve_forever()
