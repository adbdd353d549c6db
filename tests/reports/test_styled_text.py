"""show(): on a terminal in colour, unless nobody wants that; and nothing raw."""

import io
import re

import pytest

from cors_harness.reports.base import Line
from cors_harness.reports.styled_text import answers, show

COLOUR = re.compile(r"\x1b\[(?:[\d;]*;)?(?:3|4|9|10)\d[\d;]*m")
LINE: Line = (("blocked", "bold red"), (" by a\x1b[2J\u202e", ""))


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


def test_no_color_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not COLOUR.search(shown(monkeypatch, Terminal(), NO_COLOR="1"))


def test_what_is_no_terminal_gets_plain_text_and_nothing_raw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert shown(monkeypatch, io.StringIO()) == "blocked by a\\x1b[2J\\u202e\n"
