"""Every reader, given what is wrong: it says so, and never ends in a traceback.

CORS_HARNESS_HOSTILE_MINUTES=60 pytest tests/hostile -s tries for an hour, see tests/README.md.
"""

import asyncio
import resource
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from msgspec import Struct
from tests.cli.program import program
from tests.hostile import seeds
from tests.hostile.trying import MINUTES, Attempt, tried

from cors_harness.drafts.operations import operations_of
from cors_harness.errors import HarnessError
from cors_harness.live.page_server import _wish
from cors_harness.model.survey import AppRoutes, LoginAnswer, LoginCall, PageLogin
from cors_harness.run.page_posts import Hello, Late, Mark, Nothing, Report, taking
from cors_harness.serving.page.server import PostRefused, _answered
from cors_harness.serving.survey.api_document import embedded_document, read_document
from cors_harness.serving.survey.document_links import links_in
from cors_harness.serving.survey.login import _document, _tokens, with_answer

ENGINES = ("--browser", "webkit", "--browser", "firefox")
STATUSES = {0, 1, 2, 3}
BAD, GOOD, BASE = "bad.jsonl", "good.jsonl", "good.txt"
ON_JOURNALS = (
    ("diff", BAD, GOOD),
    ("diff", BASE, BAD, "--junit", "j.xml", "--markdown", "m.md", "--html", "h.html"),
    ("diff", GOOD, BAD, "--json"),
    ("merge", BAD, "--out", "o.jsonl"),
    ("report", BAD),
    ("report", GOOD, BAD),
    ("run", "--from", BAD, *ENGINES, "-v"),
    ("check", "--from", BAD, "--baseline", BASE, *ENGINES),
    ("record", "--from", BAD, "--out", "new.txt", *ENGINES),
)
ON_BASELINES = (
    ("diff", "bad.txt", GOOD, "--junit", "j.xml", "--markdown", "m.md", "--html", "h.html"),
    ("diff", GOOD, "bad.txt", "--json"),
    ("diff", "bad.txt", BASE),
    ("check", "--from", GOOD, "--baseline", "bad.txt", *ENGINES),
)
DRAFT = ("init", "--origin", "https://app.example.com", "--out", "-")
# Where nobody listens.
AT_NO_SERVER = ("--openapi", "bad.doc", "--url", "http://127.0.0.1:9")
ON_HARS = (
    ("new", "--from-har", "bad.har", "-"),
    ("new", "--from-har", "bad.har", "--call", "PUT /orders/123", "-"),
    (*DRAFT, *AT_NO_SERVER[2:], "--openapi", "good.doc", "--har", "bad.har"),
)
LOGIN = LoginCall(method="POST", target="/login")
SAFARI = ("--remote", "safari=http://127.0.0.1:9", "--capabilities", "safari=bad.caps")


def commands(folder: Path, file: str, every: Sequence[tuple[str, ...]]) -> Attempt:
    """Runs one of the commands on a file with the content; which one, the content decides."""

    def attempt(data: bytes) -> str:
        (folder / file).write_bytes(data)
        (folder / "new.txt").unlink(missing_ok=True)
        result = program(folder, *every[zlib.crc32(data) % len(every)])
        assert result.returncode in STATUSES
        assert result.returncode != 2 or result.stderr or result.stdout
        return result.stdout + result.stderr

    return attempt


def told(read: Callable[[bytes], object]) -> Attempt:
    """What is said where reading raises what users are told."""

    def attempt(data: bytes) -> str:
        try:
            read(data)
        except HarnessError as error:
            return str(error)
        return ""

    return attempt


def post(name: str, shape: type[Struct]) -> Attempt:
    """A post to that path of a page's session."""

    async def reply(_: Any) -> dict[str, Any]:
        return {}

    def attempt(data: bytes) -> str:
        try:
            asyncio.run(_answered(name, {name: taking(shape, reply)}, data))
        except PostRefused as error:
            return str(error)
        return ""

    return attempt


def served(data: bytes) -> None:
    """A document that a server sends, by itself and in a page."""
    page = f"<script>const spec = {data.decode('utf-8', 'replace')}</script>"
    links_in(page, "/docs")
    for text in (data, embedded_document(page) or "{}"):
        document = read_document(text)
        if document:
            documents = ((document.prefix, document.text),)
            operations_of(AppRoutes(frameworks=(), routes=(), documents=documents))


def login(data: bytes) -> None:
    """What a login answers, of which a header is made."""
    document = _document(data)
    answer = LoginAnswer(
        status=200,
        cookies=(),
        headers={},
        token=next(_tokens(document, (), 3), None),
        json=document,
    )
    for headers in ((), (("X-Role", "{steps.0.json.user.roles.1}"),)):
        with_answer(PageLogin(headers=headers, login=LOGIN), answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads, what, and how many inputs the quick tests try."""

    files: Callable[[], st.SearchStrategy[bytes]]
    attempt: Callable[[Path], Attempt]
    examples: int = 60


READERS = {
    "journals": Reader(
        files=seeds.journals, attempt=lambda f: commands(f, BAD, ON_JOURNALS), examples=200
    ),
    "baselines": Reader(
        files=seeds.baselines, attempt=lambda f: commands(f, "bad.txt", ON_BASELINES)
    ),
    "documents": Reader(
        files=seeds.documents, attempt=lambda f: commands(f, "bad.doc", [(*DRAFT, *AT_NO_SERVER)])
    ),
    "served documents": Reader(files=seeds.documents, attempt=lambda _: told(served)),
    "HAR files": Reader(files=seeds.hars, attempt=lambda f: commands(f, "bad.har", ON_HARS)),
    "scenario files": Reader(
        files=seeds.scenario_files,
        attempt=lambda f: commands(f, "bad.yaml", [("validate", "bad.yaml"), ("list", "bad.yaml")]),
    ),
    "pyproject.toml": Reader(
        files=seeds.settings_files,
        attempt=lambda f: commands(f, "pyproject.toml", [("list", "scenarios")]),
    ),
    "capabilities": Reader(
        files=seeds.capabilities_files,
        attempt=lambda f: commands(f, "bad.caps", [("list", "scenarios", *SAFARI)]),
    ),
    "hello": Reader(files=lambda: seeds.posts("hello"), attempt=lambda _: post("hello", Hello)),
    "next": Reader(files=lambda: seeds.posts("next"), attempt=lambda _: post("next", Nothing)),
    "report": Reader(files=lambda: seeds.posts("report"), attempt=lambda _: post("report", Report)),
    "mark": Reader(files=lambda: seeds.posts("mark"), attempt=lambda _: post("mark", Mark)),
    "late": Reader(files=lambda: seeds.posts("late"), attempt=lambda _: post("late", Late)),
    "wishes of the live page": Reader(files=seeds.wishes, attempt=lambda _: told(_wish)),
    "logins": Reader(files=seeds.logins, attempt=lambda _: told(login)),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files that are right."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "kinds.yaml").write_bytes(seeds.real("kinds.yaml"))
    (tmp_path / GOOD).write_bytes(seeds.JOURNAL)
    (tmp_path / BASE).write_bytes(seeds.real("baseline.txt"))
    (tmp_path / "good.doc").write_bytes(seeds.real("openapi-3.1.json"))
    return tmp_path


@pytest.mark.parametrize("name", READERS)
def test_what_is_wrong_is_told_without_a_traceback(folder: Path, name: str) -> None:
    reader = READERS[name]
    figures = tried(reader.files(), reader.attempt(folder), reader.examples, 1 / len(READERS))
    assert figures.inputs
    if MINUTES:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        told_of = f"{figures.inputs} inputs, slowest {figures.slowest_s:.2f} s, {peak} MB"
        print(f"\n{name}: {told_of}")  # noqa: T201 - with -s


RIGHT = {
    "journals": ("bad.jsonl", seeds.JOURNAL, ON_JOURNALS),
    "baselines": ("bad.txt", seeds.real("baseline.txt"), ON_BASELINES),
    "documents": ("bad.doc", seeds.real("swagger-2.yaml"), [(*DRAFT, *AT_NO_SERVER)]),
    "HAR files": ("bad.har", seeds.real("calls.har"), ON_HARS[:2]),
    "scenario files": ("bad.yaml", seeds.real("kinds.yaml"), [("validate", "bad.yaml")]),
}


@pytest.mark.parametrize(("file", "content", "every"), RIGHT.values(), ids=RIGHT)
def test_what_is_right_is_read(
    folder: Path, file: str, content: bytes, every: Sequence[tuple[str, ...]]
) -> None:
    (folder / file).write_bytes(content)
    assert {program(folder, *each).returncode for each in every} <= {0, 1}
