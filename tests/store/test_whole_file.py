import ast
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.test_layering import parsed

import cors_harness
from cors_harness.cli.draft_files import check_free
from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.baseline import Baseline
from cors_harness.store.baseline_writing import write_baseline
from cors_harness.store.journal import Journal
from cors_harness.store.whole_file import append, write_new, write_whole

BASELINE = Baseline(harness="1", engines=(), servers=(), entries=())


def report(place: Path) -> None:
    write_whole(place, "--junit", "new")


def journal(place: Path) -> None:
    Journal(place).close()


def begun_journal(place: Path) -> None:
    begun = Journal(place)
    begun.begin({})
    begun.close()


def baseline(place: Path) -> None:
    write_baseline(place, BASELINE)


WRITERS: dict[str, Callable[[Path], None]] = {
    "a report": report,
    "a journal": journal,
    "a baseline": baseline,
    "a draft": lambda place: write_new(place, "new"),
    "a job's summary": lambda place: append(place, "new"),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_nothing_is_written_through_a_link(tmp_path: Path, write: Callable[[Path], None]) -> None:
    target, link = tmp_path / "authorized_keys", tmp_path / "out"
    target.write_text("kept")
    link.symlink_to(target)
    with pytest.raises((HarnessError, OSError)):
        write(link)
    assert target.read_text() == "kept"
    assert link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["authorized_keys", "out"]


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_nothing_is_made_where_a_link_leads(tmp_path: Path, write: Callable[[Path], None]) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "made")
    with pytest.raises((HarnessError, OSError)):
        write(tmp_path / "out")
    assert not (tmp_path / "made").exists()


def test_a_link_is_named_with_what_helps(tmp_path: Path) -> None:
    (tmp_path / "cors.xml").symlink_to("/etc/made-up")
    with pytest.raises(UsageError) as caught:
        report(tmp_path / "cors.xml")
    assert str(caught.value) == (
        f"--junit: {tmp_path / 'cors.xml'} cannot be written: cors.xml is a symbolic link to "
        "/etc/made-up, and nothing is written through one\n"
        "  name the place itself, or remove the link"
    )


def test_a_folder_of_ours_that_a_repository_brings_as_a_link_gets_nothing(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".cors-harness").symlink_to("elsewhere")
    with pytest.raises(UsageError, match="symbolic link to elsewhere"):
        journal(tmp_path / ".cors-harness" / "last.journal.jsonl")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_folders_of_the_users_own_may_be_links(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "reports").symlink_to("disk")
    report(tmp_path / "reports" / "cors.xml")
    assert (tmp_path / "disk" / "cors.xml").read_text() == "new"


def test_a_link_that_comes_at_the_last_moment_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, place = tmp_path / "authorized_keys", tmp_path / "out"
    target.write_text("kept")
    sync = os.fsync

    def put_a_link(descriptor: int) -> None:
        sync(descriptor)
        place.symlink_to(target)

    monkeypatch.setattr(os, "fsync", put_a_link)
    report(place)
    assert (target.read_text(), place.read_text(), place.is_symlink()) == ("kept", "new", False)


def test_a_new_file_has_what_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        report(tmp_path / "out")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


@pytest.mark.parametrize("write", [report, begun_journal, baseline])
def test_a_file_that_is_replaced_keeps_its_permissions(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    place = tmp_path / "out"
    place.touch()
    place.chmod(0o4600)
    write(place)
    assert place.stat().st_size > 0
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_a_journal_with_secrets_is_for_its_owner_alone(tmp_path: Path) -> None:
    place = tmp_path / "journal"
    place.touch()
    place.chmod(0o644)
    private = Journal(place)
    private.begin({"harness": "1", "keeps_secrets": True})
    private.revise({})
    private.close()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


@pytest.fixture
def folder_of_nobody() -> Iterator[Path]:
    """A folder that everybody may write to, while this process is of a user without rights."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        if user == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(user)


def test_what_the_user_may_not_write_is_not_replaced(folder_of_nobody: Path) -> None:
    place = folder_of_nobody / "out"
    place.write_text("kept")
    place.chmod(0o444)
    with pytest.raises(UsageError, match="Permission denied"):
        report(place)
    assert place.read_text() == "kept"


def test_what_cannot_be_written_whole_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "out"
    place.write_text("old")

    def disk_full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(UsageError, match=r"--junit: .*: No space left on device"):
        report(place)
    assert place.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_named_pipe_gets_the_text(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    report(pipe)
    reader.join(timeout=10)
    assert read == ["new"]
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


PRINTS = """
from pathlib import Path
from cors_harness.store.whole_file import write_whole
print("before")
write_whole(Path("/dev/stdout"), "--junit", "<xml/>\\n")
print("after")
"""


def test_the_output_of_the_program_gets_the_text_in_its_order(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    with out.open("wb") as stdout:
        subprocess.run([sys.executable, "-c", PRINTS], stdout=stdout, check=True)  # noqa: S603 - our own
    assert out.read_text() == "before\n<xml/>\nafter\n"


def test_a_draft_is_written_over_nothing(tmp_path: Path) -> None:
    place = tmp_path / "cors.yaml"
    place.write_text("kept")
    with pytest.raises(FileExistsError):
        write_new(place, "new")
    with pytest.raises(UsageError, match="overwrites nothing"):
        check_free(place)
    assert place.read_text() == "kept"


# Folders of our own making, in the temporary directory, and processes of their own.
WRITE_ELSEWHERE = {
    "bench/small_app.py",
    "cli/surroundings.py",  # the standard streams, where the shell has closed them
    "engines/firefox_process.py",
    "engines/minibrowser.py",
    "engines/trust.py",
    "processes/temporary.py",
    "serving/authority.py",
    "serving/deployments/dispatch.py",
    "serving/deployments/launchers.py",
    "serving/user/app_output.py",  # beside the journal, by O_EXCL
    "store/fingerprint_key.py",  # outside of the project, by O_EXCL
    "store/whole_file.py",
}


def test_no_other_module_writes_files() -> None:
    package = Path(cors_harness.__file__).parent
    found = {
        path.relative_to(package).as_posix() for path in package.rglob("*.py") if _writes(path)
    }
    assert found <= WRITE_ELSEWHERE


def _writes(path: Path) -> bool:
    calls = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))
    return any(map(_is_writing, calls))


def _is_writing(call: ast.Call) -> bool:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    texts = [value.value for value in values if isinstance(value, ast.Constant)]
    is_mode = any(isinstance(text, str) and text[:1] in "wax" and text for text in texts[:2])
    return name in {"write_text", "write_bytes"} or (name == "open" and is_mode)
