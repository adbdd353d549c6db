"""A small shop on django-ninja: its API has a document, and pages that show it."""

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    CORS_ALLOWED_ORIGINS=["https://app.example.com"],
    INSTALLED_APPS=["corsheaders", "ninja"],
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware"],
    ROOT_URLCONF=__name__,
)
django.setup()

from django.http import HttpRequest  # noqa: E402 - needs the settings
from ninja import NinjaAPI, Schema  # noqa: E402
from ninja.errors import HttpError  # noqa: E402

api = NinjaAPI()


class Order(Schema):
    item: str
    count: int = 1


ORDERS = {1: Order(item="tea")}


@api.get("/orders/{int:number}", response=Order)
def read_order(request: HttpRequest, number: int) -> Order:  # noqa: ARG001 - ninja passes it
    if number not in ORDERS:
        raise HttpError(404, f"no order {number}")
    return ORDERS[number]


@api.post("/orders", response=Order)
def add_order(request: HttpRequest, order: Order) -> Order:  # noqa: ARG001
    return order


urlpatterns = [path("api/", api.urls)]
app = get_asgi_application()
