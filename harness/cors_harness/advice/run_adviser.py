"""RunAdviser: advice on the cells of a run by all of them, as far as they have finished."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from cors_harness.advice.advise import advise
from cors_harness.advice.neighbourhood import Neighbourhood, Neighbourhoods
from cors_harness.advice.neighbours import Neighbour
from cors_harness.model.advice import Advice
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import RunAdvised
from cors_harness.model.server import APPS

BODY_KEPT = 1024  # bytes of a response: what frameworks say in their own pages is at its start


class RunAdviser:
    """Advises on each cell as it finishes, and at the end once more, when all of them are known."""

    def __init__(self, made_of: Mapping[str, Iterable[str]]) -> None:
        """`made_of`: of each server, by its name, as `advise` takes it."""
        self._made_of = made_of
        self._neighbours = Neighbourhoods()
        self._records: list[CellRecord] = []  # those that may get advice, with what they got

    def advised(self, record: CellRecord) -> CellRecord:
        """The record with the advice that the cells finished by now give."""
        self._neighbours.add(record)
        near = self._neighbours.of(record.cell.server, has_ended=False)
        if (advice := self._advice(record, near)) != record.advice:
            record = replace(record, advice=advice)
        if record.verdict.mismatches:
            exchanges = (replace(each, body=each.body[:BODY_KEPT]) for each in record.exchanges)
            self._records.append(replace(record, exchanges=tuple(exchanges)))
        return record

    def revised(self) -> RunAdvised | None:
        """What is otherwise now that the run has ended; None where nothing is."""
        known = {name: self._neighbours.of(name) for name in self._neighbours.servers()}
        new = ((each, self._advice(each, known[each.cell.server])) for each in self._records)
        advice = tuple((each.cell.node_id, found) for each, found in new if found != each.advice)
        # Reference servers are as they are meant to be.
        own = {server: near.calls for server, near in known.items() if server in APPS}
        hints = tuple(hints_of(own))
        return RunAdvised(advice=advice, hints=hints) if advice or hints else None

    def _advice(self, record: CellRecord, near: Neighbourhood) -> Advice | None:
        return advise(record, self._made_of.get(record.cell.server, ()), near)


def hints_of(calls: Mapping[str, tuple[Neighbour, ...]]) -> Iterator[str]:
    """One sentence on responses that a cache may give to a page of another origin; by server.

    No cell fails by it: in the run every page asks for itself.
    https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches
    """
    found = [(server, path) for server, near in calls.items() for path in _mixed_up(near)]
    if found:
        server, path = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield (
            f"{server}: the answers at {path}{more} name the origin that asks and have no "
            f"Vary: Origin, so a cache may give one page's answer to another, which then cannot "
            f"read it; send Vary: Origin with each, also where no origin is let in."
        )


def _mixed_up(calls: Iterable[Neighbour]) -> Iterator[str]:
    """The paths of which that is so."""
    by_url: defaultdict[tuple[str, str, bool], list[Neighbour]] = defaultdict(list)
    for each in calls:
        by_url[each.at, each.path, each.with_credentials].append(each)
    paths = (path for (_, path, _), near in by_url.items() if _is_kept_for_others(near))
    return iter(dict.fromkeys(paths))


def _is_kept_for_others(calls: list[Neighbour]) -> bool:
    """Whether Access-Control-Allow-Origin depends on the page, and an answer does not say so."""
    stored = [each for each in calls if each.is_stored]
    said = {each.grants.origins for each in stored}
    echoes = any(each.grants.origins == (each.page,) for each in stored)
    return echoes and len(said) > 1 and not all(each.grants.varies for each in stored)
