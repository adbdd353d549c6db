"""Advice on who is let in and is meant to be kept out: why, and lines that shut just them out."""

import ast

import pytest
from tests.advice.call_builders import (
    ALLOW_ORIGIN,
    DJANGO,
    FASTAPI,
    FLASK,
    FLASK_CORS,
    PAGE,
    STARLETTE,
    request,
)
from tests.advice.neighbour_builders import (
    BLOCKED,
    EVIL,
    OPEN,
    WWW,
    advice_in_run,
    cell,
    misses,
    neighbourhood,
    reads,
)

from cors_harness.advice.advise import advise
from cors_harness.model.advice import SHUTS_OUT, Advice, FixTarget, Mistake
from cors_harness.model.cell import CellRecord

DOT, HTTP = "https://appxexample.com", "http://app.example.com"
DOTTED = "https://shopxapp.example.com"
SHOP = "https://shop.app.example.com"


def let_in(page: str, *, cookies: bool = True) -> CellRecord:
    return reads(f"stranger-{page}", BLOCKED, page, cookies=cookies)


def starred(page: str) -> CellRecord:
    sent = ((b"Origin", page.encode()),)
    answer = request(200, ((ALLOW_ORIGIN, "*"),), request_headers=sent)
    return cell(f"stranger-{page}", BLOCKED, answer, page=page)


OWN = (reads("own", cookies=True), reads("www", page=WWW, cookies=True))
KINDS = {
    "reflection": ((let_in(EVIL), let_in(HTTP)), Mistake.REFLECTS_ORIGIN, "repeats the Origin"),
    "reflection of two that are like nobody": (
        (let_in(EVIL), let_in("https://other.example")),
        Mistake.REFLECTS_ORIGIN,
        "lets in whoever asks, with cookies",
    ),
    "a star": ((starred(EVIL),), Mistake.LETS_EVERYONE_IN, "Access-Control-Allow-Origin: *"),
    "null": ((let_in("null"), misses("e", BLOCKED, EVIL)), Mistake.LETS_NULL_IN, "sandboxed"),
    "http": ((let_in(HTTP), misses("e", BLOCKED, EVIL)), Mistake.MATCHES_TOO_MUCH, "http page"),
    "no anchor": (
        (let_in(f"{PAGE}.attacker.example"), misses("e", BLOCKED, EVIL)),
        Mistake.MATCHES_TOO_MUCH,
        "without an end",
    ),
    "any port": ((let_in(f"{PAGE}:8443"),), Mistake.MATCHES_TOO_MUCH, "another service"),
    "any subdomain": (
        (let_in("https://evil.app.example.com"),),
        Mistake.MATCHES_TOO_MUCH,
        "a forgotten DNS entry",
    ),
    "one by name": ((let_in(EVIL), misses("x", BLOCKED, HTTP)), Mistake.LETS_STRANGER_IN, EVIL),
}


@pytest.mark.parametrize(("strangers", "mistake", "part"), KINDS.values(), ids=KINDS)
def test_mistake_is_told_by_all_the_strangers(
    strangers: tuple[CellRecord, ...], mistake: Mistake, part: str
) -> None:
    advice = advice_in_run(strangers[0], FASTAPI, *strangers[1:], *OWN)
    assert advice.mistake is mistake
    assert part in advice.wrong
    assert advice.wrong.endswith(".")
    assert '    allow_origins=["https://app.example.com", "https://www.example.com"],' in (
        advice.lines
    )


def test_every_mistake_that_lets_in_has_a_row() -> None:
    assert {mistake for _, mistake, _ in KINDS.values()} == SHUTS_OUT


def in_run(made_of: tuple[str, ...], *more: CellRecord) -> Advice:
    return advice_in_run(let_in(EVIL), made_of, let_in(HTTP), *OWN, *more)


TARGETS = {
    FixTarget.FASTAPI: FASTAPI,
    FixTarget.STARLETTE: STARLETTE,
    FixTarget.FLASK: FLASK,
    FixTarget.FLASK_CORS: FLASK_CORS,
    FixTarget.DJANGO: DJANGO,
}


@pytest.mark.parametrize(("where", "made_of"), TARGETS.items(), ids=TARGETS)
def test_lines_name_who_is_meant_and_no_stranger(
    where: FixTarget, made_of: tuple[str, ...]
) -> None:
    advice = in_run(made_of)
    text = "\n".join(advice.lines)
    ast.parse(text)
    assert advice.where is where
    assert PAGE in text
    assert WWW in text
    assert EVIL not in text
    assert "null" not in text
    assert "*" not in text


def test_constant_header_for_one_origin_and_none_for_several() -> None:
    one = advice_in_run(let_in(EVIL), (), OWN[0])
    assert one.lines == (f"{ALLOW_ORIGIN}: {PAGE}",)
    several = advice_in_run(let_in(EVIL), (), *OWN)
    assert several.lines == ()
    assert several.keep == (
        "Compare the whole Origin with each of these, and let in nobody else: "
        "https://app.example.com, https://www.example.com."
    )


def test_nobody_is_named_where_no_cell_says_who_may() -> None:
    advice = advice_in_run(let_in(EVIL), FASTAPI, let_in(HTTP))
    assert advice.lines == ()
    assert "no cell of the run says who" in advice.keep


def test_page_that_is_let_in_elsewhere_is_no_stranger() -> None:
    near = neighbourhood((let_in(EVIL), reads("partner", page=EVIL)))
    assert advise(let_in(EVIL), FASTAPI, near) is None


def test_who_is_blocked_as_meant_and_who_is_meant_gets_none() -> None:
    near = neighbourhood((let_in(EVIL), *OWN, misses("x", BLOCKED, HTTP)))
    assert advise(OWN[0], FASTAPI, near) is None
    assert advise(misses("x", BLOCKED, HTTP), FASTAPI, near) is None


def test_check_shuts_out_what_scenarios_leave_open_and_a_change_let_in() -> None:
    record = reads("open", OPEN, EVIL, cookies=True)
    near = neighbourhood((record, *OWN))
    assert advise(record, FASTAPI, near) is None
    advice = advise(record, FASTAPI, near, step=0)
    assert advice is not None
    assert advice.mistake in SHUTS_OUT
    assert advise(OWN[0], FASTAPI, near, step=0) is None


def test_stranger_of_another_path_is_no_cause_to_shut_out_from_here() -> None:
    admin = misses("admin", BLOCKED, target="/admin?cell=1")
    advice = advice_in_run(let_in(EVIL), FASTAPI, *OWN, admin)
    assert advice.lines == ()
