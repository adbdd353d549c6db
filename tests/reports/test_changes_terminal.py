"""What a check or a diff prints: in which order, how much, and how it says what to do."""

from dataclasses import replace
from typing import Any

import pytest
from tests.changes.baseline_builders import (
    ALLOWED,
    BLOCKED,
    EVIL,
    PREFLIGHT,
    REQUEST,
    assessed,
    change,
    facet_named,
)
from tests.reports.advice_builders import ADVICE

from cors_harness.changes.assessment import Assessment, Trouble
from cors_harness.model.change import ChangeClass, EngineChange, ServerChange
from cors_harness.reports.changes_terminal import changes_lines

GONE = ("orders.yaml::gone", "app")
NEW = ("orders.yaml::new", "app")
CHROMIUM = EngineChange(name="chromium", before="Chromium 155", after="Chromium 156")
STARLETTE = ServerChange(name="app", before=(("starlette", "1.9"),), after=(("starlette", "1.10"),))


def printed(found: Assessment, *, verbose: bool = False) -> str:
    lines = changes_lines(found, verbose=verbose)
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)


def test_a_group_says_what_changed_from_where_in_which_browsers_and_how_to_accept_it() -> None:
    found = assessed(
        change("get-from-evil"),
        change("get-from-null", origin="null"),
        titles={"get-from-evil": "A foreign site"},
    )
    assert printed(found) == (
        "widened  pages can now read GET /orders (2 scenarios)\n"
        "  request    access-control-allow-origin: missing -> *\n"
        "  page       blocked (allow-origin-missing) -> allowed\n"
        "  from       https://evil.example, null\n"
        "  in         chromium, firefox, webkit, on app\n"
        "  scenario   get-from-evil  GET /orders  A foreign site\n"
        "             get-from-null  GET /orders\n"
        "  accept     cors-harness record orders.yaml --app shop:app --only '*'\n"
        "\n"
        "accept all of it  cors-harness record orders.yaml --app shop:app\n"
        "90 cells compared: 6 widened\n"
        "fails: widened\n"
    )


def test_what_did_not_change_is_one_line_and_a_verdict() -> None:
    assert printed(assessed()) == (
        "90 cells compared: nothing changed\npasses: this run is as cors-baseline.txt says\n"
    )


ORDER = (
    "changed  chromium: Chromium 155 -> Chromium 156\n",
    "changed  app: starlette 1.9 -> 1.10\n",
    "missing  1 entry: nobody has accepted what they do\n",
    "stale  1 entry: accepted, but nothing runs them any more\n",
    "widened  ",
    "narrowed  ",
    "costlier  ",
    "cheaper  ",
    "engine changed  ",
    "cosmetic  3 cells: the wire differs, what pages get does not; --verbose\n",
    "no result  orders.yaml::x[app-webkit]: crashed\n",
    "note: 2 cells skipped\n",
    "90 cells compared: 3 widened, 3 narrowed, 3 costlier, 3 cheaper, 3 engine changed, "
    "3 cosmetic, 1 missing, 1 stale, 1 error\n",
    "no answer: 1 cell came to no result\n",
)


def test_order() -> None:
    found = assessed(
        *(change(f"of-{class_}", class_) for class_ in ChangeClass),
        engines_changed=(CHROMIUM,),
        servers_changed=(STARLETTE,),
        missing=(NEW,),
        stale=(GONE,),
        troubles=(Trouble(cell="orders.yaml::x[app-webkit]", why="crashed"),),
        remarks=("2 cells skipped",),
    )
    text = printed(found)
    places = [text.find(part) for part in ORDER]
    assert -1 not in places
    assert places == sorted(places)


VERDICTS: dict[str, tuple[dict[str, Any], str]] = {
    "missing and stale": ({"missing": (NEW,), "stale": (GONE,)}, "fails: missing, stale\n"),
    "changes that need not fail": (
        {"changes": (change(class_=ChangeClass.NARROWED),)},
        "passes: no change is of a class that fails\n",
    ),
    "several classes": (
        {
            "changes": (change(), change("b", ChangeClass.ENGINE_CHANGED)),
            "fail_on": frozenset(ChangeClass),
        },
        "fails: widened, engine changed\n",
    ),
}


@pytest.mark.parametrize(("fields", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_last_line_is_the_verdict(fields: dict[str, Any], verdict: str) -> None:
    assert printed(assessed(**fields)).splitlines(keepends=True)[-1] == verdict


def test_missing_and_stale_entries_come_with_the_command() -> None:
    text = printed(assessed(missing=(NEW,), stale=(GONE,)))
    command = "cors-harness record orders.yaml --app shop:app --only"
    assert f"  scenario   orders.yaml::new  app\n  accept     {command} new\n" in text
    assert f"  scenario   orders.yaml::gone  app\n  remove     {command} gone\n" in text


MANY = tuple(change(f"s-{number}", origin=f"https://{number}.example") for number in range(9))


def test_of_many_scenarios_and_origins_the_first_few_are_told() -> None:
    text = printed(assessed(*MANY))
    assert "https://3.example and 5 more\n" in text
    assert "  s-4  " in text
    assert "             and 4 more\n" in text
    assert "  s-5  " not in text


def test_verbose_tells_all() -> None:
    text = printed(assessed(*MANY, change("c", ChangeClass.COSMETIC)), verbose=True)
    assert "  s-8  " in text
    assert "https://8.example\n" in text
    assert "cosmetic  https://evil.example can now read c\n" in text
    assert "more" not in text


def test_of_many_kinds_the_first_are_told() -> None:
    kinds = [change(f"k-{number}", facet=facet_named(f"facet {number}")) for number in range(23)]
    text = printed(assessed(*kinds))
    assert text.count("\nwidened  ") + text.startswith("widened  ") == 20
    assert "3 more kinds of widened changes: --verbose shows them\n" in text


def test_cosmetic_changes_are_told_where_there_are_no_others() -> None:
    assert "\n  request    access-control" in printed(assessed(change("c", ChangeClass.COSMETIC)))


def test_what_many_lost_is_said_in_one_sentence() -> None:
    narrowed = [
        change(name, ChangeClass.NARROWED, before=ALLOWED, after=BLOCKED) for name in ("a", "b")
    ]
    assert printed(assessed(*narrowed)).startswith(
        "narrowed  pages can no longer read GET /orders (2 scenarios)\n"
    )


FACETS = {
    "response readable": "pages can now read ",
    "response opaque": "pages now get an opaque response to ",
    "request sent": "the server now gets ",
    "credentials sent": "the server now gets credentials with ",
    "response headers readable": "pages can now read headers of ",
}


@pytest.mark.parametrize(("facet", "words"), FACETS.items(), ids=FACETS)
def test_many_are_told_by_their_call_where_that_is_one(facet: str, words: str) -> None:
    put = replace(REQUEST, method="PUT")
    alike = (change("a", facet=facet_named(facet)), change("b", facet=facet_named(facet)))
    other = change(
        "c",
        facet=facet_named(facet),
        before=replace(BLOCKED, wire=(put,)),
        after=replace(
            ALLOWED, wire=(replace(put, response_headers=ALLOWED.wire[0].response_headers),)
        ),
    )
    assert printed(assessed(*alike)).startswith(f"widened  {words}GET /orders")
    several = printed(assessed(*alike, other))
    assert several.startswith((f"widened  {words}requests", f"widened  {words}the responses"))


def test_scenario_that_changed_in_fewer_browsers_says_so() -> None:
    found = assessed(change("a"), change("b", engines=("webkit",), step=1))
    assert "\n             b (webkit, step 2)  GET" in printed(found)


def test_exchanges_are_told_by_place() -> None:
    before = replace(BLOCKED, wire=(PREFLIGHT,))
    answered = replace(
        PREFLIGHT, status=200, response_headers=(("access-control-allow-origin", EVIL),)
    )
    after = replace(ALLOWED, wire=(answered, REQUEST))
    changes = [
        change(f"from-{origin[-1]}", before=before, after=after, origin=origin)
        for origin in (EVIL, EVIL)
    ]
    assert (
        "  preflight  status: 400 -> 200\n"
        "             access-control-allow-origin: missing -> https://evil.example\n"
        "             vary: Origin -> missing\n"
        "  request    not sent -> sent\n"
    ) in printed(assessed(*changes))


def test_header_that_would_steer_the_terminal_is_shown_escaped() -> None:
    answers = (("access-control-allow-origin", "\x1b[2J"),)
    after = replace(ALLOWED, wire=(replace(REQUEST, response_headers=answers),))
    assert r"missing -> \x1b[2J" in printed(assessed(change(after=after)))


def test_servers_of_the_same_change_share_a_line() -> None:
    servers = tuple(replace(STARLETTE, name=f"s-{number}") for number in range(7))
    text = printed(assessed(servers_changed=servers))
    assert "changed  s-0, s-1, s-2, s-3, s-4 and 2 more: starlette 1.9 -> 1.10\n" in text


def test_engine_that_took_no_part_is_told() -> None:
    new = EngineChange(name="webkit", before="", after="WebKitGTK 2.50.6")
    assert "webkit: took no part -> WebKitGTK 2.50.6" in printed(assessed(engines_changed=(new,)))


def test_command_that_accepts_more_than_the_group_says_so() -> None:
    costlier = change(class_=ChangeClass.COSTLIER, engines=("webkit",))
    assert (
        "--browser webkit --only get-from-evil\n"
        "             which accepts what widened in the same cells, too\n"
    ) in printed(assessed(change(), costlier))


def test_of_many_scenarios_each_origin_comes_first_once() -> None:
    changes = [
        change(f"{path}-from-{origin}", origin=f"https://{origin}.example")
        for path in "abc"
        for origin in "xyz"
    ]
    names = [
        line.split()[-3] for line in printed(assessed(*changes)).splitlines()[1:] if "GET" in line
    ]
    assert names == ["a-from-x", "a-from-y", "a-from-z", "b-from-x", "b-from-y"]


def test_what_narrowed_has_its_fix_once_for_the_group() -> None:
    shut = [change(name, ChangeClass.NARROWED, before=ALLOWED, after=BLOCKED) for name in "ab"]
    advice = {(("orders.yaml::b", "app"), "webkit", 0): ADVICE}
    assert (
        printed(assessed(*shut, advice=advice)).count(
            "  fix        The server crashed.\n"
            "             FastAPI, as the last lines of the module:\n"
            "\n"
            "                 app = CORSMiddleware(\n"
        )
        == 1
    )
    assert "fix" not in printed(assessed(change("b"), advice=advice))
