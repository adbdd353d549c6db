"""Scenarios moved to real origins: only where they state none of their own."""

import dataclasses

import pytest

from cors_harness.errors import UsageError
from cors_harness.model.scenario import (
    Call,
    Expectation,
    FetchContext,
    PageSpec,
    Scenario,
    Step,
)
from cors_harness.model.server import CorsPolicy
from cors_harness.planning.real_origins import (
    assumed_servers,
    assumption,
    local_calls,
    not_public,
    origin_option,
    relocated,
)
from cors_harness.terms.origin import Origin, parse_origin
from cors_harness.terms.source_span import SourceSpan

APP, API = parse_origin("https://app.example.com"), parse_origin("https://api.example.org")
PLAIN = Scenario(
    id="a",
    title="t",
    spec="https://fetch.spec.whatwg.org/#cors-check",
    source=SourceSpan(file="x.yaml", line=1),
    steps=(Step(call=Call(), expect=Expectation()),),
)
STATED = {
    "a real origin": PageSpec(origin=API),
    "another host": PageSpec(host="localhost"),
    "a public page": PageSpec(public=True),
}


def test_page_and_servers_move() -> None:
    (moved,) = relocated([PLAIN], APP, API)
    assert moved.page == PageSpec(origin=APP)
    assert {role: str(origin) for role, origin in moved.origins} == {
        "server": "https://api.example.org",
        "other": "https://other.test",
        "third": "https://third.test",
    }


def test_place_in_the_page_stays() -> None:
    framed = dataclasses.replace(PLAIN, page=PageSpec(place=FetchContext.SANDBOXED_FRAME))
    (moved,) = relocated([framed], APP, None)
    assert (moved.page.origin, moved.page.place) == (APP, FetchContext.SANDBOXED_FRAME)


@pytest.mark.parametrize("page", STATED.values(), ids=STATED)
def test_page_that_is_stated_stays(page: PageSpec) -> None:
    stated = dataclasses.replace(PLAIN, page=page)
    assert [moved.page for moved in relocated([stated], APP, None)] == [page]


ON_APP = PageSpec(origin=APP)
SERVERS = {
    "a page that moves": (PLAIN, "https://server.test"),
    "a page that is stated": (dataclasses.replace(PLAIN, page=ON_APP), "https://server.test"),
    "an origin that is stated": (
        dataclasses.replace(PLAIN, origins=(("server", API),)),
        "https://api.example.org",
    ),
    "a host that is stated": (dataclasses.replace(PLAIN, server_host="localhost"), None),
    "a page on a port of the run": (
        dataclasses.replace(PLAIN, page=PageSpec(host="localhost")),
        None,
    ),
    "a reference server and a page that is stated": (
        dataclasses.replace(PLAIN, page=ON_APP, policy=CorsPolicy()),
        None,
    ),
    "a server by name and a page that is stated": (
        dataclasses.replace(PLAIN, page=ON_APP, servers=("flask-options",)),
        None,
    ),
    "the user's by name": (
        dataclasses.replace(PLAIN, page=ON_APP, servers=("app-raising",)),
        "https://server.test",
    ),
}


@pytest.mark.parametrize(("scenario", "server"), SERVERS.values(), ids=SERVERS)
def test_pages_on_real_origins_call_no_http_where_no_server_is_named(
    scenario: Scenario, server: str | None
) -> None:
    (moved,) = relocated([scenario], APP, None)
    found = dict(moved.origins).get("server")
    assert (None if found is None else str(found)) == server
    is_assumed = bool(server) and scenario.origins == ()
    assert [str(o) for o in assumed_servers([scenario], [moved], None)] == [server] * is_assumed


def test_page_on_http_calls_http() -> None:
    (moved,) = relocated([PLAIN], parse_origin("http://app.example.com"), None)
    assert str(dict(moved.origins)["server"]) == "http://server.test"


def test_nothing_is_assumed_where_an_option_names_the_server() -> None:
    assert assumed_servers([PLAIN], relocated([PLAIN], APP, API), API) == ()


LOCAL = parse_origin("http://localhost:8000")


@pytest.mark.parametrize(
    ("scenario", "page", "server", "is_told"),
    [
        (PLAIN, APP, LOCAL, True),
        (PLAIN, APP, parse_origin("https://192.168.0.7"), True),
        (PLAIN, APP, parse_origin("https://nas.local"), True),
        (PLAIN, APP, API, False),
        (PLAIN, parse_origin("http://localhost:3000"), LOCAL, False),
        (PLAIN, None, LOCAL, False),
        (dataclasses.replace(PLAIN, policy=CorsPolicy()), APP, LOCAL, False),
    ],
    ids=["loopback", "address", "name", "internet", "local page", "no page", "reference server"],
)
def test_page_that_counts_as_public_nowhere_is_told(
    scenario: Scenario, page: Origin | None, server: Origin, is_told: bool
) -> None:
    moved = relocated([scenario], page, server)
    assert local_calls(moved) == (((page, server),) if is_told else ())
    assert "address_space: public" in not_public(APP, server)


def test_assumption_names_the_option() -> None:
    assert assumption(parse_origin("https://server.test"), "--server-origin") == (
        "no --server-origin is given: pages on https call the server as https://server.test"
    )


def test_server_that_is_stated_stays() -> None:
    stated = dataclasses.replace(PLAIN, origins=(("server", APP),))
    (moved,) = relocated([stated], None, API)
    assert dict(moved.origins)["server"] == APP


def test_nothing_moves_without_options() -> None:
    assert relocated([PLAIN], None, None) == (PLAIN,)


def test_option_that_names_no_origin_is_told() -> None:
    with pytest.raises(UsageError) as told:
        origin_option("--page-origin", "https://app.example.com/")
    assert str(told.value) == (
        "--page-origin: found 'https://app.example.com/'; "
        "an origin has nothing behind host and port, so without '/'\n"
        "  did you mean 'https://app.example.com'?"
    )
