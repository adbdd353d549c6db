"""A small shop on Django REST framework: a router with a ViewSet, in an ASGI app."""

from typing import Any

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import include, path

settings.configure(
    ALLOWED_HOSTS=["*"],
    CORS_ALLOWED_ORIGINS=["https://app.example.com"],
    INSTALLED_APPS=["corsheaders", "rest_framework"],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF=__name__,
)
django.setup()

from rest_framework.exceptions import NotFound  # noqa: E402 - needs the settings
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.routers import SimpleRouter  # noqa: E402
from rest_framework.viewsets import ViewSet  # noqa: E402

ORDERS = {"1": {"item": "tea"}}


class Orders(ViewSet):
    lookup_value_regex = "[0-9]+"

    def retrieve(self, _request: Request, pk: str) -> Response:
        if pk not in ORDERS:
            raise NotFound
        return Response(ORDERS[pk])

    def create(self, request: Request) -> Response:
        return Response(request.data, status=201)


router = SimpleRouter()
router.register("orders", Orders, basename="order")
urlpatterns: list[Any] = [path("api/", include(router.urls))]
app = get_asgi_application()
