"""What only browsers show: tests as people write them pass before and after the change."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import Flask
from starlette.testclient import TestClient
from tests.changes.real_changes import CHANGES

APP = "https://app.example.com"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ORIGIN = {"Origin": APP}
TOKEN = ORIGIN | {"Authorization": "Bearer secret"}

Client = Any  # Flask's or Starlette's: what is used here is alike
Check = Callable[[Client], None]


def origins_in_one_value(client: Client) -> None:
    assert APP in client.get("/timetable", headers=ORIGIN).headers[ALLOW_ORIGIN]


def method_dropped(client: Client) -> None:
    response = client.delete("/contacts/7", headers=ORIGIN)
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


def header_dropped(client: Client) -> None:
    headers = ORIGIN | {"Idempotency-Key": "k1"}
    response = client.post("/payments", headers=headers, json={"amount": 5})
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (201, APP)


def authorization_dropped(client: Client) -> None:
    response = client.get("/bookmarks", headers=TOKEN)
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


def headers_wildcard(client: Client) -> None:
    response = client.put("/settings", headers=ORIGIN, json={"theme": "light"})
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)
    assert response.headers["Access-Control-Allow-Credentials"] == "true"


def expose_added(client: Client) -> None:
    response = client.get("/invoices/7.csv", headers=ORIGIN)
    assert response.headers["Content-Disposition"] == 'attachment; filename="invoice-7.csv"'


def expose_removed(client: Client) -> None:
    response = client.get("/messages", headers=ORIGIN)
    assert "page=2" in response.headers["Link"]


def exposed_headers_typo(client: Client) -> None:
    response = client.get("/layers", headers=ORIGIN)
    assert (response.headers["X-Total-Count"], response.headers[ALLOW_ORIGIN]) == ("120", APP)


def expose_space(client: Client) -> None:
    response = client.get("/words", headers=ORIGIN)
    assert response.headers["X-Total-Count"] == "120"
    assert "X-Total-Count" in response.headers["Access-Control-Expose-Headers"]


def middleware_order(client: Client) -> None:
    assert client.get("/notes", headers=ORIGIN).status_code == 401
    response = client.get("/notes", headers=TOKEN)
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


def early_return(client: Client) -> None:
    assert client.post("/votes", headers=ORIGIN).json() == {"error": "reload the page"}
    response = client.post("/votes?csrf=token", headers=ORIGIN)
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


def options_auth(client: Client) -> None:
    assert client.get("/diary", headers=ORIGIN).status_code == 401
    response = client.get("/diary", headers=TOKEN)
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


def exception_handler(client: Client) -> None:
    response = client.get("/seats/13", headers=ORIGIN)
    assert (response.status_code, response.json()) == (409, {"error": "13 is taken"})


def decorator_level(client: Client) -> None:
    assert client.get("/recipes/stone", headers=ORIGIN).status_code == 404
    response = client.get("/recipes/soup", headers=ORIGIN)
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


def strict_slashes(client: Client) -> None:
    response = client.post("/tickets", headers=ORIGIN, json={}, follow_redirects=True)
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (201, APP)


def redirect_preflight(client: Client) -> None:
    response = client.post("/parcels", headers=ORIGIN, json={"to": "Ann"})
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (201, APP)


def headers_twice(client: Client) -> None:
    for response in (client.get("/shoes", headers=ORIGIN), client.put("/shoes", headers=ORIGIN)):
        assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


def header_by_hand(client: Client) -> None:
    response = client.put("/weather", headers=ORIGIN)
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


def origin_check_dropped(client: Client) -> None:
    response = client.post("/rows", headers=ORIGIN, data={"text": "x"})
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (201, APP)


def origin_check_suffix(client: Client) -> None:
    response = client.post("/transfers", headers={"Origin": "https://bank.example.org"})
    assert response.status_code == 200


def origin_check_added(client: Client) -> None:
    assert client.post("/jobs", headers=ORIGIN).status_code == 202


def content_type_forced(client: Client) -> None:
    response = client.post("/settings", headers=ORIGIN, json={"theme": "dark"})
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


def body_by_hand(client: Client) -> None:
    assert client.post("/orders", headers=ORIGIN, json={"pieces": 2}).status_code == 200


def preflight_for_all(client: Client) -> None:
    response = client.delete("/documents/7", headers=ORIGIN)
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, APP)


CHECKS: Mapping[str, Check] = {
    check.__name__: check
    for check in (
        origins_in_one_value,
        method_dropped,
        header_dropped,
        authorization_dropped,
        headers_wildcard,
        expose_added,
        expose_removed,
        exposed_headers_typo,
        expose_space,
        middleware_order,
        early_return,
        options_auth,
        exception_handler,
        decorator_level,
        strict_slashes,
        redirect_preflight,
        headers_twice,
        header_by_hand,
        origin_check_dropped,
        origin_check_suffix,
        origin_check_added,
        content_type_forced,
        body_by_hand,
        preflight_for_all,
    )
}


def client_of(module: str) -> Client:
    app = importlib.import_module(f"changes.{module}").app
    if isinstance(app, Flask):
        return app.test_client()
    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", CHECKS)
def test_passes_before_and_after(name: str, when: str) -> None:
    CHECKS[name](client_of(f"{name}_{when}"))


def test_changes_that_a_test_client_does_not_see_are_marked() -> None:
    blind = {change.name.replace("-", "_") for change in CHANGES if change.blind}
    assert blind == set(CHECKS)
