"""LiveBoard: what the live page shows now: the newest record of each cell, and what goes on."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from cors_harness import __version__
from cors_harness.live.joining import JoinedState
from cors_harness.model.advice import Advice
from cors_harness.model.cell import Cell, RecordedCell
from cors_harness.model.verdict import Status
from cors_harness.reports.causes import cause_key
from cors_harness.reports.html.document import PageSide, document_of_run
from cors_harness.reports.summary import counted
from cors_harness.store.codec import Json
from cors_harness.terms.secrets import redacted

NAME = "live"  # of the run, in sentences
OF_CORS = (b"access-control-", b"vary")  # how such headers begin
NO_OUTCOME = {Status.SKIPPED: "skipped", Status.ERROR: "an error"}


class LivePhase(StrEnum):
    """What goes on."""

    STARTING = "starting"
    RUNNING = "running"
    IDLE = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What a page is told without asking.

    Attributes:
        version: goes up with every change of anything that the page shows.
        records: goes up with every change of records: the page asks for the document anew.
        done, of: cells of this round.
        why: what it runs for, such as `shop.py changed`.
        waits: what takes long to start, as a sentence without its full stop; empty: nothing does.
        said: what came of the last round, as a sentence without its full stop.
        trouble: why nothing can run, as several lines; empty: no trouble.
        joined: browsers that somebody has open, and that take part.
    """

    version: int = 0
    records: int = 0
    phase: LivePhase = LivePhase.STARTING
    done: int = 0
    of: int = 0
    why: str = ""
    waits: str = ""
    said: str = ""
    trouble: str = ""
    joined: tuple[JoinedState, ...] = ()


@dataclass(slots=True)
class _Round:
    """What a round of cells changed: what each was before, by its name.

    Attributes:
        is_whole: whether it is of all cells, so that its advice and its hints are of all of them.
        as_before: cells of a part that came out as before, whose advice stays that of all.
    """

    is_whole: bool = False
    as_before: set[str] = field(default_factory=set)
    before: dict[str, str] = field(default_factory=dict)
    now: dict[str, str] = field(default_factory=dict)
    done: int = 0
    hints: dict[str, None] = field(default_factory=dict)


class LiveBoard:
    """Keeps one record for each cell of the plan, and tells whoever waits that something changed.

    All methods may be called in any thread. What nobody asks for is not kept: a page that comes
    back compares two numbers and asks for everything.
    """

    def __init__(self, argv: Sequence[str], options: Sequence[str] = ()) -> None:
        """`argv`: the command line; `options`: what `run` has to be told for the same cells."""
        self._lock = threading.RLock()
        self._argv, self._options = tuple(map(redacted, argv)), tuple(options)
        self._cells: dict[str, Cell] = {}
        self._records: dict[str, RecordedCell] = {}
        self._engines: dict[str, Json] = {}
        self._servers: dict[str, Json] = {}
        self._header: Json = {"harness": __version__, "os": "", "argv": list(self._argv)}
        self._hints: tuple[str, ...] = ()
        self._round = _Round()
        self._state = LiveState()
        self._built: tuple[int, Json] | None = None
        self.on_change: Callable[[], None] = lambda: None

    @property
    def state(self) -> LiveState:
        """What goes on now."""
        with self._lock:
            return self._state

    def cells_of(
        self, *, cells: Iterable[str] = (), file: str = "", scenario: str = ""
    ) -> set[str]:
        """Names of the planned cells that these name; all of them where nothing is named."""
        wanted = set(cells)
        with self._lock:
            return {
                name
                for name, cell in self._cells.items()
                if (not wanted or name in wanted)
                and (not file or cell.scenario.source.file == file)
                and (not scenario or cell.scenario.id == scenario)
            }

    def joined(self, browsers: tuple[JoinedState, ...]) -> None:
        """Takes who takes part now."""
        with self._lock:
            self._show(replace(self._state, joined=browsers))

    def planned(self, cells: Mapping[str, Cell]) -> None:
        """Takes what there is to run, by name; records of other cells are gone."""
        with self._lock:
            self._cells = dict(cells)
            gone = self._records.keys() - cells.keys()
            for name in gone:
                del self._records[name]
            self._show(replace(self._state, trouble=""), has_records=bool(gone))

    def begin(self, of: int, why: str) -> None:
        """A round of cells begins."""
        with self._lock:
            self._round = _Round(is_whole=of >= len(self._cells))
            state = replace(self._state, phase=LivePhase.STARTING, done=0, of=of, why=why)
            self._show(state, has_records=True)

    def waits(self, sentence: str) -> None:
        """What takes long to start."""
        with self._lock:
            self._show(replace(self._state, waits=sentence))

    def started(self, header: Json) -> None:
        """Everything is up; `header`: as a journal has it, of the engines of this round."""
        with self._lock:
            self._engines |= {engine["name"]: engine for engine in header["engines"]}
            self._servers |= {server["name"]: server for server in header["servers"]}
            self._header = {**header, "argv": list(self._argv)}
            self._show(replace(self._state, phase=LivePhase.RUNNING, waits="", trouble=""))

    def finished(self, record: RecordedCell) -> None:
        """Takes the place of the record that there was of this cell."""
        with self._lock:
            self._round.done += 1
            before = self._records.get(record.cell)
            if record.cell not in self._cells:
                return
            if before is not None and not self._round.is_whole and _is_alike(before, record):
                self._round.as_before.add(record.cell)
                record = replace(record, advice=before.advice)
            self._records[record.cell] = record
            if before is not None and (change := _change_of(before, record)):
                self._round.before[record.cell], self._round.now[record.cell] = change
            self._show(replace(self._state, done=self._round.done), has_records=True)

    def advised(self, advice: Mapping[str, Advice | None], hints: Sequence[str]) -> None:
        """Takes what only all cells of the round together show."""
        with self._lock:
            for name in advice.keys() & self._records.keys() - self._round.as_before:
                self._records[name] = replace(self._records[name], advice=advice[name])
            self._round.hints |= dict.fromkeys(hints)
            self._hints = tuple(self._round.hints)
            self._show(self._state, has_records=True)

    def rest(self, trouble: str = "") -> str:
        """Nothing runs any more, because all is done or of `trouble`; returns what came of it."""
        with self._lock:
            said = "" if trouble else self._said()
            before = self._hints
            if self._round.is_whole and not trouble:
                self._hints = tuple(self._round.hints)
            state = replace(self._state, phase=LivePhase.IDLE, waits="", trouble=trouble, said=said)
            self._show(state, has_records=self._hints != before)
            return said

    def document(self) -> Json:
        """The page's document, the same one while nothing changes.

        Beside `index` and `details` of a PageDocument it has `records`, the number of LiveState,
        and `was`: (number of a cell, what it came to before) of those that the last round changed.
        """
        with self._lock:
            number = self._state.records
            if self._built and self._built[0] == number:
                return self._built[1]
            records = [self._records[name] for name in self._cells if name in self._records]
            header = {
                **self._header,
                "engines": [self._engines[name] for name in self._names("engine")],
                "servers": [self._servers[name] for name in self._names("server")],
            }
            hints, was = self._hints, dict(self._round.before)
            joined = frozenset(each.column for each in self._state.joined)
        side = PageSide(
            name=NAME, header=header, records=records, options=self._options, joined=joined
        )
        page = document_of_run(side, hints)
        built: Json = {
            "records": number,
            "index": page.index,
            "details": page.details,
            "was": [(at, was[each.cell]) for at, each in enumerate(records) if each.cell in was],
        }
        with self._lock:
            self._built = (number, built)
        return built

    def summary(self) -> str:
        """How many of all cells have which status: `2 as expected, 1 unexpected`."""
        with self._lock:
            counts = Counter(record.status for record in self._records.values())
        words = (f"{counts[status]} {_word(status)}" for status in Status if counts[status])
        return ", ".join(words) or "no cells"

    def _names(self, what: str) -> list[str]:
        """Names of engines or servers that the plan has and that ran, in its order."""
        known = self._engines if what == "engine" else self._servers
        names = dict.fromkeys(getattr(cell, what) for cell in self._cells.values())
        return [name for name in names if name in known]

    def _said(self) -> str:
        now = Counter(self._round.now.values())
        changed = [f"{number} now {word}" for word, number in sorted(now.items())]
        return ", ".join([f"{counted(self._round.done, 'cell')} run", *changed])

    def _show(self, state: LiveState, *, has_records: bool = False) -> None:
        self._state = replace(
            state,
            version=self._state.version + 1,
            records=self._state.records + int(has_records),
        )
        self.on_change()


def came_to(record: RecordedCell) -> str:
    """What a cell came to, in a word or two: `blocked`, `skipped`."""
    outcome = record.steps[-1].outcome if record.steps else None
    if record.status in NO_OUTCOME or outcome is None:
        return NO_OUTCOME.get(record.status, record.status.value)
    return outcome.value


def _word(status: Status) -> str:
    return status.value.replace("-", " ")


def _is_alike(before: RecordedCell, now: RecordedCell) -> bool:
    """Whether a cell failed as before: nothing of it says that other advice is due."""
    return cause_key(before, None) == cause_key(now, None) and _grants(before) == _grants(now)


def _grants(record: RecordedCell) -> list[tuple[bytes, bytes]]:
    """What its responses say of CORS."""
    headers = (pair for each in record.exchanges for pair in each.response_headers)
    return [pair for pair in headers if pair[0].lower().startswith(OF_CORS)]


def _change_of(before: RecordedCell, now: RecordedCell) -> tuple[str, str] | None:
    """What a cell was and what it is, in the same words; None: the same as before."""
    if came_to(before) != came_to(now):
        return came_to(before), came_to(now)
    if before.status != now.status:
        return _word(before.status), _word(now.status)
    return None
