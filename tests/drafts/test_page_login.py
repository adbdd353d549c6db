"""A draft whose pages log in, or send a header: it loads, and says who does what first."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.drafts.test_draft import GET, INTENT, POST
from tests.loading.test_json_schema import complaints

from cors_harness.drafts.draft import sections
from cors_harness.drafts.page_login import DraftLogin, login_notes, with_login
from cors_harness.drafts.text import draft_text
from cors_harness.loading.scenarios import load_file
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.scenario import Scenario
from cors_harness.model.survey import AskedCall, LoginCall, PageLogin
from cors_harness.terms.modes import CredentialsMode

LOGIN = LoginCall(
    method="POST", target="/login", content_type="application/json", body='{"user": "ann"}'
)
FRAME = "https://app.example.com"
KEY = DraftLogin(page_login=PageLogin(headers=(("X-Api-Key", "good"),)), frame=FRAME)
BEARER = ("Authorization", "Bearer {steps.0.json.access_token}")
TOKEN = DraftLogin(page_login=PageLogin(headers=(BEARER,), login=LOGIN), frame=FRAME, status=200)
COOKIE = DraftLogin(page_login=PageLogin(login=LOGIN), frame=FRAME, status=303, by_cookie=True)
ME = AskedCall(method="GET", target="/orders", origin=FRAME)


def drafted(tmp_path: Path, how: DraftLogin) -> Mapping[str, list[Scenario]]:
    """The scenarios by the id that the draft gives them."""
    operations = (GET, POST)
    meant = replace(INTENT, credentials=how.by_cookie)
    draft = with_login(
        sections(operations, INTENT, {ME: 401}), sections(operations, meant, {ME: 200}), how
    )
    file = tmp_path / "cors.yaml"
    file.write_text(
        draft_text("shop:app", "RUN", draft, credentials=how.by_cookie, notes=login_notes(how))
    )
    scenarios, problems = load_file(file)
    assert [str(problem) for problem in problems] == []
    assert list(complaints(file.read_text())) == []
    by_id: dict[str, list[Scenario]] = {}
    names = [str(fields["id"]) for section in draft for fields in section.scenarios]
    for scenario in scenarios:
        name = max((name for name in names if scenario.id.startswith(f"{name}-")), key=len)
        by_id.setdefault(name, []).append(scenario)
    assert by_id.keys() == set(names)
    return by_id


def logs_in(scenario: Scenario) -> bool:
    return len(scenario.steps) == 2 and scenario.steps[0].call.path == "/login"


@pytest.mark.parametrize("how", [KEY, TOKEN, COOKIE], ids=["header", "token", "cookie"])
def test_every_call_has_the_headers_that_let_pages_in(tmp_path: Path, how: DraftLogin) -> None:
    names = {name for name, _ in how.page_login.headers}
    scenarios = [one for each in drafted(tmp_path, how).values() for one in each]
    assert scenarios
    for scenario in scenarios:
        is_raising = scenario.servers == ("app-raising",)
        sent = {name for name, _ in scenario.steps[-1].call.headers}
        assert names <= sent or (is_raising and how is TOKEN), scenario.id
        assert "Cookie" not in sent


def test_pages_of_others_ask_first_where_a_header_needs_it(tmp_path: Path) -> None:
    for how, kind in ((KEY, ExchangeKind.PREFLIGHT), (COOKIE, ExchangeKind.REQUEST)):
        (tmp_path / "cors.yaml").unlink(missing_ok=True)
        stranger = drafted(tmp_path, how)["get-orders-lookalike"][0]
        assert stranger.steps[-1].expect.wire == (kind,)


def test_token_is_fetched_by_every_page_and_by_a_frame_in_those_of_others(tmp_path: Path) -> None:
    by_id = drafted(tmp_path, TOKEN)
    for name, scenarios in by_id.items():
        assert [logs_in(one) for one in scenarios] == [name != "unhandled"] * len(scenarios), name
    frames = {one.id: one.steps[0].call.frame for one in by_id["get-orders-lookalike"]}
    assert set(map(str, frames.values())) == {FRAME}
    assert by_id["get-orders"][0].steps[0].call.frame is None
    assert by_id["get-orders"][0].steps[0].expect.status == 200


def test_calls_with_cookies_come_after_the_login_and_others_without(tmp_path: Path) -> None:
    by_id = drafted(tmp_path, COOKIE)
    logged_in = {name for name, each in by_id.items() if any(map(logs_in, each))}
    assert logged_in == {
        *("get-orders-credentials", "post-orders-credentials"),
        *("get-orders-lookalike-credentials", "post-orders-lookalike-credentials"),
    }
    allowed = by_id["get-orders-credentials"][0]
    assert {step.call.credentials for step in allowed.steps} == {CredentialsMode.INCLUDE}
    assert allowed.steps[0].expect.status is None  # the page is led on by a 303
    assert allowed.steps[1].expect.status == 200  # as somebody who is logged in
    assert by_id["get-orders"][0].steps[0].expect.status is None  # 401 for anybody else


def test_server_on_which_every_view_raises_needs_no_login(tmp_path: Path) -> None:
    raising = drafted(tmp_path, TOKEN)["unhandled"]
    assert raising
    for scenario in raising:
        assert len(scenario.steps) == 1
        assert "steps." not in str(scenario.steps[0].call.headers)
        assert scenario.steps[0].expect.status is None


def test_header_that_the_draft_has_already_is_replaced(tmp_path: Path) -> None:
    page_login = PageLogin(headers=(("content-type", "text/plain"), ("Authorization", "Basic x")))
    by_id = drafted(tmp_path, DraftLogin(page_login=page_login, frame=FRAME))
    assert "authorization" not in by_id  # nothing is open there any more
    for scenario in by_id["post-orders"]:
        assert scenario.steps[0].call.headers == (
            ("content-type", "text/plain"),
            ("Authorization", "Basic x"),
        )
