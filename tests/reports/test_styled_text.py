"""show(): on a terminal in colour, unless nobody wants that; and nothing raw."""

import io
import re

import pytest

from cors_harness.reports.base import Line
from cors_harness.reports.styled_text import answers, show

COLOUR = re.compile(r"\x1b\[(?:[\d;]*;)?(?:3|4|9|10)\d[\d;]*m")
LINE: Line = (("blocked", "bold red"), (" by a\x1b[2J\u202e", ""))
PLAIN = "blocked by a\\x1b[2J\\u202e\n"


class Terminal(io.StringIO):
    """An output that says that it is one."""

    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, out: io.StringIO, **env: str) -> str:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", **env}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", out)
    show(answers(), [LINE])
    return out.getvalue()


def test_a_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    assert COLOUR.search(shown(monkeypatch, Terminal()))


@pytest.mark.parametrize("more", [{}, {"FORCE_COLOR": "1"}], ids=["alone", "with FORCE_COLOR"])
def test_under_no_color_there_is_no_style_at_all(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, str]
) -> None:
    assert shown(monkeypatch, Terminal(), NO_COLOR="1", **more) == PLAIN


@pytest.mark.parametrize("name", ["FORCE_COLOR", "TTY_COMPATIBLE"])
def test_no_variable_brings_styles_to_what_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert shown(monkeypatch, io.StringIO(), **{name: "1"}) == PLAIN


def test_what_is_no_terminal_gets_plain_text_and_nothing_raw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert shown(monkeypatch, io.StringIO()) == PLAIN


def test_a_program_without_stdout_prints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    show(answers(), [LINE])
