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
from cors_harness.planning.real_origins import origin_option, relocated
from cors_harness.terms.origin import parse_origin
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
    assert moved.origins == ()


@pytest.mark.parametrize("page", STATED.values(), ids=STATED)
def test_page_that_is_stated_stays(page: PageSpec) -> None:
    stated = dataclasses.replace(PLAIN, page=page)
    assert relocated([stated], APP, None) == (stated,)


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
