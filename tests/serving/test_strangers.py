"""Small shops of many frameworks, as strangers write them: served, and made to raise."""

import asyncio
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cors_harness.serving.reference.servers import ReferenceServers

pytestmark = pytest.mark.programs

STRANGERS = Path(__file__).resolve().parent.parent / "strangers"
OURS = "https://app.example.com"
Answer = tuple[int, bool]  # status, and whether our origin is allowed
# app -> request -> (answer, answer where every view raises); None: the same one
ANSWERS: dict[str, dict[str, tuple[Answer, Answer | None]]] = {
    "litestar_shop:app": {
        "GET /orders/1": ((200, True), (500, True)),
        "OPTIONS /orders/1": ((204, True), None),
        "GET /nowhere": ((404, True), None),
    },
    "quart_shop:app": {
        "GET /orders/1": ((200, True), (500, True)),
        "OPTIONS /orders/1": ((200, True), None),
        "GET /nowhere": ((404, True), None),
    },
    "django_shop:app": {
        "GET /v1/orders/1": ((200, True), (500, True)),
        "GET /api/items/1": ((405, True), (500, True)),
        "POST /rest/customers/": ((201, True), (500, True)),
        "OPTIONS /v1/orders/1": ((200, True), None),
        "GET /nowhere": ((404, True), None),
    },
    "blacksheep_shop:app": {
        "GET /orders/1": ((200, True), (500, True)),
        "OPTIONS /orders/1": ((200, True), None),
        "GET /nowhere": ((404, False), None),
    },
    "connexion_shop:app": {
        "GET /v1/orders/1": ((200, True), (500, True)),
        "OPTIONS /v1/orders/1": ((200, True), None),
        "GET /latest": ((307, True), (500, True)),
        "GET /nowhere": ((404, True), None),
    },
    "sanic_shop:app": {
        "GET /v1/orders/1": ((200, True), (500, True)),
        "OPTIONS /v1/orders/1": ((204, True), None),
        "DELETE /v1/orders/1": ((405, True), None),
    },
    "falcon_shop:create_app()": {
        "GET /orders/1": ((200, True), (500, True)),
        "OPTIONS /orders/1": ((200, True), None),
        "PUT /orders/1": ((405, True), None),
        "GET /pictures/falcon_shop.py": ((200, True), None),
    },
    "falcon_shop:create_asgi_app()": {
        "GET /orders/1": ((200, True), (500, True)),
        "OPTIONS /orders/1": ((200, True), None),
        "GET /nowhere": ((404, True), None),
    },
    "aiohttp_shop:create_app()": {
        "GET /orders/1": ((200, True), (500, True)),
        "OPTIONS /orders/1": ((200, True), None),
        "DELETE /orders/1": ((405, False), None),
        "GET /pictures/aiohttp_shop.py": ((200, False), None),
    },
    "tornado_shop:make_app()": {
        "GET /orders/1": ((200, True), (500, True)),
        "OPTIONS /orders/1": ((204, True), None),
        "PUT /orders/1": ((405, True), None),
        "GET /static/tornado_shop.py": ((200, False), None),
    },
    "bottle_shop:app": {
        "GET /orders/1": ((200, True), (500, False)),  # its hook is over when the 500 is made
        "OPTIONS /orders/1": ((200, True), None),
        "GET /pictures/bottle_shop.py": ((200, True), None),
    },
    "pyramid_shop:main()": {
        "GET /orders/1": ((200, True), (500, False)),  # so is its tween
        "OPTIONS /orders/1": ((200, True), None),
        "DELETE /orders/": ((404, True), None),
    },
}


@pytest.mark.parametrize(("spec", "asked"), ANSWERS.items(), ids=ANSWERS)
def test_app_answers_as_it_does_elsewhere_and_its_views_can_raise(
    spec: str, asked: dict[str, tuple[Answer, Answer | None]]
) -> None:
    async def main() -> tuple[dict[str, Answer], dict[str, Answer]]:
        servers = ReferenceServers()
        try:
            ports = [
                (await servers.start_app(spec, STRANGERS, raising=raising)).ports["https"]
                for raising in (False, True)
            ]
            usual, raising = [
                {request: await asyncio.to_thread(answer, port, request) for request in asked}
                for port in ports
            ]
            return usual, raising
        finally:
            await servers.stop()

    usual, raising = asyncio.run(main())
    assert usual == {request: expected for request, (expected, _) in asked.items()}
    assert raising == {request: other or expected for request, (expected, other) in asked.items()}


def answer(port: int, request: str) -> Answer:
    """What the app says to our origin; OPTIONS asks as a preflight does."""
    method, target = request.split()
    asked = {"Access-Control-Request-Method": "GET"} if method == "OPTIONS" else {}
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, target, headers={"Origin": OURS, **asked})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.getheader("Access-Control-Allow-Origin") == OURS
