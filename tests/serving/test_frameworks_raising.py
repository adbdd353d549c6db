"""Views of other frameworks, made to raise: the 500 of a bug, and all else as it is."""

import asyncio
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cors_harness.serving.reference.servers import ReferenceServers

pytestmark = pytest.mark.programs

APPS = Path(__file__).parent.parent / "strangers"
OURS = "https://app.example.com"
# app -> a path of it, and the status and Access-Control-Allow-Origin of GET where the view raises
RAISING: dict[str, tuple[str, tuple[int, str | None]]] = {
    "litestar_shop:app": ("/orders/1", (500, OURS)),
    "quart_shop:app": ("/orders/1", (500, OURS)),
    "django_shop:app": ("/v1/orders/1", (500, OURS)),
    "drf_shop:app": ("/api/orders/1/", (500, OURS)),
    "ninja_shop:app": ("/api/orders/1", (500, OURS)),
    "blacksheep_shop:app": ("/orders/1", (500, OURS)),
    "connexion_shop:app": ("/v1/orders/1", (500, OURS)),
}


def told(port: int, method: str, path: str) -> tuple[int, str | None]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Origin": OURS, "Access-Control-Request-Method": "GET"}
    connection.request(method, path, headers=headers if method == "OPTIONS" else {"Origin": OURS})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.getheader("Access-Control-Allow-Origin")


@pytest.mark.parametrize(("app", "expected"), RAISING.items(), ids=RAISING)
def test_views_raise_behind_the_preflight(
    app: str, expected: tuple[str, tuple[int, str | None]]
) -> None:
    path, raised = expected

    async def main() -> dict[str, tuple[int, str | None]]:
        servers = ReferenceServers()
        try:
            port = (await servers.start_app(app, APPS, raising=True)).port
            asked = [("GET", path), ("OPTIONS", path), ("GET", "/nowhere")]
            return {" ".join(each): await asyncio.to_thread(told, port, *each) for each in asked}
        finally:
            await servers.stop()

    found = asyncio.run(main())
    assert found.pop(f"GET {path}") == raised
    (status, allowed), (nowhere, _) = found.values()
    assert (status < 300, allowed, nowhere) == (True, OURS, 404)
