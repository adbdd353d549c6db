"""baseline_of(): a run's journal distilled to what two runs can be compared by.

Of a response's headers those stay that a browser decides by:

* `Access-Control-*`, `Vary`, `Location`, `Cross-Origin-Resource-Policy`: CORS check, preflight,
  redirects, what a shared response may be given out for, what no-cors may load.
* `Timing-Allow-Origin`: what the page may learn of the response's timing.
* `Cache-Control`: whether a later step is answered without a request.
* `Set-Cookie`: whether a later step carries credentials. The cookie's value and its Expires are
  another in every run; name and attributes stay.

Of a request stay method, target, `Access-Control-Request-*`, an Origin that is not the page's, and
whether it carried credentials. Cells share a browser: cookies of other cells come along, and which
do is another in every run. So only a cookie counts that a response of the same cell has set.

A browser that gets no response may send the request again, once or more, as it likes: of those, the
last one stays.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path, PurePath
from typing import Any

from cors_harness.changes.scrub import Scrub, token_in
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import (
    Baseline,
    Entry,
    ExchangeFacts,
    Facts,
    Pairs,
    StepFacts,
    is_answer,
    is_ask,
)
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.terms.reasons import ReasonCode

Json = dict[str, Any]

WITHOUT_FACTS = (Status.SKIPPED, Status.ERROR)
_EXPIRES = re.compile(r"(;\s*expires=)[^;]*", re.IGNORECASE)


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
    wire = tuple(_wire(exchanges, record["page"], scrub))
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


def _wire(
    exchanges: Sequence[Json], page: str, scrub: Scrub
) -> Iterator[tuple[int, ExchangeFacts]]:
    jar: set[str] = set()
    for each, following in zip_longest(exchanges, exchanges[1:]):
        if following is not None and _is_retried(each, following):
            continue
        yield (
            each["step"],
            ExchangeFacts(
                kind=ExchangeKind(each["kind"]),
                at=each["at"],
                method=each["method"],
                target=scrub(each["target"]),
                asks=_asks(each["request_headers"], page, scrub),
                credentialed=_credentialed(each["request_headers"], jar),
                status=each["status"],
                answers=_answers(each["response_headers"], scrub),
            ),
        )
        jar.update(_cookies_set(each["response_headers"]))


def _is_retried(each: Json, following: Json) -> bool:
    """Whether the browser, left without a response, sent the same again."""
    same = all(each[key] == following[key] for key in ("step", "kind", "at", "method", "target"))
    return each["status"] is None and same


def _asks(headers: Iterable[Sequence[str]], page: str, scrub: Scrub) -> Pairs:
    lower = ((name.lower(), value) for name, value in headers)
    kept = (
        (name, scrub(value))
        for name, value in lower
        if is_ask(name) and (name != "origin" or value != page)
    )
    return tuple(sorted(kept, key=lambda pair: pair[0]))


def _answers(headers: Iterable[Sequence[str]], scrub: Scrub) -> Pairs:
    lower = ((name.lower(), value) for name, value in headers)
    kept = ((name, scrub(_steady(name, value))) for name, value in lower if is_answer(name))
    return tuple(sorted(kept, key=lambda pair: pair[0]))


def _steady(name: str, value: str) -> str:
    if name != "set-cookie":
        return value
    cookie, semicolon, attributes = value.partition(";")
    return f"{cookie.partition('=')[0]}=…" + _EXPIRES.sub(r"\1…", semicolon + attributes)


def _cookies_set(headers: Iterable[Sequence[str]]) -> Iterator[str]:
    for name, value in headers:
        if name.lower() == "set-cookie":
            yield value.partition(";")[0].strip()


def _credentialed(headers: Iterable[Sequence[str]], jar: set[str]) -> bool:
    lower = [(name.lower(), value) for name, value in headers]
    sent = {each.strip() for name, value in lower if name == "cookie" for each in value.split(";")}
    return any(name == "authorization" for name, _ in lower) or not jar.isdisjoint(sent)
