"""Files and folders: what is read, and what a path that cannot be read says."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cors_harness.errors import ScenarioError
from cors_harness.loading.scenarios import Loaded, load_file, load_scenarios

NOBODY = 65534
Read = Callable[[str | bytes], Loaded]
GOOD = """\
- id: NAME
  title: t
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {}
  request: {}
  expect: {outcome: allowed}
"""

# id -> (bytes of the file, the message behind `x.yaml`)
CONTENTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", ": file: found nothing; expected a list of scenarios"),
    "comments only": (b"# a\n", ": file: found nothing; expected a list of scenarios"),
    "empty list": (b"[]\n", ":1:1: file: found an empty list; expected a list of scenarios"),
    "text": (b"hello\n", ":1:1: file: found 'hello'; expected a list of scenarios"),
    "one scenario without a list": (
        b"id: a\ntitle: b\n",
        ":1:1: file: found a mapping; expected a list of scenarios\n"
        "  put '- ' before the first key and two spaces before the others",
    ),
    "Latin-1": (
        b"- title: caf\xe9\n",
        ": file: found the byte 0xE9 at offset 12, which is not UTF-8; expected UTF-8 text\n"
        "  save the file as UTF-8",
    ),
    "Latin-1 behind a byte order mark": (
        b"\xef\xbb\xbf- \xe9\n",
        ": file: found the byte 0xE9 at offset 5, which is not UTF-8; expected UTF-8 text\n"
        "  save the file as UTF-8",
    ),
    "UTF-16": (
        "- a".encode("utf-16"),
        ": file: found the byte 0xFF at offset 0, which is not UTF-8; expected UTF-8 text\n"
        "  save the file as UTF-8",
    ),
    "NUL byte": (
        b"- a\n- b\0\n",
        ":2:4: file: found the character U+0000; expected readable text\n"
        '  in double quotes write "\\x00"',
    ),
    "huge": (
        b"# " + b"x" * 1024 * 1024,
        ": file: found more than 1 MiB; expected a scenario file of at most 1 MiB\n"
        "  split it, or use matrix: for scenarios that differ in a few values",
    ),
}


@pytest.mark.parametrize(("content", "message"), CONTENTS.values(), ids=CONTENTS)
def test_content_that_is_no_list_of_scenarios(read: Read, content: bytes, message: str) -> None:
    scenarios, problems = read(content)
    assert [str(problem) for problem in problems] == [f"x.yaml{message}"]
    assert scenarios == ()


def test_byte_order_mark_is_no_problem(read: Read) -> None:
    scenarios, problems = read(b"\xef\xbb\xbf" + GOOD.replace("NAME", "a").encode())
    assert [scenario.id for scenario in scenarios] == ["a"]
    assert problems == ()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*paths: Path) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        load_scenarios(paths)
    return [str(problem) for problem in raised.value.problems]


def test_missing_file(folder: Path) -> None:
    assert said(folder / "no.yaml") == [
        "no.yaml: file: found nothing: there is no such file or folder; "
        "expected a file that can be read"
    ]


def test_symbolic_link_to_itself(folder: Path) -> None:
    (folder / "a.yaml").symlink_to("a.yaml")
    expected = (
        "a.yaml: file: found a symbolic link that leads to itself; expected a file that can be read"
    )
    assert said(folder / "a.yaml") == [expected]
    assert said(folder) == [expected]


def test_link_that_leads_out_of_a_folder_is_not_read(folder: Path) -> None:
    inside = folder / "sent"
    inside.mkdir()
    (folder / "passwords.txt").write_text("hunter2: [")
    (inside / "a.yaml").symlink_to("../passwords.txt")
    (inside / "b.yaml").write_text(GOOD.replace("NAME", "b"))
    (inside / "c.yaml").symlink_to("b.yaml")
    with pytest.raises(ScenarioError) as raised:
        load_scenarios([inside])
    told = str(raised.value).splitlines()
    found = "found a link that leads out of the folder; expected files of the folder"
    assert told[0] == f"sent/a.yaml: file: {found}"
    assert told[1] == "  where it is meant, name it: sent/a.yaml"
    assert "sent/c.yaml:1:3: id: found 'b' again; expected every id once in all files" in told
    assert "hunter2" not in str(raised.value)


def test_link_that_is_named_is_followed(tmp_path: Path) -> None:
    (tmp_path / "sent").mkdir()
    (tmp_path / "b.yaml").write_text(GOOD.replace("NAME", "b"))
    link = tmp_path / "sent" / "a.yaml"
    link.symlink_to("../b.yaml")
    assert [scenario.id for scenario in load_scenarios([link])] == ["b"]


def test_link_to_a_folder_above_ends(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "up").symlink_to("..")
    (folder / "a.yaml").write_text(GOOD.replace("NAME", "a"))
    assert [scenario.id for scenario in load_scenarios([folder])] == ["a"]


def test_pipe_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "p.yaml")
    assert said(folder) == [
        "p.yaml: file: found that it cannot be read (not a regular file); "
        "expected a file that can be read"
    ]


@pytest.fixture
def open_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody may enter; pytest's own are for their owner only."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        monkeypatch.chdir(name)
        yield Path(name)


@pytest.fixture
def not_root() -> Iterator[None]:
    """Root may read everything, so the test is nobody for a while."""
    user = os.geteuid()
    os.seteuid(user or NOBODY)
    yield
    os.seteuid(user)


def test_unreadable_file(open_folder: Path, request: pytest.FixtureRequest) -> None:
    (open_folder / "a.yaml").touch(mode=0)
    request.getfixturevalue("not_root")
    assert said(open_folder) == [
        "a.yaml: file: found no permission to read it; expected a file that can be read"
    ]


def test_folder_without_scenarios(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "x.json").write_text("[]")
    assert said(folder / "sub") == [
        "sub: file: found no *.yaml or *.yml in the folder; expected scenario files\n"
        "  name a scenario file, or a folder that has some"
    ]


def test_folder_is_read_recursively_and_sorted(folder: Path) -> None:
    (folder / "b").mkdir()
    for name in ("c.yaml", "b/a.yml", "a.yaml"):
        (folder / name).write_text(GOOD.replace("NAME", name.replace("/", "-").split(".")[0]))
    scenarios = load_scenarios([folder])
    assert [s.source.file for s in scenarios] == ["a.yaml", "b/a.yml", "c.yaml"]


def test_file_named_twice_is_read_once(folder: Path) -> None:
    (folder / "a.yaml").write_text(GOOD.replace("NAME", "a"))
    assert len(load_scenarios([folder, folder / "a.yaml", Path("./a.yaml")])) == 1


def test_file_outside_the_current_folder_has_its_full_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "here").mkdir()
    (folder / "a.yaml").write_text(GOOD.replace("NAME", "a"))
    monkeypatch.chdir(folder / "here")
    (scenario,) = load_scenarios([Path("../a.yaml")])
    assert scenario.source.file == (folder / "a.yaml").as_posix()


def test_problems_of_all_files_come_together(folder: Path) -> None:
    (folder / "a.yaml").write_text(GOOD.replace("NAME", "same"))
    (folder / "b.yaml").write_text("- x\n- y\n")
    (folder / "c.yaml").write_text(GOOD.replace("NAME", "same"))
    places = [line.split(": ")[0] for line in said(folder, folder / "no.yaml")]
    assert places == ["b.yaml:1:3", "b.yaml:2:3", "no.yaml", "c.yaml:1:3"]
    assert said(folder)[-1] == (
        "c.yaml:1:3: id: found 'same' again; expected every id once in all files\n"
        "  the first one is at a.yaml:1:3"
    )


def test_load_file_never_raises(folder: Path) -> None:
    scenarios, (problem,) = load_file(folder / "no.yaml")
    assert scenarios == ()
    assert problem.where.line == 0


def test_reading_stops_at_a_hundred_problems(read: Read) -> None:
    _, problems = read("- x\n" * 500)
    assert len(problems) == 101
    assert str(problems[-1]) == (
        "x.yaml: file: found 100 problems or more; expected none\n"
        "  correct these first, then look again"
    )
