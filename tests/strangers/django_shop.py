"""A small shop on Django, with django-cors-headers: a view, a ViewSet, an API of django-ninja."""

from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views import View

settings.configure(
    ALLOWED_HOSTS=["*"],
    CORS_ALLOWED_ORIGINS=["https://app.example.com"],
    INSTALLED_APPS=["corsheaders", "rest_framework", "ninja"],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF=__name__,
)
django.setup()

from ninja import NinjaAPI, Schema  # noqa: E402 - needs the settings
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.routers import SimpleRouter  # noqa: E402
from rest_framework.viewsets import ViewSet  # noqa: E402

ORDERS = {1: {"item": "tea"}}


class Order(View):
    def get(self, _request: HttpRequest, number: int) -> HttpResponse:
        if number not in ORDERS:
            raise Http404
        return JsonResponse(ORDERS[number])


class Customers(ViewSet):
    def create(self, request: Request) -> Response:
        return Response(request.data, status=201)


class Item(Schema):
    name: str
    count: int = 1


api = NinjaAPI()


@api.put("/items/{int:number}")
def change_item(request: HttpRequest, number: int, item: Item) -> dict[str, Any]:  # noqa: ARG001
    return {"number": number, **item.dict()}


router = SimpleRouter()
router.register("customers", Customers, basename="customer")
urlpatterns: list[Any] = [
    path("v1/", include([path("orders/<int:number>", Order.as_view())])),
    path("rest/", include(router.urls)),
    path("api/", api.urls),
]
app = get_wsgi_application()
