"""The drafted file: it loads, says what is meant, and has about as many cells as it should."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.loading.test_json_schema import complaints

from cors_harness.drafts.draft import Intent, asked_calls, sections
from cors_harness.drafts.operation import Invalid, Operation, operation_of
from cors_harness.drafts.operations import operations_of
from cors_harness.drafts.text import draft_text
from cors_harness.loading.scenarios import load_file, load_text
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.scenario import Outcome, Scenario
from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind
from cors_harness.serving.survey.app_routes import read_app_routes
from cors_harness.terms.origin import parse_origin

CHECKOUT = Path(__file__).resolve().parent.parent.parent
APP, ADMIN = parse_origin("https://app.example.com"), parse_origin("https://admin.example.com")
SERVER = parse_origin("https://api.example.org")
INTENT = Intent(origins=(APP,), server=SERVER)
NUMBER = Parameter(name="number", kind=ParameterKind.INT)


def operation(call: str, *, redirects: bool = False) -> Operation:
    method, _, template = call.partition(" ")
    parameters = (NUMBER,) if "{number}" in template else ()
    route = FoundRoute(
        template=template, methods=(method,), parameters=parameters, redirects=redirects
    )
    return operation_of(route, method)


GET, POST = operation("GET /orders", redirects=True), operation("POST /orders")
DELETE = operation("DELETE /orders/{number}")


def text_of(operations: Sequence[Operation], intent: Intent = INTENT) -> str:
    return draft_text(
        "shop:app", "RUN", sections(operations, intent), credentials=intent.credentials
    )


def drafted(
    tmp_path: Path, operations: Sequence[Operation], intent: Intent = INTENT
) -> dict[str, Scenario]:
    """Scenarios by id; the text is without problems for loader and editor."""
    file = tmp_path / "cors.yaml"
    file.write_text(text_of(operations, intent))
    scenarios, problems = load_file(file)
    assert [str(problem) for problem in problems] == []
    assert list(complaints(file.read_text())) == []
    return {scenario.id: scenario for scenario in scenarios}


def outcome(scenario: Scenario) -> Outcome | None:
    """The one outcome that is expected; None where it is left open."""
    outcomes = scenario.steps[0].expect.outcome
    return outcomes[0] if len(outcomes) == 1 else None


def wire(scenario: Scenario) -> tuple[ExchangeKind, ...] | None:
    return scenario.steps[0].expect.wire


def test_named_origin_may_call_everything_and_credentials_are_open(tmp_path: Path) -> None:
    scenarios = drafted(tmp_path, [GET, POST])
    plain = scenarios["get-orders-app"]
    assert (outcome(plain), plain.page.origin) == (Outcome.ALLOWED, APP)
    assert dict(plain.origins) == {"server": SERVER}
    assert outcome(scenarios["post-orders-app-json"]) is Outcome.ALLOWED
    assert outcome(scenarios["post-orders-app-plain"]) is Outcome.ALLOWED
    assert outcome(scenarios["get-orders-credentials-app"]) is None
    assert outcome(scenarios["post-orders-credentials-app-json"]) is None


def test_plain_and_json_differ_in_the_content_type_only(tmp_path: Path) -> None:
    scenarios = drafted(tmp_path, [POST])
    json_call = scenarios["post-orders-app-json"].steps[0].call
    plain_call = scenarios["post-orders-app-plain"].steps[0].call
    assert json_call.headers == (("Content-Type", "application/json"),)
    assert plain_call.headers == ()
    assert json_call.body == plain_call.body == "{}"


def test_credentials_that_are_meant_are_allowed(tmp_path: Path) -> None:
    intent = Intent(origins=(APP,), server=SERVER, credentials=True)
    found = drafted(tmp_path, [GET], intent)
    with_cookies = found["get-orders-credentials-app"]
    assert outcome(with_cookies) is Outcome.ALLOWED
    assert with_cookies.steps[0].call.credentials == "include"
    assert "whether pages send cookies" not in text_of([GET], intent)
    assert "whether pages send cookies" in text_of([GET])


@pytest.mark.parametrize(
    ("call", "name", "expected"),
    [
        (GET, "get-orders", ("request",)),
        (POST, "post-orders", ("preflight",)),
        (DELETE, "delete-orders-number", ("preflight",)),
    ],
    ids=["without a preflight", "JSON", "a method of its own"],
)
def test_lookalikes_are_blocked_where_the_standard_blocks_them(
    tmp_path: Path, call: Operation, name: str, expected: tuple[str, ...]
) -> None:
    by_id = drafted(tmp_path, [call])
    prefix = f"{name}-lookalike-"
    around = {i: scenario for i, scenario in by_id.items() if i.startswith(prefix)}
    assert len(around) == 22
    assert {(outcome(scenario), wire(scenario)) for scenario in around.values()} == {
        (Outcome.BLOCKED, tuple(map(ExchangeKind, expected)))
    }
    assert {scenario.steps[0].call.credentials for scenario in around.values()} == {
        "omit",
        "include",
    }


def test_title_of_a_lookalike_tells_its_attack(tmp_path: Path) -> None:
    found = drafted(tmp_path, [DELETE])
    assert found["delete-orders-number-lookalike-suffix-omit"].title == (
        "https://app.example.com.attacker.example may not DELETE /orders/:number: a regular "
        "expression without an end takes a name below the attacker's domain for it"
    )


def test_server_is_no_lookalike_of_the_page(tmp_path: Path) -> None:
    intent = Intent(origins=(APP,), server=parse_origin("https://example.com"))
    scenarios = drafted(tmp_path, [GET], intent)
    assert not [each for each in scenarios if "parent-domain" in each]
    assert intent.server not in {each.page.origin for each in scenarios.values()}


def test_no_named_origin_is_a_lookalike(tmp_path: Path) -> None:
    intent = Intent(origins=(parse_origin("https://example.com"), APP), server=SERVER)
    scenarios = drafted(tmp_path, [GET], intent)
    around = {str(each.page.origin) for i, each in scenarios.items() if "-lookalike-" in i}
    assert not {str(origin) for origin in intent.origins} & around
    assert "get-orders-example" in scenarios


def errors(by_id: dict[str, Scenario]) -> dict[str, str]:
    """Method and path by id, of what is neither a call of an operation nor a spelling."""
    return {
        name: f"{each.steps[0].call.method or 'GET'} {each.steps[0].call.path}"
        for name, each in by_id.items()
        if not name.startswith(("get-", "post-", "delete-", "put-", "spelling"))
    }


def test_errors_of_every_route_must_be_readable(tmp_path: Path) -> None:
    by_id = drafted(tmp_path, [GET, POST, operation("GET /orders/{number}/parts")])
    called = errors(by_id)
    assert called == {
        "no-such-page-app-get-orders": "GET /orders/no-such-page",
        "no-such-page-app-get-orders-number-parts": ("GET /orders/1/parts/no-such-page"),
        "no-such-method-app-get-orders-number-parts": "POST /orders/1/parts",
        "slash-app-get-orders": "GET /orders/",
        "not-valid-app-post-orders": "POST /orders",
        "unhandled-app-get-orders": "GET /orders",
        "unhandled-app-post-orders": "POST /orders",
        "unhandled-app-get-orders-number-parts": "GET /orders/1/parts",
        "authorization-app-get-orders": "GET /orders",
        "authorization-app-get-orders-number-parts": "GET /orders/1/parts",
    }
    assert {outcome(by_id[name]) for name in called if "authorization" not in name} == {
        Outcome.ALLOWED
    }
    assert {outcome(by_id[name]) for name in called if "authorization" in name} == {None}
    assert {by_id[n].servers for n in called if "unhandled" in n} == {("app-raising",)}


def test_errors_are_those_of_the_first_method_that_has_them(tmp_path: Path) -> None:
    post = replace(POST, invalid=Invalid(path="/orders", body="[]"), authorized=True)
    put = replace(operation("PUT /orders"), authorized=True)
    by_id = drafted(tmp_path, [replace(GET, slash=None), post, put])
    assert {name: call for name, call in errors(by_id).items() if "no-such" not in name} == {
        "not-valid-app-post-orders": "POST /orders",
        "authorized-app-post-orders": "POST /orders",
        "unhandled-app-get-orders": "GET /orders",
        "unhandled-app-post-orders": "POST /orders",
        "unhandled-app-put-orders": "PUT /orders",
    }
    assert outcome(by_id["authorized-app-post-orders"]) is Outcome.ALLOWED


def test_server_that_cannot_be_made_to_raise_has_no_bug(tmp_path: Path) -> None:
    found = drafted(tmp_path, [GET], Intent(origins=(APP,), server=SERVER, can_raise=False))
    assert not [name for name in errors(found) if "unhandled" in name]


def test_what_does_not_validate_and_what_wants_authorization_is_asked_for(tmp_path: Path) -> None:
    invalid = Invalid(path="/orders", body="[]")
    secured = operation("PUT /orders")
    secured = Operation(
        method="PUT",
        template=secured.template,
        pattern=secured.pattern,
        path=secured.path,
        body='{"n": 1}',
        invalid=invalid,
        authorized=True,
    )
    by_id = drafted(tmp_path, [secured])
    wrong = by_id["not-valid-app-put-orders"].steps[0].call
    assert (wrong.method, wrong.body, wrong.headers) == (
        *("PUT", "[]"),
        (("Content-Type", "application/json"),),
    )
    asked = by_id["authorized-app-put-orders"]
    assert outcome(asked) is Outcome.ALLOWED
    assert ("Authorization", "Bearer token") in asked.steps[0].call.headers
    assert not [name for name in by_id if name.startswith("authorization-")]


def test_spellings_are_tried_once_for_each_origin(tmp_path: Path) -> None:
    intent = Intent(origins=(APP, ADMIN), server=SERVER)
    found = drafted(tmp_path, [POST, GET], intent)
    typed = [scenario for name, scenario in found.items() if name.startswith("spelling-")]
    assert Counter(scenario.page.origin for scenario in typed) == {APP: 3, ADMIN: 3}
    assert {scenario.steps[0].call.path for scenario in typed} == {"/orders"}
    assert {outcome(scenario) for scenario in typed} == {Outcome.ALLOWED}


def test_routes_whose_names_meet_get_ids_of_their_own(tmp_path: Path) -> None:
    templates = ("/a", "/a/", "/a-v2", "/a/lookalike", "/a/credentials", "/", "/root", "/Ä")
    operations = [operation(f"GET {template}") for template in templates]
    found = drafted(tmp_path, operations)
    plain = [each for each in found.values() if each.title.startswith(f"{APP} may GET ")]
    assert len(plain) == len(templates)


def test_text_says_what_it_is_and_how_to_go_on() -> None:
    text = text_of([DELETE])
    assert text.startswith("# What pages may do with shop:app: a draft by `cors-harness init`")
    assert "\n#   RUN\n" in text
    assert "\n# DELETE /orders/:number\n" in text
    assert max(map(len, text.partition("\n\n")[0].splitlines())) <= 100


def test_fifty_routes_make_about_fifteen_hundred_cells(tmp_path: Path) -> None:
    survey = asyncio.run(read_app_routes("tests.drafts.fifty_routes:app", CHECKOUT))
    operations = operations_of(survey)
    assert len({each.template for each in operations}) == len(operations) == 50
    found = drafted(tmp_path, operations)
    assert 1_350 < len(found) < 1_750
    lines = text_of(operations).count("\n")
    assert lines < 45 * len(operations)


def test_very_many_routes_fit_into_matrices(tmp_path: Path) -> None:
    operations = [operation(f"GET /things-{number}") for number in range(450)]
    sections_ = sections(operations, INTENT)
    errors_only = draft_text("a", "r", sections_[-2:], credentials=False)
    (tmp_path / "cors.yaml").write_text(errors_only)
    scenarios, problems = load_file(tmp_path / "cors.yaml")
    assert problems == ()
    assert len([each for each in scenarios if each.id.startswith("unhandled")]) == 450


# What the app answers without a browser

READS, CHANGES = operation("GET /orders"), replace(POST, validates=True)


def known(
    tmp_path: Path,
    operations: Sequence[Operation],
    statuses: dict[str, int],
    intent: Intent = INTENT,
) -> tuple[dict[str, int | None], str]:
    """The status that each scenario asserts, and the text, where calls are answered so."""
    answers = {
        call: statuses[name]
        for call in asked_calls(operations, intent)
        if (name := f"{call.method} {call.target}{' raising' * call.raises}") in statuses
    }
    text = draft_text("shop:app", "RUN", sections(operations, intent, answers), credentials=False)
    file = tmp_path / "cors.yaml"
    file.write_text(text)
    scenarios, problems = load_file(file)
    assert [str(problem) for problem in problems] == []
    assert list(complaints(text)) == []
    return {scenario.id: scenario.steps[0].expect.status for scenario in scenarios}, text


FINE = {
    "GET /orders": 200,
    "GET /orders/no-such-page": 404,
    "POST /orders": 422,
    "GET /orders raising": 500,
}


def test_status_is_asserted_where_it_is_the_one_that_is_meant(tmp_path: Path) -> None:
    asserted, text = known(tmp_path, [READS, CHANGES], FINE)
    assert {name: status for name, status in asserted.items() if status} == {
        "get-orders-app": 200,
        "no-such-page-app-get-orders": 404,
        "not-valid-app-post-orders": 422,
        "unhandled-app-get-orders": 500,
        **{name: 200 for name in asserted if name.startswith("spelling-")},
    }
    assert "Asked without a browser" not in text


# id -> (what the app answers to GET /orders, words of the comment)
ERRORS_OF_ROUTES = {
    "a login": (401, "GET /orders with 401. Let the page log in"),
    "a Host": (400, "Let the app take this Host"),
    "a sample": (404, "Put values that exist into its path"),
    "a rate limit": (429, "no rate limit"),
    "a failure": (500, "with 500. Mend it"),
}


@pytest.mark.parametrize(("status", "words"), ERRORS_OF_ROUTES.values(), ids=ERRORS_OF_ROUTES)
def test_error_is_told_and_not_asserted(tmp_path: Path, status: int, words: str) -> None:
    asserted, text = known(tmp_path, [READS], {"GET /orders": status})
    assert not any(asserted.values())
    comment = " ".join(line.removeprefix("# ") for line in text.splitlines() if line[:1] == "#")
    assert words in comment
    assert f"Until then these scenarios are about that {status}" in comment


def test_error_of_another_kind_than_meant_is_told_and_not_asserted(tmp_path: Path) -> None:
    asserted, text = known(tmp_path, [READS], {**FINE, "GET /orders/no-such-page": 401})
    assert asserted["no-such-page-app-get-orders"] is None
    assert "the app answers 401 to calls of `no-such-page`" in text


def test_redirect_is_asserted_by_what_it_leads_to(tmp_path: Path) -> None:
    answers = {"GET /orders": 200, "GET /orders/": 307}
    asserted, _ = known(tmp_path, [GET], answers)
    assert asserted["slash-app-get-orders"] == 200


def test_calls_of_a_kind_that_are_answered_differently_keep_their_names(tmp_path: Path) -> None:
    users = operation("GET /users")
    asserted, _ = known(tmp_path, [READS, users], {"GET /orders/no-such-page": 404})
    assert asserted["no-such-page-app-get-orders"] == 404
    assert asserted["no-such-page-app-get-users"] is None


def test_status_that_pages_do_not_share_is_not_asserted(tmp_path: Path) -> None:
    intent = replace(INTENT, origins=(APP, ADMIN))
    calls = asked_calls([READS], intent)
    answers = {call: 200 if call.origin == str(APP) else 403 for call in calls}
    text = draft_text("shop:app", "RUN", sections([READS], intent, answers), credentials=False)
    (tmp_path / "cors.yaml").write_text(text)
    scenarios, _ = load_file(tmp_path / "cors.yaml")
    assert {scenario.steps[0].expect.status for scenario in scenarios} == {None}


def asked(operations: Sequence[Operation], intent: Intent = INTENT) -> set[str]:
    return {
        f"{call.method} {call.target}{' raising' * call.raises}"
        for call in asked_calls(operations, intent)
    }


def test_what_might_change_something_is_not_asked() -> None:
    assert asked([POST, DELETE]) == {
        "GET /orders",  # a method that no route takes there
        "GET /orders/1",
        "GET /orders/no-such-page",
        "GET /orders/1/no-such-page",
        "POST /orders raising",
        "DELETE /orders/1 raising",
    }


def test_call_that_a_document_says_is_refused_is_asked() -> None:
    assert "POST /orders" in asked([CHANGES])


def test_server_of_which_the_document_is_all_that_is_known_is_asked_by_get_only() -> None:
    by_document = replace(INTENT, can_raise=False)
    calls = asked_calls([READS, CHANGES, DELETE], by_document)
    assert {call.method for call in calls} == {"GET"}


# What is redirected to another server

ACCOUNTS = "https://accounts.example"


def led(operations: Sequence[Operation], *targets: str) -> tuple[set[str], str]:
    """Ids of the draft, and its text, where these targets are redirected to another server."""
    calls = asked_calls(operations, INTENT)
    elsewhere = {call: ACCOUNTS for call in calls if call.target in targets and not call.raises}
    statuses = dict.fromkeys(elsewhere, 302)
    draft = sections(operations, INTENT, statuses, elsewhere=elsewhere)
    text = draft_text("shop:app", "RUN", draft, credentials=False)
    scenarios, problems = load_text(text, "cors.yaml")
    assert problems == ()
    return {scenario.id for scenario in scenarios}, text


def test_route_that_leads_to_another_server_is_not_said_to_be_readable() -> None:
    users = operation("GET /users")
    ids, text = led([GET, users], "/orders", "/orders/no-such-page")
    without = {name for name in ids if "get-orders" in name and "-lookalike-" not in name}
    assert without == {"unhandled-app-get-orders"}
    assert "get-orders-lookalike-foreign-omit" in ids
    assert {"get-users-app", "no-such-page-app-get-users", "spelling-upper-case"} <= ids
    assert f"GET /orders to another server, {ACCOUNTS}, which is" in text.replace("\n# ", " ")


def test_app_whose_only_route_leads_away_has_a_draft_too() -> None:
    ids, _ = led([replace(GET, slash=None)], "/orders")
    assert "get-orders-lookalike-foreign-omit" in ids
    assert not [name for name in ids if name.startswith(("spelling-", "get-orders-app"))]
