"""The arguments of a fetch: what they mean, and how those that make no sense are refused."""

from inspect import Parameter, signature
from typing import Any

import pytest

from cors_harness import Cors
from cors_harness.client.call import FetchCall
from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.scenario import FetchContext, PageSpec, Scenario
from cors_harness.terms.origin import parse_origin

PARTNER = "https://partner.example"


def scenario(server: str | None = None, **arguments: Any) -> Scenario:
    arguments = {"method": "PUT", "path": "/orders/7", **arguments}
    return FetchCall(**arguments).scenario(parse_origin(server) if server else None)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no method": ({"method": ""}, "method: found ''; expected a method such as 'PUT'"),
    "no slash": ({"path": "orders"}, "path: found 'orders'.*\n  did you mean '/orders'"),
    "whole URL": ({"path": "https://a.test/"}, "expected a path that begins with '/'"),
    "mode": ({"mode": "no_cors"}, "mode: found 'no_cors'; expected cors or no-cors.*\n.*'no-cors'"),
    "credentials": ({"credentials": "included"}, "omit or same-origin or include\n.*'include'"),
    "redirect": ({"redirect": "never"}, "redirect: found 'never'; expected follow or error"),
    "cache": ({"cache": "off"}, "cache: found 'off'; expected default or no-store"),
    "place": ({"place": "frame"}, "place: found 'frame'; expected window or worker"),
    "json and body": ({"json": {}, "body": "x"}, "found both json and body"),
    "no JSON": ({"json": object()}, "json: found what JSON cannot say"),
    "body of bytes": ({"body": b"x"}, "body: found b'x'; expected text"),
    "header of a number": ({"headers": {"X-A": 1}}, r"headers: found \('X-A', 1\)"),
    "slash behind the origin": ({"origin": f"{PARTNER}/"}, "so without '/'"),
    "upper case": ({"origin": "https://Partner.example"}, "host in lower case"),
    "no scheme": ({"origin": "partner.example"}, "expected http:// or https://.*\n.*or 'null'"),
    "null in a worker": ({"origin": "null", "place": "worker"}, "with origin 'null'"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_arguments_that_make_no_sense_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        scenario(**arguments)


PAGES: dict[str, tuple[dict[str, Any], PageSpec, str | None]] = {
    "own page": ({}, PageSpec(), None),
    "loopback": ({"origin": "localhost"}, PageSpec(host="localhost"), None),
    "null": ({"origin": "null"}, PageSpec(place=FetchContext.SANDBOXED_FRAME), None),
    "worker": ({"place": "worker"}, PageSpec(place=FetchContext.WORKER), None),
    "https": (
        {"origin": PARTNER},
        PageSpec(origin=parse_origin(PARTNER)),
        "https://server.test",
    ),
    "http": (
        {"origin": "http://localhost:3000"},
        PageSpec(origin=parse_origin("http://localhost:3000")),
        "http://server.test",
    ),
    "named server": (
        {"origin": PARTNER, "server": "https://api.example.org"},
        PageSpec(origin=parse_origin(PARTNER)),
        "https://api.example.org",
    ),
}


@pytest.mark.parametrize(("arguments", "page", "server"), PAGES.values(), ids=PAGES)
def test_origin_says_where_the_page_is_and_which_server_it_may_call(
    arguments: dict[str, Any], page: PageSpec, server: str | None
) -> None:
    built = scenario(**arguments)
    assert built.page == page
    assert [str(origin) for _, origin in built.origins] == ([server] if server else [])


HEADERS: dict[str, tuple[dict[str, Any], tuple[tuple[str, str], ...], str | None]] = {
    "nothing": ({}, (), None),
    "json": ({"json": [1]}, (("Content-Type", "application/json"),), "[1]"),
    "json of its own type": (
        {"json": 0, "headers": {"content-type": "text/plain"}},
        (("content-type", "text/plain"),),
        "0",
    ),
    "pairs": ({"headers": [("X-A", "1"), ("X-A", "2")]}, (("X-A", "1"), ("X-A", "2")), None),
    "body": ({"body": "a=b"}, (), "a=b"),
}


@pytest.mark.parametrize(("arguments", "headers", "body"), HEADERS.values(), ids=HEADERS)
def test_body_and_headers_are_what_fetch_gets(
    arguments: dict[str, Any], headers: tuple[tuple[str, str], ...], body: str | None
) -> None:
    call = scenario(**arguments).steps[0].call
    assert (call.headers, call.body) == (headers, body)


def test_every_call_has_a_scenario_id_of_its_own() -> None:
    assert scenario().id != scenario().id


SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "no app": ({}, "no app is given"),
    "engine": ({"app": "shop:app", "engines": ["safari"]}, "found 'safari'; expected some of chro"),
    "no engine": ({"app": "shop:app", "engines": []}, "expected at least one"),
    "remote": ({"app": "shop:app", "remotes": {"mac": "http://mac:1"}}, "remotes: found 'mac'"),
    "server": ({"app": "shop:app", "server_origin": "api"}, "server_origin: found 'api'"),
}


@pytest.mark.parametrize(("arguments", "message"), SETTINGS.values(), ids=SETTINGS)
def test_session_that_makes_no_sense_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Cors(**arguments)


def test_session_may_have_remote_browsers_only() -> None:
    with Cors("shop:app", engines=["safari"], remotes={"safari": "http://mac:1"}) as cors:
        assert cors.absent == {}  # nothing has started


def test_wrong_arguments_start_nothing_and_a_closed_session_says_so() -> None:
    with Cors("shop:app") as cors, pytest.raises(UsageError, match="path"):
        cors.fetch("GET", "x")
    with pytest.raises(HarnessError, match="closed"):
        cors.fetch("GET", "/x")


def test_signature_of_fetch_has_the_names_and_defaults_of_a_fetch_call() -> None:
    """`fetch` passes on whatever it has; a new argument is named in these two places."""
    of_fetch = list(signature(Cors.fetch).parameters.values())[1:]
    of_call = signature(FetchCall).parameters.values()
    assert [_form(parameter) for parameter in of_fetch] == [_form(each) for each in of_call]


def _form(parameter: Parameter) -> tuple[str, object]:
    return parameter.name, parameter.default
