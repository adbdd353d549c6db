"""A small shop on Django, with django-cors-headers: a function view and a class."""

import json
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views import View
from django.views.decorators.http import require_http_methods

settings.configure(
    ALLOWED_HOSTS=["*"],
    CORS_ALLOWED_ORIGINS=["https://app.example.com"],
    INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    ROOT_URLCONF=__name__,
)
django.setup()
ORDERS = {1: {"item": "tea"}}


class Order(View):
    def get(self, _request: HttpRequest, number: int) -> HttpResponse:
        if number not in ORDERS:
            raise Http404
        return JsonResponse(ORDERS[number])


@require_http_methods(["POST"])
def add_order(request: HttpRequest) -> HttpResponse:
    order: dict[str, Any] = json.loads(request.body)
    return JsonResponse(order, status=201)


v1 = [
    path("orders/", add_order),
    path("orders/<int:number>", Order.as_view()),
]
urlpatterns = [path("v1/", include(v1))]
app = get_wsgi_application()
