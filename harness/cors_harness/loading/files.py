"""Scenario files on disk: which there are below a path, and their text."""

import errno
import os
import re
import stat
from pathlib import Path

from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.problems import Problem, ProblemList

# Some 25 000 lines; a hundred times a readable scenario file.
MOST_BYTES = 1024 * 1024
SUFFIXES = (".yaml", ".yml")
# https://yaml.org/spec/1.2.2/#51-character-set
NOT_IN_YAML = re.compile(
    r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def reader_name(path: Path) -> str:
    """The path as a reader would type it: relative when below the current folder; `/` between."""
    full = Path(os.path.normpath(path.absolute()))
    here = Path.cwd()
    return (full.relative_to(here) if full.is_relative_to(here) else full).as_posix()


def files_in(path: Path) -> tuple[tuple[Path, ...], Problem | None]:
    """The YAML files in a folder and below, sorted; a path that is no folder itself.

    A link that leads out of the folder is a problem: whoever has sent the folder would have files
    read, and shown in messages, that are not theirs. One that is named itself is followed.
    """
    if not path.is_dir():
        return (path,), None
    try:
        os.listdir(path)  # noqa: PTH208 - rglob hides that a folder cannot be read
    except OSError as error:
        return (), file_problem(reader_name(path), words_for(error), "a folder that can be read")
    files = sorted(p for p in path.rglob("*") if p.suffix in SUFFIXES and not p.is_dir())
    if strays := [file for file in files if not _is_in(file, path)]:
        own = tuple(file for file in files if file not in strays)
        return own, _stray_problem(strays[0])
    if files:
        return tuple(files), None
    hint = "name a scenario file, or a folder that has some"
    name = reader_name(path)
    return (), file_problem(name, "no *.yaml or *.yml in the folder", "scenario files", hint)


def _is_in(file: Path, folder: Path) -> bool:
    real = Path(os.path.realpath(file))
    return real.is_relative_to(os.path.realpath(folder))


def _stray_problem(link: Path) -> Problem:
    name = reader_name(link)
    found = "a link that leads out of the folder"
    return file_problem(name, found, "files of the folder", f"where it is meant, name it: {name}")


def read_text(path: Path, report: ProblemList) -> str | None:
    """The text of a scenario file; None, and a problem in `report`, when there is none to read."""
    try:
        data = _bytes(path)
    except OSError as error:
        report.add(file_problem(report.file, words_for(error), "a file that can be read"))
        return None
    return text_of(data, report)


def text_of(data: bytes, report: ProblemList) -> str | None:
    """The text of a scenario file in bytes; None, and a problem in `report`, where it is none."""
    if problem := _size_problem(data, report.file):
        report.add(problem)
        return None
    return _decoded(data, report)


def file_problem(file: str, found: str, expected: str, hint: str = "") -> Problem:
    """A problem of the file as a whole."""
    where = SourceSpan(file=file, line=0)
    return Problem(where=where, key="file", found=found, expected=expected, hint=hint)


def words_for(error: OSError) -> str:
    """The cause of `error` as a reader understands it."""
    causes = {
        errno.ENOENT: "nothing: there is no such file or folder",
        errno.EACCES: "no permission to read it",
        errno.ELOOP: "a symbolic link that leads to itself",
    }
    return causes.get(error.errno or 0, f"that it cannot be read ({error.strerror or error})")


def _bytes(path: Path) -> bytes:
    """At most one byte more than allowed; never waits for a pipe or reads a device."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no Path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return file.read(MOST_BYTES + 1)


def _size_problem(data: bytes, file: str) -> Problem | None:
    if len(data) > MOST_BYTES:
        hint = "split it, or use matrix: for scenarios that differ in a few values"
        found = "more than 1 MiB"
        return file_problem(file, found, "a scenario file of at most 1 MiB", hint)
    return None


def _decoded(data: bytes, report: ProblemList) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind a byte order mark.
        offset = error.start + len(data) - len(error.object)
        found = f"the byte 0x{data[offset]:02X} at offset {offset}, which is not UTF-8"
        report.add(file_problem(report.file, found, "UTF-8 text", "save the file as UTF-8"))
        return None
    return None if _has_odd_character(text, report) else text


def _has_odd_character(text: str, report: ProblemList) -> bool:
    match = NOT_IN_YAML.search(text)
    if not match:
        return False
    before = text[: match.start()]
    line, column = before.count("\n") + 1, match.start() - before.rfind("\n")
    code = ord(match.group())
    report.add(
        Problem(
            where=SourceSpan(file=report.file, line=line, column=column),
            key="file",
            found=f"the character U+{code:04X}",
            expected="readable text",
            hint=f'in double quotes write "\\x{code:02X}"' if code < 256 else "take it away",
        )
    )
    return True
