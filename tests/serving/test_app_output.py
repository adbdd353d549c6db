"""What the user's server writes: cleaned, in bounds, in a file, and by the time it came."""

import os
import time
from pathlib import Path

import pytest

from cors_harness.model.events import ServerOutput
from cors_harness.processes.output_pipe import OutputPipe
from cors_harness.serving.user import app_output
from cors_harness.serving.user.app_output import CUT, HEADER, AppOutput

ALWAYS = (0.0, float("inf"))


class Server:
    """Writes as a process does whose output is taken."""

    def __init__(self, output: AppOutput, name: str = "app") -> None:
        self._pipe: OutputPipe = output.pipe(name)
        self._file = os.dup(self._pipe.file)
        self._pipe.started()

    def write(self, data: bytes) -> None:
        os.write(self._file, data)
        self._pipe.tail()  # it has been taken

    def end(self) -> None:
        os.close(self._file)
        self._pipe.close()


LINES = {
    "colours and controls": (b"\x1b[31mred\x1b[0m\a\x9b2J", "red\\x07\ufffd2J"),
    "direction": ("a\u202eb".encode(), "a\\u202eb"),
    "tab": (b"a\tb", "a       b"),
    "not UTF-8": (b"\xff\x00\xfe", "\ufffd\\x00\ufffd"),
    "carriage return": (b"10 %\r20 %\r", "10 %\\r20 %"),
    "secret in a setting": (b"API_KEY=s3cret", "API_KEY=***"),
    "secret in a URL": (b"to postgres://me:s3cret@db/shop", "to postgres://***@db/shop"),
    "long": (b"x" * 5000, "x" * 2000 + "…"),
}


@pytest.mark.parametrize(("written", "shown"), LINES.values(), ids=LINES)
def test_line_is_told_without_what_steers_terminals_and_without_secrets(
    tmp_path: Path, written: bytes, shown: str
) -> None:
    output = AppOutput()
    output.keep_in(tmp_path / "file")
    server = Server(output)
    server.write(written + b"\n")
    server.end()
    output.end()
    assert output.between("app", *ALWAYS) == (shown,)
    assert (tmp_path / "file").read_text().partition(" app: ")[2] == f"{shown}\n"


def test_lines_are_told_by_the_time_at_which_they_began_and_by_server() -> None:
    output = AppOutput()
    app, raising = Server(output), Server(output, "app-raising")
    app.write(b"before\nbeg")
    start = time.monotonic()
    app.write(b"un before\nduring 1\ndur")
    raising.write(b"of another\n")
    app.write(b"ing 2")
    end = time.monotonic()
    app.write(b", to its end\nafter\n")
    assert output.between("app", start, end) == ("during 1", "during 2, to its end")
    assert output.between("app-raising", start, end) == ("of another",)
    assert output.between("app", *ALWAYS)[:2] == ("before", "begun before")
    app.end()
    raising.end()


def test_nothing_written_makes_no_file_and_the_last_one_goes(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text(HEADER + "1.000 app: of an earlier run\n")
    output = AppOutput()
    output.keep_in(place)
    output.end()
    assert not place.exists()
    assert output.kept() == ServerOutput()


def test_the_folder_is_made_where_there_is_none(tmp_path: Path) -> None:
    """As for `serve`, which has no journal."""
    output = AppOutput()
    server = Server(output)
    output.keep_in(tmp_path / ".cors-harness" / "file")
    server.write(b"served\n")
    server.end()
    output.end()
    assert "served" in (tmp_path / ".cors-harness" / "file").read_text()
    assert output.kept().trouble == ""


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".cors-harness").symlink_to("elsewhere")
    output = AppOutput()
    server = Server(output)
    output.keep_in(tmp_path / ".cors-harness" / "file")
    server.write(b"served\n")
    server.end()
    output.end()
    assert not list((tmp_path / "elsewhere").iterdir())
    assert "is a symbolic link" in output.kept().trouble


def test_what_came_before_the_file_has_its_place_is_in_it(tmp_path: Path) -> None:
    output = AppOutput()
    output.counts_from(time.monotonic() - 10)
    server = Server(output)
    server.write(b"imported\n")
    output.keep_in(tmp_path / "file")
    server.write(b"served")
    server.end()
    output.end()
    header, first, second = (tmp_path / "file").read_text().splitlines()
    assert f"{header}\n" == HEADER
    assert [line.partition(" ")[2] for line in (first, second)] == ["app: imported", "app: served"]
    assert 10 <= float(first.partition(" ")[0]) < 100
    assert output.kept() == ServerOutput(file=tmp_path / "file", lines=2)


def test_file_is_bounded_and_says_that_it_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_output, "FILE_LIMIT", 1000)
    monkeypatch.setattr(app_output, "REMEMBERED", 1000)
    output = AppOutput()
    output.keep_in(tmp_path / "file")
    server = Server(output)
    for number in range(100):
        server.write(b"line %d\n" % number)
    server.end()
    output.end()
    *lines, last = (tmp_path / "file").read_text().splitlines()
    assert last == CUT
    assert len(lines) < 80
    assert output.kept() == ServerOutput(file=tmp_path / "file", lines=100, is_cut=True)
    assert output.between("app", *ALWAYS)[-1] == "line 99"  # for the cells that run now


def test_file_of_somebody_else_is_left_alone_with_a_word(tmp_path: Path) -> None:
    place = tmp_path / "results.output.log"
    place.write_text("mine")
    output = AppOutput()
    output.keep_in(place)
    server = Server(output)
    server.write(b"written\n")
    server.end()
    output.end()
    assert place.read_text() == "mine"
    kept = output.kept()
    assert kept.file is None
    assert kept.trouble == (
        f"what the server writes is not kept: {place} is there already, and is none of ours"
    )
