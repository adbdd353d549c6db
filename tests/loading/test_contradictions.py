"""Expectations that no run can meet are refused, with what states the same on the wire."""

from collections.abc import Callable

import pytest
from tests.loading.mistakes import FETCH, GOOD

from cors_harness.loading.scenarios import Loaded

Read = Callable[[str], Loaded]
NETWORK_ERROR = f"{FETCH}concept-network-error"
FILTERED = f"{FETCH}concept-filtered-response"
UNREADABLE = "expected only what a page can read with it"
NOTHING = "  with this outcome the page sees no response; "
FILTERED_ONLY = "  with this outcome the page sees a response without status, headers and body; "
INSTEAD = "what was on the wire is stated by exchanges: [{}], an entry for each exchange"
SAME = "expected that both say the same"


def instead(entry: str, rule: str = NETWORK_ERROR, seen: str = NOTHING) -> str:
    return f"{seen}{INSTEAD.format(entry)} {rule}"


# what stands in `expect`, where the problem is, and the rest of its message
NEVER = {
    "status of what is blocked": (
        "outcome: blocked, wire: [request], status: 403",
        f"6:55: status: found status beside outcome: blocked; {UNREADABLE}\n"
        + instead("{status: 403}"),
    ),
    "body of what is blocked": (
        "outcome: blocked, wire: [request], body: é",
        f"6:53: body: found body beside outcome: blocked; {UNREADABLE}\n"
        + instead("{body_bytes: 2}"),
    ),
    "redirect of what timed out": (
        "outcome: timeout, redirected: true",
        f"6:42: redirected: found redirected beside outcome: timeout; {UNREADABLE}\n"
        + instead("{at: other, path: /landing}"),
    ),
    "status text of what is blocked": (
        "outcome: blocked, wire: [request], status_text: OK",
        f"6:60: status_text: found status_text beside outcome: blocked; {UNREADABLE}\n"
        f"{NOTHING}take it away {NETWORK_ERROR}",
    ),
    "header of what is blocked": (
        "outcome: blocked, wire: [request], readable: [ETag, {X-A: b, X-B: null}]",
        f"6:57: readable: found readable beside outcome: blocked; {UNREADABLE}\n"
        + instead("{response_headers: [ETag, X-A]}"),
    ),
    "status of several outcomes": (
        "outcome: [blocked, timeout], wire: [request], status: 403",
        f"6:66: status: found status beside outcome: [blocked, timeout]; {UNREADABLE}\n"
        + instead("{status: 403}"),
    ),
    "status of an opaque response": (
        "outcome: opaque, status: 200",
        f"6:37: status: found status beside outcome: opaque; {UNREADABLE}\n"
        + instead("{status: 200}", FILTERED, FILTERED_ONLY),
    ),
    "type of another outcome": (
        "outcome: allowed, response_type: opaque",
        f"6:45: response_type: found response_type beside outcome: allowed; {UNREADABLE}\n"
        f"  the outcome says it; take it away {FILTERED}",
    ),
    "reason of what timed out": (
        "outcome: timeout, reason: network",
        "6:38: reason: found a reason beside outcome: timeout; "
        "expected it with blocked or failed only",
    ),
    "more exchanges than the wire": (
        "outcome: allowed, wire: [request], exchanges: [{kind: request}, {}]",
        f"6:58: exchanges: found exchanges: [request, {{}}] beside wire: [request]; {SAME}",
    ),
    "another exchange than the wire": (
        "outcome: allowed, wire: [request], exchanges: [{kind: preflight}]",
        f"6:58: exchanges: found exchanges: [preflight] beside wire: [request]; {SAME}",
    ),
    "exchanges with a preflight that must not be": (
        "outcome: allowed, preflight: false, exchanges: [{kind: preflight}, {}]",
        "6:59: exchanges: found exchanges: [preflight, {}] beside preflight: false; " + SAME,
    ),
    "exchanges without the preflight": (
        "outcome: allowed, preflight: true, exchanges: [{kind: request}]",
        f"6:58: exchanges: found exchanges: [request] beside preflight: true; {SAME}",
    ),
    "header of a request that is not sent": (
        "outcome: blocked, wire: [preflight], sent: {Cookie: null}",
        "6:55: sent: found sent beside wire: [preflight]; expected a request there",
    ),
    "header of a preflight that is not sent": (
        "outcome: allowed, exchanges: [{kind: request}], preflight_sent: {Cookie: null}",
        "6:76: preflight_sent: found preflight_sent beside exchanges: [request]; "
        "expected a preflight there",
    ),
    "header of a preflight that must not be": (
        "outcome: allowed, preflight: false, preflight_sent: {Cookie: null}",
        "6:64: preflight_sent: found preflight_sent beside preflight: false; "
        "expected a preflight there",
    ),
    "preflight by another method": (
        "outcome: allowed, exchanges: [{kind: preflight, method: PUT}]",
        "6:68: method: found kind: preflight beside method: PUT; expected OPTIONS of a preflight",
    ),
    "headers of no response": (
        "outcome: failed, exchanges: [{status: null, response_headers: [ETag]}]",
        "6:74: response_headers: found response_headers beside status: null; "
        "expected a status beside them\n  null says that no response comes",
    ),
}


@pytest.mark.parametrize(("expect", "message"), NEVER.values(), ids=NEVER)
def test_what_can_never_hold_is_refused(read: Read, expect: str, message: str) -> None:
    _, problems = read(GOOD.replace("outcome: allowed", expect))
    assert [str(problem) for problem in problems] == [f"x.yaml:{message}"]


MAY_HOLD = {
    "not readable": "outcome: blocked, wire: [request], readable: {ETag: null}",
    "one of the outcomes has a status": "outcome: [blocked, allowed], wire: [request], status: 403",
    "a response whose body broke off": "outcome: failed, status: 200",
    "opaque has status 0": "outcome: opaque, status: 0, body: '', response_type: opaque",
    "a redirect that is kept back has a URL": "outcome: opaque-redirect, url: '{server}/x'",
    "a reason of one of the outcomes": "outcome: [timeout, failed], reason: network",
    "kinds left open": "outcome: allowed, wire: [preflight, request], exchanges: [{}, {}]",
    "sent by an exchange of any kind": "outcome: allowed, exchanges: [{}], sent: {Cookie: null}",
    "no response, no header": "outcome: failed, exchanges: [{status: null, "
    "response_headers: {ETag: null}}]",
}


@pytest.mark.parametrize("expect", MAY_HOLD.values(), ids=MAY_HOLD)
def test_what_may_hold_is_taken(read: Read, expect: str) -> None:
    assert read(GOOD.replace("outcome: allowed", expect))[1] == ()


BLOCKED = "outcome: blocked, wire: [preflight]"
# what stands in `expect`, the entries of `except`, and the keys that are reported
ENTRIES = {
    "status of what an entry blocks": (
        "outcome: allowed, status: 200",
        ["engine: webkit, outcome: blocked, wire: [request], status: 403"],
        ["status"],
    ),
    "status of what is blocked anyhow": (BLOCKED, ["engine: webkit, status: 403"], ["status"]),
    "status that another outcome forgets": (
        "outcome: allowed, status: 200",
        ["engine: webkit, outcome: blocked, wire: [request]"],
        [],
    ),
    "wire of an entry beside exchanges of all": (
        "outcome: allowed, exchanges: [{kind: request}]",
        ["engine: webkit, wire: [preflight, request]"],
        ["exchanges"],
    ),
    "exchanges that the entry takes back": (
        "outcome: allowed, exchanges: [{kind: request}]",
        ["engine: webkit, wire: [preflight, request], exchanges: null"],
        [],
    ),
    "reason of what another entry blocks": (
        "outcome: allowed",
        ["engine: webkit, " + BLOCKED, "server: a, reason: preflight-status"],
        [],
    ),
    "reason beside an entry for another engine": (
        "outcome: allowed",
        ["engine: webkit, " + BLOCKED, "engine: firefox, reason: preflight-status"],
        ["reason"],
    ),
    "reason of a deployment of another server": (
        "outcome: allowed",
        ["server: a, " + BLOCKED, "server: 'a@nginx', reason: preflight-status"],
        [],
    ),
    "one of the outcomes of an entry": (
        BLOCKED,
        ["engine: webkit, outcome: [blocked, allowed], status: 200"],
        [],
    ),
    "blocked with exchanges": (
        "outcome: allowed",
        ["engine: webkit, outcome: [failed, blocked], exchanges: [{status: 403}]"],
        [],
    ),
    "one of the outcomes is blocked, and nothing of the wire": (
        "outcome: allowed",
        ["engine: webkit, outcome: [allowed, blocked]"],
        ["except"],
    ),
}


@pytest.mark.parametrize(("expect", "entries", "keys"), ENTRIES.values(), ids=ENTRIES)
def test_entries_are_read_with_what_they_inherit(
    read: Read, expect: str, entries: list[str], keys: list[str]
) -> None:
    listed = ", ".join(f"{{{entry}}}" for entry in entries)
    text = GOOD.replace("outcome: allowed", expect) + f"  except: [{listed}]\n"
    _, problems = read(text)
    assert [problem.key for problem in problems] == keys
