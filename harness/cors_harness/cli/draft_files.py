"""DraftFiles: a draft as one file, or as several where one would be more than a file may hold.

What the loader refuses is not written: a draft that cannot be run is no help to anybody.
"""

import math
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_harness.cli.asked_draft import AskedDraft
from cors_harness.drafts.draft import Extent, Section
from cors_harness.drafts.lookalike_pages import LookalikePages
from cors_harness.drafts.operation import Operation
from cors_harness.drafts.text import draft_text
from cors_harness.errors import HarnessError, UsageError
from cors_harness.loading.scenarios import load_text
from cors_harness.reports.summary import counted
from cors_harness.store.whole_file import write_new

DEFAULT_OUT = Path("scenarios/cors.yaml")
STDOUT = Path("-")
CREDENTIALS_MODES = 2  # of each call of a lookalike
OTHER_CELLS = 8  # of an operation and an allowed origin, at the most
MOST_CELLS = 2_000  # of a file; the loader takes some more
MOST_FROM_LOOKALIKES = 4_000  # some minutes in each browser
SAMPLED = (
    "The routes are very many, and so each is called from https://attacker.example and two more "
    "of the lookalikes only, in turn: all of them are tried, but not on every route. Where one "
    "route has a policy of its own, take `without` out of its scenario."
)
PART = "This is part {number} of {count}: {first} to {last}."


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """One file of a draft.

    Attributes:
        routes: the first and the last of its routes.
        cells: how many it has in each browser.
        has_errors: whether its comments tell of calls that the app answers with an error.
    """

    path: Path
    text: str
    routes: tuple[str, str]
    cells: int
    has_errors: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What stands at the head of each file: the app, and by the files' place the command.

    Attributes:
        remarks: on what is not drafted.
    """

    app: str
    command: Callable[[Path], str]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drafted:
    operations: tuple[Operation, ...]
    sections: tuple[Section, ...]
    cells: int


class DraftFiles:
    """A draft of these operations.

    Attributes:
        sampled: whether each operation is called from some of the lookalikes only.
        files: in the order of the operations.
        place: what a command names: the file, or the folder of several.
    """

    def __init__(
        self,
        draft: AskedDraft,
        heading: Heading,
        out: Path,
    ) -> None:
        """Raises HarnessError where the loader refuses what is drafted; then nothing is written."""
        self._draft, self._every = draft, draft.operations
        intent = draft.intent
        self._heading = heading
        pages = LookalikePages(intent.origins, intent.server, sampled=False).count
        self.sampled = pages * CREDENTIALS_MODES * len(self._every) > MOST_FROM_LOOKALIKES
        parts = tuple(self._all_parts())
        self.place = out if len(parts) == 1 else out.with_suffix("")
        self.files = tuple(
            self._file(each, number, parts, out) for number, each in enumerate(parts)
        )

    @property
    def cells(self) -> int:
        """How many cells all files have in each browser."""
        return sum(file.cells for file in self.files)

    def only_text(self) -> str:
        """The text of the one file; raises UsageError where there are several."""
        if len(self.files) > 1:
            raise UsageError(
                f"--out -: the draft is {len(self.files)} files, as one may not hold all of it\n"
                f"  name a place: --out {DEFAULT_OUT}"
            )
        return self.files[0].text

    def write(self) -> None:
        """Writes all files; raises UsageError where one is there already, or cannot be written."""
        check_free(self.place)
        for file in self.files:
            try:
                write_new(file.path, file.text)
            except OSError as error:
                found = f"{file.path} cannot be written: {error.strerror}"
                raise UsageError(f"--out: {found}") from error

    def told(self) -> Iterator[str]:
        """Lines on what is where, for the terminal."""
        if paths := [str(file.path) for file in self.files if file.has_errors]:
            where = ", ".join(paths)
            yield ""
            yield "asked without a browser, the app answers some calls with an error, or leads them"
            yield f"to another server: see {where}"
        yield ""
        if len(self.files) > 1:
            yield "one file may not hold as many scenarios, so these are parts:"
            for file in self.files:
                first, last = file.routes
                yield f"  {file.path}: {counted(file.cells, 'cell')}, {first} to {last}"
        yield f"{self.place}: {counted(self.cells, 'cell')} in each browser"
        if self.sampled:
            yield "  each route from some of the lookalikes only, in turn: the file says how to"
            yield "  have all of them"

    def _all_parts(self) -> Iterator[_Drafted]:
        """The draft, in as many parts of about the same size as it seems to take, and it takes."""
        intent, routes = (
            self._draft.intent,
            list(dict.fromkeys(each.template for each in self._every)),
        )
        pages = LookalikePages(intent.origins, intent.server, sampled=self.sampled).count
        cells = len(self._every) * (pages * CREDENTIALS_MODES + OTHER_CELLS * len(intent.origins))
        size = math.ceil(len(routes) / math.ceil(cells / MOST_CELLS))
        for start in range(0, len(routes), size):
            part = {*routes[start : start + size]}
            operations = sorted(
                (each for each in self._every if each.template in part),
                key=lambda each: routes.index(each.template),
            )
            yield from self._parts(operations, is_first=not start)

    def _parts(self, operations: Sequence[Operation], *, is_first: bool) -> Iterator[_Drafted]:
        """The draft of these operations, halved as often as it takes."""
        drafted = self._drafted(operations, is_first=is_first)
        if drafted:
            yield drafted
            return
        if len(operations) == 1:
            raise HarnessError(self._refused(operations, is_first=is_first))
        half = _half(operations)
        yield from self._parts(operations[:half], is_first=is_first)
        yield from self._parts(operations[half:], is_first=False)

    def _drafted(self, operations: Sequence[Operation], *, is_first: bool) -> _Drafted | None:
        """The draft of these operations; None where the loader refuses it."""
        written = self._sections(operations, is_first=is_first)
        scenarios, problems = load_text(self._text(written, (), Path("draft")), "draft")
        if problems:
            return None
        return _Drafted(operations=tuple(operations), sections=written, cells=len(scenarios))

    def _refused(self, operations: Sequence[Operation], *, is_first: bool) -> str:
        written = self._sections(operations, is_first=is_first)
        _, problems = load_text(self._text(written, (), Path("draft")), "draft")
        return (
            f"the draft for {operations[0].template!r} cannot be loaded, so nothing is written: "
            f"this is a mistake of cors-harness\n  {next(iter(problems))}"
        )

    def _sections(self, operations: Sequence[Operation], *, is_first: bool) -> tuple[Section, ...]:
        extent = Extent(part=tuple(operations), sampled=self.sampled, is_first=is_first)
        return self._draft.sections(extent)

    def _text(self, written: Sequence[Section], notes: Sequence[str], place: Path) -> str:
        return draft_text(
            self._heading.app,
            self._heading.command(place),
            written,
            credentials=self._draft.credentials,
            notes=(*self._draft.notes, *self._heading.remarks, *notes),
        )

    def _file(self, part: _Drafted, index: int, parts: Sequence[_Drafted], out: Path) -> DraftFile:
        first, last = part.operations[0].template, part.operations[-1].template
        notes = [SAMPLED] * self.sampled
        path = out
        if len(parts) > 1:
            notes.append(PART.format(number=index + 1, count=len(parts), first=first, last=last))
            path = self.place / f"{self.place.name}-{index + 1}.yaml"
        return DraftFile(
            path=path,
            text=self._text(part.sections, notes, self.place),
            routes=(first, last),
            cells=part.cells,
            has_errors=any(section.notes for section in part.sections),
        )


def _half(operations: Sequence[Operation]) -> int:
    """How many of the operations are about half of them; a route is divided where it is alone."""
    ends = [
        index
        for index in range(1, len(operations))
        if operations[index].template != operations[index - 1].template
    ]
    middle = len(operations) / 2
    return min(ends or [len(operations) // 2], key=lambda index: abs(index - middle))


def check_free(out: Path) -> None:
    """Raises UsageError where something is at `out` already."""
    if out != STDOUT and out.exists():
        other = out / DEFAULT_OUT.name if out.is_dir() else out.with_stem(f"{out.stem}-new")
        raise UsageError(
            f"--out: {out} is there already, and init overwrites nothing\n"
            f"  write to another file, --out {shlex.quote(str(other))}, or to the terminal, --out -"
        )
