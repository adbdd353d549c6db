"""LostServers: servers of a run that died, what that cost, and whether it may go on."""

from collections.abc import Iterable

from cors_harness.errors import ServerFailed
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import CellFinished, Event, ServerLost
from cors_harness.model.observation import TimedOut
from cors_harness.model.verdict import Status, Verdict
from cors_harness.run.cell_results import SERVER_DIED, EmitEvent

USERS_LIVES = 2  # a server of the user that dies once more does so for a reason of its own
FRUITLESS = 3  # times in a row that one of ours dies, and no cell came to an end meanwhile


class LostServers:
    """Counts what finishes between one death and the next."""

    def __init__(self, cells: Iterable[Cell], emit: EmitEvent) -> None:
        """Takes the cells that are to run; `emit` gets the events."""
        self._left = {cell.node_id: cell for cell in cells}
        self._emit = emit
        self._in_flight = self._judged = self._fruitless = self._users = 0

    @property
    def left(self) -> tuple[Cell, ...]:
        """The cells that have no record by now."""
        return tuple(self._left.values())

    def emit(self, event: Event) -> None:
        """Takes note of an event, and passes it on."""
        if isinstance(event, CellFinished):
            self._left.pop(event.record.cell.node_id, None)
            is_lost = _was_in_flight(event.record)
            self._in_flight += is_lost
            self._judged += not is_lost
        self._emit(event)

    def note(self, failure: ServerFailed, *, is_users: bool) -> None:
        """A server has died, and what was in flight has its record.

        Raises `failure` where cells are left, and it would be of no use to start it again.
        """
        self._users += is_users
        self._fruitless = 0 if self._judged else self._fruitless + 1
        if self._left and (self._users == USERS_LIVES or self._fruitless == FRUITLESS):
            raise failure
        detail, left = str(failure), len(self._left)
        self._emit(ServerLost(detail=detail, in_flight=self._in_flight, left=left))
        self._in_flight = self._judged = 0

    def give_up(self, why: str) -> None:
        """Has every cell that is left told as not run to its end: some may have begun."""
        for cell in self.left:
            verdict = Verdict(status=Status.ERROR, note=f"not run to its end: {why}")
            record = CellRecord(cell=cell, exchanges=(), observations=(), verdict=verdict)
            self.emit(CellFinished(record=record))


def _was_in_flight(record: CellRecord) -> bool:
    last = record.observations[-1] if record.observations else None
    return isinstance(last, TimedOut) and last.detail == SERVER_DIED
