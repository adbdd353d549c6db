"""facts_from_journal(): what stays of a journal, and what goes."""

from pathlib import Path

import pytest
from tests.changes.records import HEADER, ORIGINS, TOKEN, exchange, observation, record

from cors_harness.changes.facts import facts_from_journal, facts_of, unusable
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts, StepFacts
from cors_harness.model.cell import RecordedCell
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.store.codec import Json
from cors_harness.terms.reasons import ReasonCode

FOLDER = Path("scenarios")

COOKIE = [("Set-Cookie", "sid=1; Path=/")]


def step_of(found: RecordedCell) -> StepFacts:
    (step,) = facts_of(found)
    return step


def wire_of(*exchanges: Json) -> ExchangeFacts:
    (facts,) = step_of(record(*exchanges)).wire
    return facts


def test_the_header_says_what_it_was_accepted_on() -> None:
    baseline = facts_from_journal(HEADER, [], FOLDER)
    assert baseline.harness == "0.1.0"
    assert baseline.engines == (
        ("chromium", "Chromium 156.0.8078.108"),
        ("webkit", "WebKitGTK 2.50.6, not Safari"),
    )
    assert baseline.servers == (
        ("app", ()),
        ("flask-cors", (("flask-cors", "6.0.5"), ("flask", "3.1.3"))),
    )


def test_cells_become_entries_with_engines_side_by_side_in_any_order() -> None:
    cells = [
        record(engine=engine, server=server, scenario=scenario)
        for scenario in ("orders", "a")
        for server in ("flask-cors", "app")
        for engine in ("webkit", "chromium")
    ]
    baseline = facts_from_journal(HEADER, cells, FOLDER)
    assert [entry.name for entry in baseline.entries] == [
        ("orders.yaml::a", "app"),
        ("orders.yaml::a", "flask-cors"),
        ("orders.yaml::orders", "app"),
        ("orders.yaml::orders", "flask-cors"),
    ]
    assert [engine for engine, _ in baseline.entries[0].engines] == ["chromium", "webkit"]
    assert facts_from_journal(HEADER, cells[::-1], FOLDER) == baseline


@pytest.mark.parametrize(
    ("source", "folder", "scenario"),
    [
        ("scenarios/orders.yaml:7", "scenarios", "orders.yaml::orders"),
        ("scenarios/deep/orders.yaml:7", "scenarios", "deep/orders.yaml::orders"),
        ("orders.yaml:7", ".", "orders.yaml::orders"),
        ("other/orders.yaml:7", "scenarios", "../other/orders.yaml::orders"),
        ("/srv/shop/scenarios/orders.yaml:7", "/srv/shop/scenarios", "orders.yaml::orders"),
        ("a:b/orders.yaml:7", "a:b", "orders.yaml::orders"),
    ],
)
def test_files_are_named_from_the_folder(source: str, folder: str, scenario: str) -> None:
    (entry,) = facts_from_journal(HEADER, [record(source=source)], Path(folder)).entries
    assert entry.scenario == scenario


@pytest.mark.parametrize(
    ("page", "origin"),
    [
        (ORIGINS["page"], "{page}"),
        ("https://app.example.com", "https://app.example.com"),
        ("null", "null"),
    ],
)
def test_the_origin_is_the_page_s(page: str, origin: str) -> None:
    (entry,) = facts_from_journal(HEADER, [record(page=page)], FOLDER).entries
    assert entry.origin == origin


@pytest.mark.parametrize("status", ["skipped", "error"])
def test_a_cell_that_says_nothing_about_cors_has_no_facts(status: str) -> None:
    found = record(verdict={"status": status, "note": "no engine"}, observation=None)
    assert facts_from_journal(HEADER, [found], FOLDER).entries == ()
    (cell,) = unusable([found, record()], FOLDER)
    assert (cell.scenario, cell.server, cell.engine) == ("orders.yaml::orders", "app", "chromium")
    assert (cell.status, cell.why) == (Status(status), "no engine")
    assert cell.cell == "scenarios/orders.yaml::orders[app-chromium]"


def test_a_cell_that_came_to_no_result_has_no_facts_though_it_is_a_mismatch() -> None:
    verdict = {"status": "unexpected", "note": "no result after 9 ms", "no_result": True}
    found = record(verdict=verdict)
    assert facts_from_journal(HEADER, [found], FOLDER).entries == ()
    (cell,) = unusable([found, record()], FOLDER)
    assert (cell.status, cell.why) == (Status.UNEXPECTED, "no result after 9 ms")


@pytest.mark.parametrize("status", ["unexpected", "known-difference"])
def test_a_cell_that_is_not_as_expected_has_facts_all_the_same(status: str) -> None:
    found = record(verdict={"status": status, "note": ""})
    assert len(facts_from_journal(HEADER, [found], FOLDER).entries) == 1
    assert unusable([found], FOLDER) == ()


def test_headers_stay_that_browsers_decide_by() -> None:
    kept = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "X-A,  x-b"),
        ("Cache-Control", "no-store"),
        ("Cross-Origin-Resource-Policy", "same-site"),
        ("Location", "/orders/"),
        ("Timing-Allow-Origin", "*"),
        ("Vary", "Origin"),
    ]
    gone = [
        ("Access-Control-Request-Method", "PUT"),  # of requests; servers send it by mistake
        ("Content-Length", "24"),
        ("Date", "Wed, 25 Nov 2026 19:17:25 GMT"),
        ("ETag", '"1"'),
        ("Server", "waitress"),
    ]
    facts = wire_of(exchange(answered=[*gone, *reversed(kept)]))
    assert facts.response_headers == tuple((name.lower(), value) for name, value in kept)


def test_a_header_that_is_sent_twice_stays_twice_and_in_order() -> None:
    answered = [("Vary", "Origin"), ("Access-Control-Allow-Origin", "b"), ("vary", "Cookie")]
    assert wire_of(exchange(answered=answered)).response_headers == (
        ("access-control-allow-origin", "b"),
        ("vary", "Origin"),
        ("vary", "Cookie"),
    )


def test_of_a_cookie_name_and_attributes_stay() -> None:
    cookie = "sid-i7.26=eyJhIjox; Expires=Wed, 25 Nov 2026 19:17:25 GMT; HttpOnly; SameSite=None"
    first, _ = step_of(record(exchange(answered=[("Set-Cookie", cookie)]), exchange())).wire
    assert first.response_headers == (
        ("set-cookie", "sid-{token}=…; Expires=…; HttpOnly; SameSite=None"),
    )


def test_a_cookie_that_no_later_request_of_the_cell_could_carry_goes() -> None:
    """Whether it is set hangs on the cookies of other cells."""
    set_twice = [exchange(answered=COOKIE), exchange("PUT", step=1, answered=COOKIE)]
    steps = [{"observation": observation(), "reason": None}] * 2
    first, last = facts_of(record(*set_twice, steps=steps))
    assert [name for name, _ in first.wire[0].response_headers] == ["set-cookie"]
    assert last.wire[0].response_headers == ()


LOCATIONS = {
    "names stay, values go": (
        "/login?state=Zk3&next=%2Forders%3Fcell%3Di7.26",
        "/login?state=…&next=…",
    ),
    "a value with = in it": ("/login?state=Zk3==&n=1", "/login?state=…&n=…"),
    "a fragment": ("/app?a=1#id_token=eyJ&top", "/app?a=…#id_token=…&top"),
    "the token alone": ("/orders/?cell=i7.26", "/orders/"),
    "an = in the path": ("/a=1/", "/a=1/"),
    "an origin": (f"{ORIGINS['other']}/x?u={ORIGINS['page']}", "{other}/x?u=…"),
}


@pytest.mark.parametrize(("sent", "kept"), LOCATIONS.values(), ids=LOCATIONS)
def test_query_values_of_a_location_go(sent: str, kept: str) -> None:
    assert wire_of(exchange(status=302, answered=[("Location", sent)])).response_headers == (
        ("location", kept),
    )


def test_query_values_go_from_the_request_that_follows_a_redirect_and_from_no_other() -> None:
    asked, followed = "/orders?page=2", "/login?state=Zk3&cell=i7.26"
    cell = record(
        exchange(target=asked, status=302, answered=[("Location", followed)]),
        exchange("OPTIONS", target=followed, kind="preflight"),
        exchange(target=followed),
        exchange(target=asked, step=1),
        steps=[{"observation": observation(), "reason": None}] * 2,
    )
    targets = [[each.target for each in step.wire] for step in facts_of(cell)]
    assert targets == [[asked, "/login?state=…", "/login?state=…"], [asked]]


def test_what_a_preflight_asks_for_stays_and_the_page_s_own_origin_goes() -> None:
    sent = {
        "Origin": ORIGINS["page"],
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
        "User-Agent": "Mozilla/5.0",
    }
    facts = wire_of(exchange("OPTIONS", sent=sent, kind="preflight"))
    assert facts.kind is ExchangeKind.PREFLIGHT
    assert facts.request_headers == (
        ("access-control-request-headers", "content-type"),
        ("access-control-request-method", "PUT"),
    )


@pytest.mark.parametrize("origin", ["null", "https://frame.example"])
def test_an_origin_that_is_not_the_page_s_stays(origin: str) -> None:
    assert wire_of(exchange(sent={"Origin": origin})).request_headers == (("origin", origin),)


def test_authorization_is_a_credential() -> None:
    assert wire_of(exchange(sent={"authorization": "Bearer a"})).with_credentials


@pytest.mark.parametrize(
    ("sent", "with_credentials"),
    [
        pytest.param({"Cookie": "sid=1"}, True, id="the cookie of the cell"),
        pytest.param({"cookie": "a=1; sid=1"}, True, id="beside another cell's"),
        pytest.param({"Cookie": "sid=2"}, False, id="another cell's of that name"),
        pytest.param({"Cookie": "a=1"}, False, id="only another cell's"),
        pytest.param({}, False, id="none"),
    ],
)
def test_a_cookie_is_a_credential_where_the_cell_itself_has_got_it(
    sent: dict[str, str], with_credentials: bool
) -> None:
    cell = record(exchange(answered=COOKIE), exchange(sent=sent))
    assert [each.with_credentials for each in step_of(cell).wire] == [False, with_credentials]


def test_a_cookie_in_front_of_the_response_that_sets_it_is_another_cell_s() -> None:
    assert not wire_of(exchange(sent={"Cookie": "sid=1"}, answered=COOKIE)).with_credentials


def test_a_request_that_the_browser_sent_again_for_want_of_a_response_counts_once() -> None:
    lost, other = exchange(status=None), exchange(target="/b", status=None)
    step = step_of(record(lost, lost, exchange(), exchange(), other))
    assert [(each.target, each.status) for each in step.wire] == [
        ("/orders", 200),
        ("/orders", 200),
        ("/b", None),
    ]


def test_what_the_page_got_stays() -> None:
    seen = observation(readable_headers=[["x-b", "1"], ["content-type", "a"], ["x-b", "2"]])
    assert step_of(record(seen=seen)) == StepFacts(
        outcome=Outcome.ALLOWED, status=200, readable=("content-type", "x-b")
    )


def test_a_same_origin_page_reads_everything_and_cors_has_no_say_in_it() -> None:
    seen = observation(response_type="basic", readable_headers=[["server", "waitress"]])
    assert step_of(record(seen=seen)).readable == ()


def test_a_blocked_call_has_its_reason() -> None:
    seen = observation("blocked", response_type=None, status=None, error_message="Load failed")
    reason = {"code": "allow-origin-missing", "detail": "", "console": "Port 41375 was refused"}
    assert step_of(record(seen=seen, reason=reason)) == StepFacts(
        outcome=Outcome.BLOCKED, reason=ReasonCode.ALLOW_ORIGIN_MISSING
    )


def test_an_opaque_response_has_no_status_for_the_page() -> None:
    seen = observation("opaque", response_type="opaque", status=0)
    assert step_of(record(seen=seen)) == StepFacts(outcome=Outcome.OPAQUE)


def test_exchanges_belong_to_their_steps() -> None:
    cell = record(
        exchange(),
        exchange("PUT", step=1),
        exchange("GET", step=1, target="/b?cell=i7.26"),
        steps=[
            {"observation": observation(), "reason": None},
            {"observation": observation("opaque", status=0), "reason": None},
        ],
    )
    first, second = facts_of(cell)
    assert [each.method for each in first.wire] == ["GET"]
    assert [(each.method, each.target) for each in second.wire] == [
        ("PUT", "/orders"),
        ("GET", "/b"),
    ]
    assert (first.outcome, second.outcome) == (Outcome.ALLOWED, Outcome.OPAQUE)


def of_order(number: str) -> RecordedCell:
    """A cell that makes an order, and looks at it by the id that the response brought."""
    encoded = number.replace("/", "%2F")
    exchanges = (
        exchange("POST", f"/7/orders?cell={TOKEN}", answered=[("Location", f"/orders/{number}")]),
        exchange(
            target=f"/7/{encoded}.json?a=7&id={encoded}&cell={TOKEN}",
            answered=[("Location", f"/orders/{number}/?id=x&cell={TOKEN}")],
            status=307,
            step=1,
        ),
        exchange(target=f"/orders/{number}/?id=x&cell={TOKEN}", step=1),
    )
    return record(
        *exchanges,
        steps=[{"observation": observation(), "reason": None}] * 2,
        step_values={"steps.0.json.id": number},
        step_paths={"1": "/7/{steps.0.json.id}.json?a=7&id={steps.0.json.id}#7"},
    )


@pytest.mark.parametrize("number", ["a/9", "7", "8", "26"])
def test_a_value_that_a_step_brought_stands_as_its_placeholder(number: str) -> None:
    first, second = facts_of(of_order(number))
    (made,) = first.wire
    assert made.target == "/7/orders"
    assert made.response_headers == (("location", "/orders/{steps.0.json.id}"),)
    asked, led = second.wire
    assert asked.target == "/7/{steps.0.json.id}.json?a=7&id={steps.0.json.id}"
    assert asked.response_headers == (("location", "/orders/{steps.0.json.id}/?id=…"),)
    assert led.target == "/orders/{steps.0.json.id}/?id=…"


def of_user(name: str) -> RecordedCell:
    """A cell that creates a user of a unique name, who is shown under it, and asks for him."""
    created = [("Location", f"/users/{name.title()}"), ("Access-Control-Allow-Origin", "*")]
    asked = {"Access-Control-Request-Headers": f"x-{name}"}
    return record(
        exchange("OPTIONS", f"/users?as={name}&cell={TOKEN}", sent=asked, kind="preflight"),
        exchange("POST", f"/users?as={name}&cell={TOKEN}", status=201, answered=created),
        exchange(target=f"/users/bob-{name}?cell={TOKEN}", step=1),
        steps=[{"observation": observation(), "reason": None}] * 2,
        unique=name,
        step_values={"steps.0.json.name": f"bob-{name}"},
        step_paths={"1": "/users/{steps.0.json.name}"},
    )


def test_what_stood_for_unique_is_no_difference_of_two_runs() -> None:
    first, second = map(facts_of, (of_user("k3b9x0a1c2"), of_user("q8w7e6r5t4")))
    assert first == second
    assert "k3b9x0a1c2" not in repr(first)
    assert first[0].wire[1].target == "/users?as={unique}"
    assert dict(first[0].wire[1].response_headers)["location"] == "/users/{unique}"
    assert first[1].wire[0].target == "/users/{steps.0.json.name}"


def test_a_part_of_a_longer_word_is_no_value() -> None:
    target = f"/orders7/7-a/v7?7=x7&cell={TOKEN}"
    found = record(
        exchange(),
        exchange(target=target, step=1),
        steps=[{"observation": observation(), "reason": None}] * 2,
        step_values={"steps.0.json.id": "7"},
        step_paths={"1": "/{steps.0.json.id}"},
    )
    _, step = facts_of(found)
    assert step.wire[0].target == "/orders7/7-a/v7?{steps.0.json.id}=x7"


def test_an_empty_value_is_found_nowhere() -> None:
    path = {"1": "/orders/{steps.0.json.id}"}
    found = record(exchange(), step_values={"steps.0.json.id": ""}, step_paths=path)
    assert step_of(found).wire[0].target == "/orders"


def test_a_name_of_a_value_is_no_template() -> None:
    name = r"steps.0.json.a\g<9>"
    found = record(
        exchange(answered=[("Location", "/orders/abcdef")]),
        exchange(target=f"/v1/abcdef?cell={TOKEN}", step=1),
        steps=[{"observation": observation(), "reason": None}] * 2,
        step_values={name: "abcdef"},
    )
    first, second = facts_of(found)
    assert first.wire[0].response_headers == (("location", f"/orders/{{{name}}}"),)
    assert second.wire[0].target == f"/v1/{{{name}}}"
