"""Real origins, permissions and frames of a scenario file."""

from collections.abc import Callable

import pytest

from cors_harness.loading.scenarios import Loaded
from cors_harness.model.scenario import FetchContext, PageSpec, Scenario
from cors_harness.terms.origin import parse_origin

Read = Callable[[str], Loaded]
HEAD = "- id: a\n  title: t\n  spec: https://fetch.spec.whatwg.org/#cors-check\n"
TAIL = "  request: {}\n  expect: {outcome: allowed}\n"
APP, API = parse_origin("https://app.example.com"), parse_origin("https://api.example.org")
CDN = parse_origin("http://cdn.example.net:8080")

WRONG = {
    "a trailing slash": (
        "  page: https://app.example.com/\n",
        "page: found 'https://app.example.com/'; expected an origin such as "
        "https://app.example.com\n"
        "  an origin has nothing behind host and port, so without '/'",
    ),
    "a page with host and origin": (
        "  page: {host: localhost, origin: https://app.example.com}\n",
        "origin: found origin and host; expected one of them\n  both say where the page is",
    ),
    "a public page on a real origin": (
        "  page: {address_space: public, origin: https://app.example.com}\n",
        "origin: found origin and address_space; expected one of them\n  it needs a loopback page",
    ),
    "a page typed as another origin": (
        "  page: {origin: https://app.example.com, typed: https://WWW.example.com/}\n",
        "typed: found 'https://WWW.example.com/', which comes to https://www.example.com; "
        "expected another spelling of https://app.example.com",
    ),
    "a page typed without its origin": (
        "  page: {typed: https://APP.example.com}\n",
        "typed: found no origin; expected origin beside it\n  state the origin that it comes to",
    ),
    "a page typed as no origin": (
        "  page: {origin: https://app.example.com, typed: 'https://app.example.com:99999'}\n",
        "typed: found 'https://app.example.com:99999'; expected an origin as one may type it, "
        "such as https://APP.EXAMPLE.COM",
    ),
    "a page typed with a path": (
        "  page: {origin: https://app.example.com, typed: https://app.example.com/shop}\n",
        "typed: found 'https://app.example.com/shop'; expected an origin as one may type it",
    ),
    "two roles on one origin": (
        "  origins: {server: https://a.example, other: https://a.example}\n",
        "origins: found 'https://a.example' for server and for other; expected an origin of its "
        "own for each\n  two roles on one origin could not be told apart",
    ),
    "origins and server_host": (
        "  server_host: localhost\n  origins: {server: https://a.example}\n",
        "server_host: found server_host and origins; expected one of them\n"
        "  origins says it already, for each role",
    ),
    "an unknown permission": (
        "  page: {permissions: {camera: granted}}\n",
        "permissions: found the unknown key 'camera'; expected only local-network-access, "
        "storage-access",
    ),
    "a permission that is neither": (
        "  page: {permissions: {storage-access: yes}}\n",
        "storage-access: found 'yes'; expected granted or denied",
    ),
}


def only(loaded: Loaded) -> Scenario:
    scenarios, problems = loaded
    assert [str(problem) for problem in problems] == []
    (scenario,) = scenarios
    return scenario


def test_page_takes_a_real_origin(read: Read) -> None:
    assert only(read(f"{HEAD}  page: {APP}\n{TAIL}")).page == PageSpec(origin=APP)


def test_page_takes_origin_place_and_permissions(read: Read) -> None:
    page = f"{{origin: {APP}, place: worker, permissions: {{storage-access: denied}}}}"
    assert only(read(f"{HEAD}  page: {page}\n{TAIL}")).page == PageSpec(
        origin=APP, place=FetchContext.WORKER, permissions=(("storage-access", "denied"),)
    )


@pytest.mark.parametrize(
    "typed", ["https://APP.Example.com", "https://app.example.com/", "HTTPS://app.example.com:443"]
)
def test_page_may_be_typed_otherwise(read: Read, typed: str) -> None:
    page = f"{{origin: {APP}, typed: '{typed}'}}"
    scenario = only(read(f"{HEAD}  page: {page}\n{TAIL}"))
    assert scenario.page == PageSpec(origin=APP, typed=typed)
    assert scenario.real_origins() == {APP}


def test_page_may_count_as_public(read: Read) -> None:
    page = "{address_space: public, permissions: {local-network-access: granted}}"
    assert only(read(f"{HEAD}  page: {page}\n{TAIL}")).page == PageSpec(
        public=True, permissions=(("local-network-access", "granted"),)
    )


def test_every_real_origin_of_a_scenario_is_known(read: Read) -> None:
    text = f"""\
{HEAD}  page: {APP}
  origins: {{server: {API}, other: "{CDN}"}}
  request: {{frame: https://widget.example.net, storage_access: true}}
  expect: {{outcome: allowed}}
"""
    scenario, widget = only(read(text)), parse_origin("https://widget.example.net")
    assert scenario.origins == (("server", API), ("other", CDN))
    assert (scenario.steps[0].call.frame, scenario.steps[0].call.storage_access) == (widget, True)
    assert scenario.page_origins() == {APP, widget}
    assert scenario.real_origins() == {APP, API, CDN, widget}


def test_neither_policy_nor_response_is_for_servers_that_are_configured(read: Read) -> None:
    scenario = only(read(HEAD + TAIL))
    assert (scenario.policy, scenario.answers, scenario.real_origins()) == (None, None, frozenset())


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_mistake_is_told(read: Read, text: str, message: str) -> None:
    scenarios, problems = read(HEAD + text + TAIL)
    assert not scenarios
    assert [message in str(problem) for problem in problems] == [True], problems


def test_storage_access_needs_a_frame(read: Read) -> None:
    text = f"{HEAD}  request: {{storage_access: true}}\n  expect: {{outcome: allowed}}\n"
    _, problems = read(text)
    assert "storage_access: found no frame; expected frame beside it" in str(problems[0])
