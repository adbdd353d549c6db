"""Every row of the words tables; silence, and words that nobody mapped."""

import pytest
from tests.judge.before_cors_cases import BEFORE_CORS
from tests.judge.console_message_cases import (
    CHROMIUM_WORDS,
    FIREFOX_WORDS,
    WEBKIT_WORDS,
)
from tests.judge.exchange_builders import console, request

from cors_harness.engine_kinds.table import engine_kinds
from cors_harness.judge.reasons import (
    ARGUMENTS_REFUSED,
    NO_CONSOLE,
    SAID_NOTHING,
    explain,
)
from cors_harness.model.observation import StepMessages
from cors_harness.model.route import Refusal
from cors_harness.model.scenario import Call
from cors_harness.terms.reasons import ReasonCode as Code

WORDS = [
    pytest.param(engine, line, code, detail, id=f"{engine}-{code}-{number}")
    for engine, rows in (
        ("chromium", CHROMIUM_WORDS + BEFORE_CORS["chromium"]),
        ("firefox", FIREFOX_WORDS + BEFORE_CORS["firefox"]),
        ("webkit", WEBKIT_WORDS + BEFORE_CORS["webkit"]),
    )
    for number, (line, code, detail) in enumerate(rows)
]


@pytest.mark.parametrize(("engine", "line", "code", "detail"), WORDS)
def test_words_alone_give_the_reason(engine: str, line: str, code: Code, detail: str) -> None:
    reason = explain(engine, Call(), (), console(line))
    assert (reason.code, reason.detail, reason.console) == (code, detail, line)


@pytest.mark.parametrize("column", ["safari", "safari-firefox"])
def test_words_of_a_column_are_those_of_its_engine(column: str) -> None:
    line, code, _ = WEBKIT_WORDS[0]
    assert explain(column, Call(), (), console(line)).code == code


@pytest.mark.parametrize(
    ("engine", "rows"),
    [("chromium", CHROMIUM_WORDS), ("firefox", FIREFOX_WORDS), ("webkit", WEBKIT_WORDS)],
    ids=["chromium", "firefox", "webkit"],
)
def test_every_row_of_the_table_has_an_example(
    engine: str, rows: list[tuple[str, Code, str]]
) -> None:
    lines = [line for line, _, _ in rows + BEFORE_CORS[engine]]
    table = engine_kinds()[engine].console_patterns
    first = [next(row for row in table if row.pattern.search(line)) for line in lines]
    assert {row.text for row in first} == {row.text for row in table}


@pytest.mark.parametrize(
    ("engine", "lines", "code"),
    [
        pytest.param(
            "chromium",
            ("Failed to load resource: net::ERR_FAILED", CHROMIUM_WORDS[0][0]),
            Code.ALLOW_ORIGIN_MISSING,
            id="the line without a reason comes first",
        ),
        pytest.param(
            "firefox",
            (FIREFOX_WORDS[-1][0], FIREFOX_WORDS[7][0]),
            Code.PREFLIGHT_STATUS,
            id="it did not succeed comes first",
        ),
        pytest.param(
            "firefox",
            (FIREFOX_WORDS[7][0], FIREFOX_WORDS[-1][0]),
            Code.PREFLIGHT_STATUS,
            id="it did not succeed comes second",
        ),
    ],
)
def test_exact_line_wins_over_the_others(engine: str, lines: tuple[str, ...], code: Code) -> None:
    assert explain(engine, Call(), (), console(*lines)).code is code


def test_unmapped_words_are_unknown_and_kept_raw() -> None:
    reason = explain("chromium", Call(), (request(302),), console("Something new.", "And more."))
    assert (reason.code, reason.console) == (Code.UNKNOWN, "Something new.\nAnd more.")


def test_an_engine_without_a_table_gives_unknown() -> None:
    assert explain("ladybird", Call(), (), console("CORS")).code is Code.UNKNOWN


@pytest.mark.parametrize("lines", [(), ("",), (" ",)], ids=["no line", "empty", "blank"])
def test_silence_is_unknown_and_says_so(lines: tuple[str, ...]) -> None:
    reason = explain("webkit", Call(), (request(),), console(*lines))
    assert (reason.code, reason.console, reason.detail) == (Code.UNKNOWN, "", SAID_NOTHING)


def test_an_engine_without_console_is_not_called_silent() -> None:
    reason = explain("webkit", Call(), (request(),), StepMessages(has_console=False))
    assert (reason.code, reason.console, reason.detail) == (Code.UNKNOWN, "", NO_CONSOLE)


def test_a_refusal_of_the_gate_is_a_reason_without_any_console() -> None:
    refusal = Refusal(host="a.test", port=443, client="webkit", why="not mapped", count=1)
    messages = StepMessages(has_console=False, refusals=(refusal,))
    assert explain("webkit", Call(), (), messages).code is Code.NETWORK


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        (
            "chromium",
            "Failed to execute 'fetch' on 'Window': 'PUT' is unsupported in no-cors mode.",
        ),
        ("firefox", "Window.fetch: Invalid request method PUT."),
        ("webkit", "Method must be GET, POST or HEAD in no-cors mode."),
        ("webkit", "Method is forbidden."),
    ],
)
def test_refused_arguments_are_told_by_the_rejection_itself(engine: str, message: str) -> None:
    reason = explain(engine, Call(), (), console(), message)
    assert (reason.code, reason.console) == (Code.ARGUMENTS_REFUSED, message)
    assert reason.detail == ARGUMENTS_REFUSED
