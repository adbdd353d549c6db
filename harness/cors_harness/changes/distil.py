"""baseline_of(): a run's journal distilled to what two runs can be compared by."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from cors_harness.changes.exchanges import exchange_facts
from cors_harness.changes.scrub import Scrub, token_in
from cors_harness.model.baseline import (
    Baseline,
    Entry,
    ExchangeFacts,
    Facts,
    StepFacts,
)
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.terms.reasons import ReasonCode

Json = dict[str, Any]

WITHOUT_FACTS = (Status.SKIPPED, Status.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A cell of which nothing can be accepted: it was skipped, or something but CORS failed."""

    cell: str
    scenario: str
    server: str
    engine: str
    status: Status
    why: str


def baseline_of(header: Json, records: Iterable[Json], folder: Path) -> Baseline:
    """What the cells of a run came to.

    Args:
        header: the run's, as `store.codec.header_to_json` gives it.
        records: its cells, as `store.codec.record_to_json` gives them, in any order; those that
            `unusable` names are left out.
        folder: entries name their scenario file relative to it; relative itself, it counts from
            where the run was started.
    """
    entries: defaultdict[tuple[str, str], dict[str, Facts]] = defaultdict(dict)
    origins: dict[tuple[str, str], str] = {}
    for record in records:
        if _status(record) not in WITHOUT_FACTS:
            name = (_scenario(record, folder), record["server"])
            entries[name][record["engine"]] = facts_of(record)
            origins[name] = _page(record)
    return Baseline(
        harness=header["harness"],
        engines=tuple(sorted((each["name"], each["label"]) for each in header["engines"])),
        servers=tuple(
            sorted((each["name"], tuple(each["versions"].items())) for each in header["servers"])
        ),
        entries=tuple(
            Entry(
                scenario=name[0],
                server=name[1],
                origin=origins[name],
                engines=tuple(sorted(entries[name].items())),
            )
            for name in sorted(entries)
        ),
    )


def unusable(records: Iterable[Json], folder: Path = Path()) -> tuple[Unusable, ...]:
    """The cells that have no facts, and why; what has any is not to be accepted.

    `folder` is as in `baseline_of`.
    """
    return tuple(
        Unusable(
            cell=record["cell"],
            scenario=_scenario(record, folder),
            server=record["server"],
            engine=record["engine"],
            status=_status(record),
            why=record["verdict"]["note"],
        )
        for record in records
        if _status(record) in WITHOUT_FACTS
    )


def facts_of(record: Json) -> Facts:
    """The steps of one cell that ran."""
    exchanges = record["exchanges"]
    scrub = Scrub(record["placeholders"], token_in(each["target"] for each in exchanges))
    wire = tuple(exchange_facts(exchanges, record["page"], scrub))
    steps = record.get("steps") or [record]
    return tuple(
        _step(step, [facts for at, facts in wire if at == number])
        for number, step in enumerate(steps)
    )


def _status(record: Json) -> Status:
    return Status(record["verdict"]["status"])


def _scenario(record: Json, folder: Path) -> str:
    file = record["source"].rpartition(":")[0]
    return f"{PurePath(os.path.relpath(file, folder)).as_posix()}::{record['scenario']}"


def _page(record: Json) -> str:
    return Scrub(record["placeholders"], "")(record["page"])


def _step(step: Json, wire: Sequence[ExchangeFacts]) -> StepFacts:
    seen, reason = step["observation"], step["reason"]
    by_cors = seen["response_type"] == "cors"  # a same-origin page reads all, whatever is exposed
    names = {name for name, _ in seen["readable_headers"]} if by_cors else ()
    return StepFacts(
        outcome=Outcome(seen["outcome"]),
        status=seen["status"] or None,  # an opaque response says 0
        reason=ReasonCode(reason["code"]) if reason else None,
        readable=tuple(sorted(names)),
        wire=tuple(wire),
    )
