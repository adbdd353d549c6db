"""Routes that the user names, and what they do to operations that are known."""

from dataclasses import replace

import pytest

from cors_harness.drafts.given_calls import GivenCall, routes_named, with_calls
from cors_harness.drafts.operation import Operation, operation_of
from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind

# id -> (what is typed, operations as `METHOD path template`)
NAMED: dict[str, tuple[str, list[str]]] = {
    "a route": ("GET /orders", ["GET /orders /orders"]),
    "no method": ("/orders", ["GET /orders /orders"]),
    "small letters": ("patch /orders", ["PATCH /orders /orders"]),
    "several methods": ("PUT,DELETE|GET /a", ["PUT /a /a", "DELETE /a /a", "GET /a /a"]),
    "a method twice": ("GET,get /a", ["GET /a /a"]),
    "HEAD, as it is named": ("HEAD /a", ["HEAD /a /a"]),
    "a parameter": ("GET /a/{name}", ["GET /a/name /a/{name}"]),
    "a kind": ("GET /a/{n:int}/b", ["GET /a/1/b /a/{n}/b"]),
    "as Flask has it": ("GET /a/<int:n>/<x>", ["GET /a/1/x /a/{n}/{x}"]),
    "a value": ("GET /a/7", ["GET /a/7 /a/7"]),
    "a query": ("GET /a?b=c&d", ["GET /a?b=c&d /a"]),
    "spaces around": ("  GET   /a ", ["GET /a /a"]),
    "letters that need escapes": ("GET /grüße", ["GET /gr%C3%BC%C3%9Fe /grüße"]),
}


@pytest.mark.parametrize(("text", "operations"), NAMED.values(), ids=NAMED)
def test_route_is_read(text: str, operations: list[str]) -> None:
    found = [each.operation for each in routes_named(text)]
    assert [f"{each.method} {each.path} {each.template}" for each in found] == operations
    assert {each.body for each in found} <= {None, "{}"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("orders", "found 'orders'; expected a method and a path, such as 'GET /orders/{id}'"),
        ("GET", "found 'GET'"),
        ("GET orders", "found 'GET orders'"),
        ("GET /a b", "found 'GET /a b'"),
        ("GET /a#b", "found 'GET /a#b'"),
        ("TRACE /a", "found the method 'TRACE', which no page can send"),
        ("GET,, /a", "found the method ''"),
        ("G(T /a", r"found the method 'G(T'; expected one such as"),
        ("", "found ''"),
    ],
)
def test_what_is_no_route_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^found ") as caught:
        routes_named(text)
    assert str(caught.value).startswith(words)


NUMBER = Parameter(name="n", kind=ParameterKind.INT)
SHOW = operation_of(
    FoundRoute(template="/a/{n}", methods=("GET",), parameters=(NUMBER,), redirects=True), "GET"
)
ADD = operation_of(FoundRoute(template="/a", methods=("POST",)), "POST")


def named(*texts: str) -> list[GivenCall]:
    return [call for text in texts for call in routes_named(text)]


def test_value_takes_the_place_of_a_sample() -> None:
    assert with_calls([SHOW, ADD], named("GET /a/77")) == (
        replace(SHOW, path="/a/77", slash="/a/77/"),
        ADD,
    )


def test_first_of_several_values_counts_and_none_is_added() -> None:
    (show,) = with_calls([SHOW], named("GET /a/77", "GET /a/78"))
    assert show.path == "/a/77"


def test_route_that_is_known_stays_as_it_is() -> None:
    asking = replace(ADD, path="/a?q=1", body='{"n": 1}')
    assert with_calls([SHOW, asking], named("GET /a/{n}", "POST /a")) == (SHOW, asking)


def test_route_that_is_not_known_is_added() -> None:
    found = with_calls([SHOW], named("DELETE /a/{n}", "GET /b", "GET /b"))
    assert [f"{each.method} {each.path}" for each in found] == ["GET /a/1", "DELETE /a/n", "GET /b"]


def test_call_that_was_seen_brings_its_body_and_headers() -> None:
    seen: Operation = replace(ADD, body="a=b", content_type="text/plain", headers=(("X-A", "1"),))
    (add,) = with_calls([ADD], [GivenCall(operation=seen, is_seen=True)])
    assert (add.body, add.content_type, add.headers) == ("a=b", "text/plain", (("X-A", "1"),))
