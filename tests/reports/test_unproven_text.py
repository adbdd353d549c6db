"""What a run says of cells that an error decided: how many, of which calls, what to do."""

from dataclasses import replace

from cors_harness.judge.unproven import UnprovenStep
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Caveat
from cors_harness.reports.unproven_text import unproven_lines, unproven_sentences

BLOCKED_401 = UnprovenStep(
    cell="a.yaml::orders-evil[app-webkit]",
    is_green=True,
    caveat=Caveat(step=0, outcome=Outcome.BLOCKED, kind=ExchangeKind.REQUEST, status=401),
    exchange=Exchange(
        kind=ExchangeKind.REQUEST,
        role="server",
        origin="https://api.example",
        method="GET",
        target="/orders?cell=p.1",
        request_headers=((b"Origin", b"https://evil.example"),),
        status=401,
        body=b'{"detail":\n"no\x1b[2J"}',
    ),
)
ALLOWED_400 = replace(
    BLOCKED_401,
    cell="a.yaml::orders-app[app-webkit]",
    caveat=replace(BLOCKED_401.caveat, outcome=Outcome.ALLOWED, status=400),
    exchange=replace(
        BLOCKED_401.exchange,
        status=400,
        response_headers=((b"Access-Control-Allow-Origin", b"*"),),
        body=b"Invalid host header",
    ),
)
BLOCKED_TEXT = r"""as expected by an error: 1 cell
     1  blocked by a 401 to GET /orders
        such as orders-evil[app-webkit]
          request   GET https://api.example/orders (Origin: https://evil.example)
          response  401, no CORS headers: {"detail": "no\x1b[2J"}
        no other page got this 401 with CORS headers, so it says nothing about CORS
        let the page log in, in a step before or by a header
        if it is meant, say so: exchanges: [{kind: request, status: 401}]

"""
ALLOWED_TEXT = """as expected by an error: 1 cell
     1  allowed to read a 400 to GET /orders
        such as orders-app[app-webkit]
          request   GET https://api.example/orders (Origin: https://evil.example)
          response  400, allows *: Invalid host header
        no page got an ok status by this call: that an error can be read is all that is shown
        does the server take this Host, path and body?
        if it is meant, say so: status: 400

"""


def printed(*steps: UnprovenStep, is_all: bool = False) -> str:
    lines = unproven_lines(steps, is_all=is_all)
    return "".join("".join(text for text, _ in line) + "\n" for line in lines)


def test_block_is_told_with_its_answer_and_what_to_do() -> None:
    assert printed(BLOCKED_401) == BLOCKED_TEXT


def test_error_that_is_read_is_told_too() -> None:
    assert printed(ALLOWED_400) == ALLOWED_TEXT


def test_what_the_app_wrote_stands_below_its_answer() -> None:
    wrote = ("  raise KeyError(7)", "KeyError: \x1b7")
    text = printed(replace(BLOCKED_401, app_output=wrote))
    lines = text.partition('no\\x1b[2J"}\n')[2].splitlines()[:2]
    assert lines == [
        "          app         raise KeyError(7)",
        "                    KeyError: \\x1b7",
    ]


def test_nothing_is_told_where_nothing_is_to_tell() -> None:
    assert printed() == ""


def test_what_is_not_as_expected_or_left_open_is_not_told() -> None:
    is_open = replace(BLOCKED_401, caveat=replace(BLOCKED_401.caveat, is_open=True))
    assert printed(replace(BLOCKED_401, is_green=False), is_open) == ""


def test_run_that_shows_nothing_is_told_so() -> None:
    assert "nothing was shown: every cell that is as expected" in printed(BLOCKED_401, is_all=True)


def test_preflight_is_named_by_what_it_asks_for() -> None:
    exchange = replace(
        BLOCKED_401.exchange,
        kind=ExchangeKind.PREFLIGHT,
        method="OPTIONS",
        request_headers=((b"Access-Control-Request-Method", b"PUT"),),
    )
    caveat = replace(BLOCKED_401.caveat, kind=ExchangeKind.PREFLIGHT)
    text = printed(replace(BLOCKED_401, exchange=exchange, caveat=caveat))
    assert "blocked by a 401 to the preflight of PUT /orders\n" in text
    assert "exchanges: [{kind: preflight, status: 401}]" in text


def test_exchanges_that_are_to_be_asserted_are_all_there() -> None:
    asserted = "exchanges: [{kind: preflight}, {kind: request, status: 401}]"
    assert asserted in printed(replace(BLOCKED_401, before=(ExchangeKind.PREFLIGHT,)))


def test_cells_of_one_status_are_one_group_and_the_largest_is_first() -> None:
    others = [
        replace(
            BLOCKED_401,
            cell=f"a.yaml::{number}[app-webkit]",
            exchange=replace(BLOCKED_401.exchange, target=f"/{number}"),
        )
        for number in range(5)
    ]
    lines = printed(ALLOWED_400, BLOCKED_401, *others).splitlines()
    assert lines[:2] == [
        "as expected by an error: 7 cells",
        "     6  blocked by a 401 to GET /orders, GET /0, GET /1 and 3 more",
    ]


def test_cells_with_errors_are_a_sentence_for_each_kind() -> None:
    is_open = replace(BLOCKED_401, caveat=replace(BLOCKED_401.caveat, is_open=True))
    assert unproven_sentences((is_open, ALLOWED_400), "this run") == (
        "1 cell of this run blocked by a 401 to GET /orders: no other page got this 401 with CORS "
        "headers, so it says nothing about CORS",
        "1 cell of this run allowed to read a 400 to GET /orders: no page got an ok status by this "
        "call: that an error can be read is all that is shown",
    )


def test_answer_whose_body_came_is_shown() -> None:
    """A browser that refuses at the head may leave before the body comes."""
    cut = replace(
        BLOCKED_401, cell="a.yaml::first", exchange=replace(BLOCKED_401.exchange, body=b"")
    )
    text = printed(cut, BLOCKED_401)
    assert "        such as orders-evil[app-webkit]\n" in text
    assert '401, no CORS headers: {"detail": ' in text
    assert "        such as first\n" in printed(cut)
