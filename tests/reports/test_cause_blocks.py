"""Blocks of causes: what one mistake did in however many cells, its fix once, the command."""

import shlex
from dataclasses import replace

import pytest
from tests.reports.advice_builders import ADVICE
from tests.reports.printed import printed
from tests.reports.record_builders import REQUEST, SPEC, blocked, cell, finished, record, started

from cors_harness.model.advice import Advice, Mistake
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import Event, RunAdvised
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Aspect, Mismatch, Reason, Status, StepResult, Unseen, Verdict
from cors_harness.reports.surprises import WHOLE_BLOCKS
from cors_harness.reports.terminal import Detail
from cors_harness.terms.reasons import ReasonCode

OTHER = replace(ADVICE, wrong="The server allows nobody.")
QUIET, VERBOSE = Detail(quiet=True), Detail(quiet=True, verbose=True)
CRASHED = Verdict(
    status=Status.UNEXPECTED,
    mismatches=(
        Mismatch(aspect=Aspect.OUTCOME, expected="allowed", found="blocked", spec=SPEC),
        Mismatch(
            aspect=Aspect.STATUS, expected=500, found=None, unseen=Unseen.NO_RESPONSE, spec=SPEC
        ),
    ),
    steps=(
        StepResult(
            outcome=Outcome.BLOCKED,
            reason=Reason(code=ReasonCode.ALLOW_ORIGIN_MISSING, console="No\n header \x1b."),
        ),
    ),
)


def advised(name: str = "put", advice: Advice = ADVICE, **place: str) -> CellRecord:
    return replace(blocked(cell(name, **place)), advice=advice)  # type: ignore[arg-type]  # texts


def crashed(name: str = "get", *, server: str = "app", target: str = "/reports") -> CellRecord:
    exchange = replace(REQUEST, method="GET", target=target, status=500, response_headers=())
    first = blocked(cell(name, server=server))
    return replace(
        first, exchanges=(exchange,), verdict=CRASHED, app_output=("Traceback", " Error: 7 ")
    )


BLOCK = """\
The server crashed.
  2 cells   on flask-cors in chromium, webkit, from https://a.example
  calls     PUT /api/data
  preflight OPTIONS http://127.0.0.1:5001/api/data
>           Access-Control-Request-Method: PUT
  response  200
>           Access-Control-Allow-Methods: GET
  page      blocked: TypeError: Load failed
  chromium  Method PUT is not allowed by Access-Control-Allow-Methods.
  fix       FastAPI, as the last lines of the module:
              app = CORSMiddleware(
                  app,
              )
  rerun     cors-harness run scenarios/preflight.yaml \\
              --cell 'put[flask-cors-chromium]'

"""


def test_block_of_a_cause() -> None:
    records = [replace(advised(engine=name), page="https://a.example") for name in ("webkit",)]
    records += [replace(advised(engine="chromium"), page="https://a.example")]
    assert printed(*map(finished, records), detail=QUIET).startswith(BLOCK)


def test_however_many_cells_a_cause_has_it_is_one_block() -> None:
    records = [advised(f"put-{number}") for number in range(300)]
    text = printed(*map(finished, records), detail=QUIET)
    assert "\n  300 cells on flask-cors in webkit\n" in text
    assert text.count("  rerun ") == text.count("app = CORSMiddleware(") == 1


def test_blocks_stand_in_the_order_of_the_files_however_cells_finished() -> None:
    places = [("b.yaml", 1, "x"), ("a.yaml", 9, "y"), ("a.yaml", 2, "z")]
    records = [
        replace(
            blocked(cell(name, file=file, line=line)), advice=replace(ADVICE, wrong=f"{name} is.")
        )
        for file, line, name in places
    ]
    text = printed(*map(finished, records), detail=QUIET)
    assert text.index("z is.") < text.index("y is.") < text.index("x is.")
    assert printed(*map(finished, reversed(records)), detail=QUIET) == text


def test_cells_without_advice_are_of_one_cause_only_where_their_wire_is_alike() -> None:
    one, two = blocked(cell("one")), blocked(cell("two"))
    assert "  2 cells " in printed(finished(one), finished(two), detail=QUIET)
    cut = replace(two, exchanges=two.exchanges[:-1])
    assert "  2 cells " not in printed(finished(one), finished(cut), detail=QUIET)


def test_advice_of_the_whole_run_takes_the_place_of_the_first_one() -> None:
    first = advised("one", OTHER)
    kept = replace(ADVICE, keep="Another page would lose it.")
    revised = RunAdvised(advice=((first.cell.node_id, kept),), hints=("A cache \x1b mixes up.",))
    text = printed(started(), finished(first), finished(advised("two", kept)), revised)
    assert OTHER.wrong not in text
    assert "  2 cells " in text
    assert "\n            Another page would lose it.\n" in text
    assert "hint      A cache \\x1b mixes up.\n" in text


def test_header_that_is_not_there_and_decided_is_a_line() -> None:
    text = printed(finished(crashed()), detail=QUIET)
    assert "  response  500\n>           no Access-Control-Allow-Origin\n" in text


def test_browsers_words_are_one_line_and_do_not_steer_the_terminal() -> None:
    assert "\n  webkit    No header \\x1b.\n" in printed(finished(crashed()), detail=QUIET)


def test_what_the_server_wrote_last_is_shown_where_it_failed() -> None:
    assert "\n  app       Error: 7\n" in printed(finished(crashed()), detail=QUIET)
    passed = replace(blocked(), app_output=("Error of another cell",))
    assert "Error of another" not in printed(finished(passed), detail=QUIET)


def test_calls_of_an_app_that_is_made_to_raise_are_told_apart() -> None:
    records = [replace(crashed(), advice=ADVICE)] + [
        replace(crashed(path[1:], server="app-raising", target=path), advice=ADVICE)
        for path in ("/reports", "/orders")
    ]
    text = printed(*map(finished, records), detail=QUIET)
    assert "\n  calls     GET /reports; where the app raises: GET /orders\n" in text


def test_without_advice_what_was_expected_and_found_is_told() -> None:
    assert printed(finished(crashed()), detail=QUIET).startswith(
        "outcome: expected allowed, found blocked (allow-origin-missing)\n"
    )
    assert "\n  also      status: expected 500, found no response\n" in printed(
        finished(crashed()), detail=QUIET
    )


def test_error_says_that_it_is_one_and_why() -> None:
    verdict = Verdict(status=Status.ERROR, note="webkit crashed")
    lost = record(verdict=verdict, exchanges=(), observations=())
    text = printed(finished(lost), detail=QUIET)
    assert text.startswith("error: webkit crashed\n  1 cell    on flask-cors in webkit\n")
    assert "  scenario  put-json-allowed\n  wire      nothing reached a server\n" in text


def test_fix_without_lines_is_what_is_wrong_and_a_link() -> None:
    bare = replace(ADVICE, place="", lines=(), wrong="A certificate\x1b[2J expired.")
    text = printed(finished(advised(advice=bare)), detail=QUIET)
    assert text.startswith("A certificate\\x1b[2J expired.\n")
    assert f"\n  see       {ADVICE.link}\n" in text


def test_exchanges_that_decided_nothing_are_a_line_each() -> None:
    redirect = replace(REQUEST, method="GET", status=302)
    record = replace(crashed(), exchanges=(redirect, *crashed().exchanges))
    assert (
        "  request   GET http://127.0.0.1:5001/api/data -> 302\n"
        "  request   GET http://127.0.0.1:5001/reports\n"
    ) in printed(finished(record), detail=QUIET)


def commands(text: str) -> list[list[str]]:
    """The commands of `rerun`, as a shell reads them."""
    whole = text.replace("\\\n", "")
    lines = [line for line in whole.splitlines() if line.startswith("  rerun ")]
    return [shlex.split(line.removeprefix("  rerun ")) for line in lines]


def test_command_on_two_lines_is_one_to_a_shell() -> None:
    text = printed(finished(advised("put it", file="my scenarios/a.yaml")), detail=QUIET)
    assert commands(text) == [
        [*("cors-harness", "run", "my scenarios/a.yaml"), "--cell", "put it[flask-cors-webkit]"]
    ]


LINES = (*ADVICE.lines[:2], '    allow_methods=["PUT"],', ADVICE.lines[2])


def test_cell_whose_fix_has_the_most_lines_is_shown() -> None:
    put = advised("put", replace(ADVICE, lines=LINES))
    text = printed(finished(advised("get")), finished(put), detail=QUIET)
    assert "  2 cells " in text
    assert 'allow_methods=["PUT"]' in text
    assert commands(text)[0][-1] == "put[flask-cors-webkit]"
    assert "lines for the others" not in text


def test_lines_that_other_calls_need_are_said_to_be_others() -> None:
    other = advised("get", replace(ADVICE, lines=("max_age=5",)))
    text = printed(finished(advised("put")), finished(other), detail=QUIET)
    assert "\n            for this call; -v has the lines for the others\n" in text


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_what_the_same_lines_mend_is_one_block(names: tuple[str, str]) -> None:
    put = advised(names[0], replace(ADVICE, lines=LINES))
    other = advised(names[1], OTHER)
    text = printed(finished(put), finished(other), detail=QUIET)
    assert text.startswith("The server crashed.\n")
    assert len(commands(text)) == 1
    assert text.count('allow_methods=["PUT"]') == 1
    assert "\n  also      1 cell, PUT /api/data: The server allows nobody.\n" in text
    elsewhere = advised(names[1], OTHER, server="flask-bare")
    assert len(commands(printed(finished(put), finished(elsewhere), detail=QUIET))) == 2


def forgotten(name: str, line: str, mistake: Mistake = Mistake.METHOD, place: str = "x") -> Event:
    lines = ("app.add_middleware(", line, ")")
    advice = replace(ADVICE, wrong=f"{name} is lacking.", lines=lines, mistake=mistake, place=place)
    return finished(advised(name, advice))


def test_lists_that_one_mistake_leaves_short_are_one_fix() -> None:
    events = (
        forgotten("get", '    allow_methods=["GET", "HEAD"],'),
        forgotten("put", '    allow_methods=["PUT"],'),
        forgotten("x-total", '    expose_headers=["X-Total"],'),
    )
    text = printed(*events, detail=QUIET)
    assert len(commands(text)) == 1
    assert (
        """\
              app.add_middleware(
                  allow_methods=["GET", "HEAD", "PUT"],
                  expose_headers=["X-Total"],
              )
"""
        in text
    )
    assert [line for line in text.splitlines() if "is lacking" in line] == [
        "get is lacking.",
        "  also      1 cell, PUT /api/data: put is lacking.",
        "  also      1 cell, PUT /api/data: x-total is lacking.",
    ]


# what is beside `    allow_methods=["GET"],`
APART = {
    "another mistake": ('    allow_methods=["PUT"],', Mistake.HEADER, "x"),
    "another place": ('    allow_methods=["PUT"],', Mistake.METHOD, "y"),
    "no list": ("    allow_methods=METHODS,", Mistake.METHOD, "x"),
    "a comma in a text": ('    allow_methods=["PUT, GET"],', Mistake.METHOD, "x"),
}


@pytest.mark.parametrize(("line", "mistake", "place"), APART.values(), ids=APART)
def test_what_other_lines_mend_is_a_block_of_its_own(
    line: str, mistake: Mistake, place: str
) -> None:
    first = forgotten("get", '    allow_methods=["GET"],')
    other = forgotten("put", line, mistake, place)
    assert len(commands(printed(first, other, detail=QUIET))) == 2


def test_lists_of_those_who_are_let_in_stay_short() -> None:
    let_in = Mistake.LETS_STRANGER_IN
    events = [forgotten(name, f'    allow_origins=["{name}"],', let_in) for name in ("a", "b")]
    assert len(commands(printed(*events, detail=QUIET))) == 2


def test_long_mistake_is_cut() -> None:
    long = advised(advice=replace(ADVICE, wrong="It lets many in. " * 40))
    lines = printed(finished(long), detail=QUIET).splitlines()
    assert lines[3].endswith("…")
    assert lines[4].startswith("  1 cell ")


@pytest.mark.parametrize("detail", [QUIET, VERBOSE], ids=["brief", "verbose"])
def test_fix_stands_once_for_a_cause(detail: Detail) -> None:
    text = printed(*map(finished, (advised("one"), advised("two"))), detail=detail)
    assert text.count("app = CORSMiddleware(") == 1


def test_verbose_report_has_every_transcript() -> None:
    records = [advised(f"put-{number}") for number in range(WHOLE_BLOCKS + 20)]
    text = printed(*map(finished, records), detail=VERBOSE)
    assert text.count("  verdict   unexpected\n") == len(commands(text)) == len(records)
    assert "            as shown at put-0[flask-cors-webkit]\n" in text


def test_of_causes_beyond_the_most_that_anyone_reads_only_the_command_is_told() -> None:
    events: list[Event] = [
        forgotten(f"put-{number:03}", f"no_{number}()") for number in range(WHOLE_BLOCKS + 1)
    ]
    text = printed(*events, detail=QUIET)
    assert text.count("  fix ") == WHOLE_BLOCKS
    assert len(commands(text)) == WHOLE_BLOCKS + 1
