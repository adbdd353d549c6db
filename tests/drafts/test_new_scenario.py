"""One scenario of one call: what it is called, what it says, and that it can be loaded."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cors_harness.drafts.new_scenario import NewScenario, scenario_of_call
from cors_harness.drafts.text import scenario_text
from cors_harness.loading.scenarios import load_text
from cors_harness.terms.origin import parse_origin

APP = "https://app.example.com"
API = parse_origin("https://api.example.org")
CHECK = "https://fetch.spec.whatwg.org/#concept-cors-check"
PREFLIGHT = "https://fetch.spec.whatwg.org/#cors-preflight-fetch"


def fields(call: str, **said: Any) -> Mapping[str, Any]:
    """The keys of the scenario, which the loader takes."""
    scenario = replace(scenario_of_call(call), **said).named()
    loaded, problems = load_text(scenario_text(scenario.fields()) + "\n", "new.yaml")
    assert ([each.id for each in loaded], problems) == ([scenario.id], ())
    return scenario.fields()


# id -> (call, what is said, keys)
SAID: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "a GET": (
        "/orders?page=2",
        {},
        {
            "id": "get-orders",
            "title": "A page may GET /orders",
            "spec": CHECK,
            "request": {"path": "/orders?page=2"},
            "expect": {"outcome": "allowed"},
        },
    ),
    "a parameter": (
        "put /orders/{number:int}",
        {},
        {
            "id": "put-orders-number",
            "title": "A page may PUT /orders/:number",
            "spec": PREFLIGHT,
            "request": {"method": "PUT", "path": "/orders/1"},
        },
    ),
    "a real page": (
        "/orders",
        {"page": APP, "server": API},
        {"page": APP, "origins": {"server": str(API)}, "title": f"{APP} may GET /orders"},
    ),
    "a URL": (
        "GET https://api.example.org:443?a=b#c",
        {"page": APP},
        {"origins": {"server": str(API)}, "request": {"path": "/?a=b"}, "id": "get-root"},
    ),
    "a sandboxed frame": (
        "/orders",
        {"page": "sandboxed-frame"},
        {"page": "sandboxed-frame", "title": "A sandboxed frame may GET /orders"},
    ),
    "cookies": (
        "/orders",
        {"credentials": True},
        {
            "id": "get-orders-credentials",
            "title": "A page may GET /orders with cookies",
            "request": {"path": "/orders", "credentials": "include"},
        },
    ),
    "blocked, without a preflight": (
        "/orders",
        {"is_blocked": True},
        {
            "id": "get-orders-blocked",
            "title": "A page may not GET /orders",
            "expect": {"outcome": "blocked", "wire": ("request",)},
        },
    ),
    "blocked by the preflight": (
        "DELETE /orders",
        {"is_blocked": True},
        {"expect": {"outcome": "blocked", "wire": ("preflight",)}},
    ),
    "headers to read": (
        "/orders",
        {"readable": ("ETag", "X-Total")},
        {"expect": {"outcome": "allowed", "readable": ("ETag", "X-Total")}},
    ),
    "a policy for all of it": (
        "PUT /api/data",
        {"by_policy": True, "credentials": True, "readable": ("ETag",)},
        {
            "policy": {
                "allow_origins": ("{page}",),
                "allow_methods": ("PUT",),
                "allow_credentials": True,
                "expose_headers": ("ETag",),
            }
        },
    ),
    "a policy for somebody else": (
        "/api/data",
        {"by_policy": True, "is_blocked": True},
        {"policy": {"allow_origins": ("https://other.example",)}},
    ),
}


@pytest.mark.parametrize(("call", "said", "keys"), SAID.values(), ids=SAID)
def test_what_is_said_stands_in_the_scenario(
    call: str, said: dict[str, Any], keys: dict[str, Any]
) -> None:
    assert keys.items() <= fields(call, **said).items()


@pytest.mark.parametrize("key", ["policy", "page", "origins"])
def test_what_is_not_said_does_not_stand_there(key: str) -> None:
    assert key not in fields("https://api.example.org/orders")


def test_header_that_wants_a_preflight_is_in_the_policy() -> None:
    scenario = scenario_of_call("/api/data")
    headers = (("X-Kind", "a"), ("Accept", "text/plain"))
    operation = replace(scenario.operation, headers=headers, authorized=True)
    assert fields("/api/data", operation=operation, by_policy=True)["policy"] == {
        "allow_origins": ("{page}",),
        "allow_headers": ("X-Kind", "Authorization"),
    }


def test_id_is_one_that_is_free() -> None:
    taken = {"get-orders", "get-orders-v2"}
    assert scenario_of_call("/orders").named(taken).id == "get-orders-v3"
    assert replace(scenario_of_call("/orders"), id="mine").named(taken).id == "mine"


def test_long_request_has_a_line_for_each_member() -> None:
    scenario = scenario_of_call(f"PUT /{'orders/' * 15}")
    text = scenario_text(NewScenario(operation=scenario.operation).named().fields())
    assert f"  request:\n    method: PUT\n    path: /{'orders/' * 15}\n  expect:" in text


# id -> (call, part of the message)
REFUSED: dict[str, tuple[str, str]] = {
    "a method alone": ("PUT", "found 'PUT'; expected a method and a path"),
    "a method that no page can send": ("CONNECT /a", "the method 'CONNECT', which no page can"),
    "two methods": ("PUT,GET /a", "found 2 methods in 'PUT,GET /a'; expected one call"),
    "no host": ("PUT https:///a", "found 'https://'; expected http:// or https://"),
    "another scheme": ("ftp://a.example/?key=s3", "found 'ftp://a.example/'; expected http://"),
    "a password": ("https://a:b@c.example/", "found credentials in it, which are not shown"),
}


@pytest.mark.parametrize(("call", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_call_is_refused(call: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        scenario_of_call(call)
    assert message in str(caught.value)
