"""Where a deployed server gives another result than its app alone, and why."""

from dataclasses import replace

import pytest
from tests.reports.record_builders import (
    ALLOWED,
    BLOCKED,
    FULFILLED,
    PAGE,
    PREFLIGHT,
    REJECTED,
    REQUEST,
    cell,
    record,
    skipped,
)

from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.verdict import Reason, Status, StepResult, Verdict
from cors_harness.reports.deployment_differences import DeploymentDifference, differences, table
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.reasons import ReasonCode

ORIGIN = (b"Access-Control-Allow-Origin", PAGE)
METHODS = (b"Access-Control-Allow-Methods", b"GET")
WIRE = (PREFLIGHT, REQUEST)


def allowed(
    server: str = "flask-cors",
    engine: str = "webkit",
    *,
    wire: tuple[Exchange, ...] = WIRE,
    status: int = 200,
) -> CellRecord:
    seen = replace(FULFILLED, status=status)
    return record(of(server, engine), exchanges=wire, observations=(seen,))


def blocked(
    server: str = "flask-cors@nginx",
    engine: str = "webkit",
    *,
    wire: tuple[Exchange, ...] = WIRE,
    code: ReasonCode = ReasonCode.ALLOW_ORIGIN_MISSING,
) -> CellRecord:
    step = replace(BLOCKED, reason=Reason(code=code))
    verdict = Verdict(status=Status.AS_EXPECTED, steps=(step,))
    return record(of(server, engine), verdict, exchanges=wire, observations=(REJECTED,))


def of(server: str, engine: str) -> Cell:
    app, _, deployment = server.partition("@")
    acts_as = app if deployment and not app.endswith("-bare") else ""
    return replace(cell(server=server, engine=engine), acts_as=acts_as)


def headers(exchange: Exchange, *pairs: tuple[bytes, bytes], status: int = 200) -> Exchange:
    return replace(exchange, response_headers=HeaderList(pairs), status=status)


def only(*records: CellRecord) -> DeploymentDifference:
    (found,) = differences(records)
    return found


def test_the_same_result_is_no_difference() -> None:
    assert differences([allowed(), allowed("flask-cors@nginx")]) == ()


def test_what_came_out_alone_and_deployed() -> None:
    found = only(allowed(), blocked())
    assert (found.app, found.deployment, found.compared) == ("flask-cors", "nginx", "flask-cors")
    assert (found.alone, found.deployed) == ("allowed 200", "blocked")


def test_another_status_is_a_difference() -> None:
    found = only(allowed(), allowed("flask-cors@nginx", status=413))
    assert (found.alone, found.deployed) == ("allowed 200", "allowed 413")


def test_engines_that_agree_are_one_difference() -> None:
    engines = ("webkit", "chromium")
    records = [make(engine=engine) for engine in engines for make in (allowed, blocked)]
    assert only(*records).engines == ("chromium", "webkit")


def test_engines_that_do_not_agree_are_two() -> None:
    other = allowed("flask-cors@nginx", "chromium", status=413)
    records = [allowed(), blocked(), allowed(engine="chromium"), other]
    assert [each.engines for each in differences(records)] == [("chromium",), ("webkit",)]


@pytest.mark.parametrize("alone", [[], [skipped(of("flask-cors", "webkit"))]])
def test_without_a_counterpart_there_is_no_difference(alone: list[CellRecord]) -> None:
    assert differences([*alone, blocked()]) == ()


def test_app_without_cors_is_compared_with_one_that_has_the_policy() -> None:
    found = only(allowed(), blocked("flask-bare@nginx-cors"))
    assert (found.server, found.compared) == ("flask-bare@nginx-cors", "flask-cors")


METHODS_NAME = "Access-Control-Allow-Methods"
LOST = "Access-Control-Allow-Origin: the page's origin -> missing"
FOREIGN = (b"Access-Control-Allow-Origin", b"*")


@pytest.mark.parametrize(
    ("wire", "code", "why"),
    [
        pytest.param(
            (headers(PREFLIGHT, status=401),),
            ReasonCode.PREFLIGHT_STATUS,
            f"preflight status: 200 -> 401, {LOST} (preflight-status)",
            id="preflight 401",
        ),
        pytest.param(
            (headers(PREFLIGHT, ORIGIN, status=403),),
            ReasonCode.PREFLIGHT_STATUS,
            "preflight status: 200 -> 403 (preflight-status)",
            id="preflight 403 with its header",
        ),
        pytest.param(
            (PREFLIGHT, headers(REQUEST, status=404)),
            ReasonCode.ALLOW_ORIGIN_MISSING,
            f"request status: 200 -> 404, {LOST} (allow-origin-missing)",
            id="404 without",
        ),
        pytest.param(
            (headers(PREFLIGHT, ORIGIN, status=204), headers(REQUEST, ORIGIN, ORIGIN)),
            ReasonCode.ALLOW_ORIGIN_MULTIPLE,
            "request Access-Control-Allow-Origin: the page's origin -> the page's origin,"
            " the page's origin (2 headers) (allow-origin-multiple)",
            id="twice; what the preflight lacks was not asked for",
        ),
        pytest.param(
            (headers(PREFLIGHT, FOREIGN), headers(REQUEST)),
            ReasonCode.ALLOW_ORIGIN_MISSING,
            f"request {LOST} (allow-origin-missing)",
            id="a preflight that passed is not to blame",
        ),
        pytest.param(
            (headers(PREFLIGHT, ORIGIN),),
            ReasonCode.METHOD_NOT_ALLOWED,
            f"preflight {METHODS_NAME}: GET -> missing (method-not-allowed)",
            id="no methods",
        ),
        pytest.param(
            (headers(PREFLIGHT, ORIGIN, (METHODS[0], b"*")),),
            ReasonCode.METHOD_NOT_ALLOWED,
            f"preflight {METHODS_NAME}: GET -> * (method-not-allowed)",
            id="other methods",
        ),
        pytest.param(
            (PREFLIGHT, headers(REQUEST, FOREIGN)),
            ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
            "request Access-Control-Allow-Origin: the page's origin -> *"
            " (allow-origin-wildcard-credentials)",
            id="another value",
        ),
        pytest.param(
            (PREFLIGHT, replace(REQUEST, status=None, response_headers=())),
            ReasonCode.NETWORK,
            f"request status: 200 -> no response, {LOST} (network)",
            id="no response",
        ),
        pytest.param(
            (PREFLIGHT,), ReasonCode.UNKNOWN, "request sent -> not sent (unknown)", id="less"
        ),
        pytest.param(
            WIRE,
            ReasonCode.UNKNOWN,
            "nothing on the wire differs in what browsers decide by (unknown)",
            id="nothing",
        ),
    ],
)
def test_why_is_read_off_the_wire(wire: tuple[Exchange, ...], code: ReasonCode, why: str) -> None:
    assert only(allowed(), blocked(wire=wire, code=code)).why == why


def test_redirect_to_http() -> None:
    location = b"Location"
    ways = [(location, b"https://api.example/a/"), (location, b"http://api.example/a/")]
    alone, deployed = (headers(REQUEST, ORIGIN, way, status=308) for way in ways)
    found = only(allowed(wire=(alone,)), blocked(wire=(deployed,), code=ReasonCode.NETWORK))
    assert found.why == "request Location: https://…/a/ -> http://…/a/ (network)"


def test_what_alone_was_blocked_and_is_allowed_names_the_reason_of_then() -> None:
    alone = blocked("flask-cors", wire=(headers(REQUEST, status=500),))
    deployed = allowed("flask-cors@nginx", wire=(headers(REQUEST, ORIGIN, status=500),), status=500)
    found = only(alone, deployed)
    assert (found.alone, found.deployed) == ("blocked", "allowed 500")
    assert found.why == (
        "request Access-Control-Allow-Origin: missing -> the page's origin (allow-origin-missing)"
    )


def test_another_status_without_a_reason() -> None:
    found = only(
        allowed(wire=(headers(REQUEST, ORIGIN),)),
        allowed("flask-cors@nginx", wire=(headers(REQUEST, ORIGIN, status=206),), status=206),
    )
    assert found.why == "request status: 200 -> 206"


def test_first_step_that_differs_is_explained() -> None:
    steps = (ALLOWED, StepResult(outcome=BLOCKED.outcome, reason=BLOCKED.reason))
    second = replace(headers(REQUEST), step=1)
    both = Verdict(status=Status.AS_EXPECTED, steps=(ALLOWED, ALLOWED))
    alone = replace(
        allowed(wire=(REQUEST, replace(REQUEST, step=1))),
        verdict=both,
        observations=(FULFILLED, FULFILLED),
    )
    deployed = replace(
        blocked(wire=(REQUEST, second)),
        verdict=Verdict(status=Status.AS_EXPECTED, steps=steps),
        observations=(FULFILLED, REJECTED),
    )
    found = only(alone, deployed)
    assert (found.alone, found.deployed) == ("allowed 200, allowed 200", "allowed 200, blocked")
    assert found.why.startswith(f"request {LOST} (")


def drawn(
    records: list[CellRecord], width: int = 80, mistakes: dict[str, str] | None = None
) -> str:
    lines = table(differences(records), width, mistakes)
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def test_table() -> None:
    wire = (headers(PREFLIGHT, status=401),)
    records = [allowed(), blocked("flask-cors@nginx-auth", wire=wire)]
    assert drawn(records, mistakes={"nginx-auth": "it asks preflights"}) == (
        "flask-cors@nginx-auth  it asks preflights\n"
        "  compared with flask-cors alone\n"
        f"  preflight status: 200 -> 401, {LOST} (allow-origin-missing)\n"
        "    put-json-allowed  webkit  allowed 200 -> blocked\n"
    )


def test_names_too_long_for_the_screen_get_a_line_of_their_own() -> None:
    lines = drawn([allowed(), blocked()], width=40).splitlines()
    assert lines[-2:] == ["    put-json-allowed", "      webkit  allowed 200 -> blocked"]


def test_no_difference_no_table() -> None:
    assert drawn([allowed()]) == ""
