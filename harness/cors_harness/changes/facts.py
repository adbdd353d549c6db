"""facts_from_journal(): what two runs can be compared by, out of the journal of a run."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path, PurePath
from typing import Any

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import (
    Baseline,
    Entry,
    ExchangeFacts,
    Facts,
    StepFacts,
    TextPairs,
    decides_as_request_header,
    decides_as_response_header,
)
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.terms.headers import REDIRECT_STATUSES
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.role import Role
from cors_harness.terms.token import TOKEN_IN_URL

USUAL_HOST = "127.0.0.1"
ORIGIN_NAMES = ("page", *Role)
# A server may carry the URL along in the query of another one, encoded, even twice.
_FIRST, _MORE, _IS, _COLON, _SLASH = (
    rf"(?:{char}|%(?:25)*{code})"
    for char, code in (
        (r"\?", "3[Ff]"),
        ("&", "26"),
        ("=", "3[Dd]"),
        (":", "3[Aa]"),
        ("/", "2[Ff]"),
    )
)
_SHAPE = r"[0-9A-Za-z]+\.[0-9]+"
_IN_QUERY = re.compile(
    rf"(?:(?P<first>{_FIRST})|{_MORE})cell{_IS}(?P<token>{_SHAPE})(?P<next>{_MORE})?"
)
_ELSEWHERE = re.compile(rf"(?<![0-9A-Za-z.]){_SHAPE}(?![0-9])")
_LITERAL = re.compile(rf"\{{(?:{'|'.join(ORIGIN_NAMES)})(?:\.port)?\}}|\{{token\}}")


def token_in(targets: Iterable[str]) -> str:
    """The token of the cell that made these requests; empty where none has one."""
    return next((found[1] for each in targets if (found := TOKEN_IN_URL.search(each))), "")


class RunNormalizer:
    """What makes the texts of one cell comparable; a call gives the text without token and ports.

    `cell=TOKEN` goes from every query, the token elsewhere becomes `{token}`. The origin of a role
    on 127.0.0.1 becomes `{page}`, `{server}`, ..., its port in any other spelling `{page.port}`.
    Other hosts stay, as in `http://localhost:{page.port}`: they are cross-site to 127.0.0.1. Where
    a text has such a placeholder of its own, it stands in a second pair of braces afterwards.
    """

    def __init__(self, placeholders: Mapping[str, str], token: str) -> None:
        """`placeholders`: origins of roles that are on ports of the run."""
        self._places = _places(tuple(placeholders.items()))
        self._token = token

    def __call__(self, text: str) -> str:
        """`text` as any other run would have it."""
        text = _LITERAL.sub(lambda found: f"{{{found[0]}}}", text)
        text = _IN_QUERY.sub(self._without_query, text)
        text = _ELSEWHERE.sub(self._named, text)
        for pattern, name in self._places:
            text = pattern.sub(name, text)
        return text

    def _without_query(self, found: re.Match[str]) -> str:
        if found["token"] != self._token:
            return found[0]
        return (found["first"] or found["next"]) if found["next"] else ""

    def _named(self, found: re.Match[str]) -> str:
        return "{token}" if found[0] == self._token else found[0]


@lru_cache(maxsize=256)
def _places(placeholders: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns and what stands in their place, whole origins first."""
    origins, ports = [], []
    for role, origin in placeholders:
        scheme, host, port = re.split("://|:(?=[0-9]+$)", origin)
        if host == USUAL_HOST:
            before = rf"{scheme}{_COLON}{_SLASH}{{2}}{re.escape(host)}"
            origins.append((re.compile(rf"{before}{_COLON}{port}(?![0-9])"), f"{{{role}}}"))
        ports.append((re.compile(rf"({_COLON}){port}(?![0-9])"), rf"\1{{{role}.port}}"))
    return (*origins, *ports)


Json = dict[str, Any]

_EXPIRES = re.compile(r"(;\s*expires=)[^;]*", re.IGNORECASE)
_VALUE = re.compile(r"=[^&#]*")


def exchange_facts(
    exchanges: Sequence[Json], page: str, scrub: RunNormalizer
) -> Iterator[tuple[int, ExchangeFacts]]:
    """(step, facts) of a cell's exchanges; `page` is the origin that they come from."""
    jar: set[str] = set()
    redirected: set[int] = set()  # steps that a redirect was followed in
    for each, following in zip_longest(exchanges, exchanges[1:]):
        if following is not None and _is_retried(each, following):
            continue
        target = scrub(each["target"])
        yield (
            each["step"],
            ExchangeFacts(
                kind=ExchangeKind(each["kind"]),
                role=each["role"],
                method=each["method"],
                target=_without_values(target) if each["step"] in redirected else target,
                request_headers=_kept_request_headers(each["request_headers"], page, scrub),
                with_credentials=_carries_credentials(each["request_headers"], jar),
                status=each["status"],
                response_headers=_kept_response_headers(
                    each["response_headers"], scrub, is_last=following is None
                ),
            ),
        )
        if each["status"] in REDIRECT_STATUSES:
            redirected.add(each["step"])
        jar.update(_cookies_set(each["response_headers"]))


def _is_retried(each: Json, following: Json) -> bool:
    """Whether the browser, left without a response, sent the same again."""
    same = all(each[key] == following[key] for key in ("step", "kind", "role", "method", "target"))
    return each["status"] is None and same


def _kept_request_headers(
    headers: Iterable[Sequence[str]], page: str, scrub: RunNormalizer
) -> TextPairs:
    lower = ((name.lower(), value) for name, value in headers)
    kept = (
        (name, scrub(value))
        for name, value in lower
        if decides_as_request_header(name) and (name != "origin" or value != page)
    )
    return tuple(sorted(kept, key=lambda pair: pair[0]))


def _kept_response_headers(
    headers: Iterable[Sequence[str]], scrub: RunNormalizer, *, is_last: bool
) -> TextPairs:
    lower = ((name.lower(), value) for name, value in headers)
    kept = (
        (name, _steady(name, value, scrub))
        for name, value in lower
        if decides_as_response_header(name) and not (is_last and name == "set-cookie")
    )
    return tuple(sorted(kept, key=lambda pair: pair[0]))


def _steady(name: str, value: str, scrub: RunNormalizer) -> str:
    match name:
        case "location":
            return _without_values(scrub(value))
        case "set-cookie":
            cookie, semicolon, attributes = value.partition(";")
            start = f"{cookie.partition('=')[0]}=…"
            return scrub(start + _EXPIRES.sub(r"\1…", semicolon + attributes))
        case _:
            return scrub(value)


def _without_values(url: str) -> str:
    """`/login?state=…&next=…`; so for a fragment."""
    path_end = min((role for each in "?#" if (role := url.find(each)) >= 0), default=len(url))
    return url[:path_end] + _VALUE.sub("=…", url[path_end:])


def _cookies_set(headers: Iterable[Sequence[str]]) -> Iterator[str]:
    for name, value in headers:
        if name.lower() == "set-cookie":
            yield value.partition(";")[0].strip()


def _carries_credentials(headers: Iterable[Sequence[str]], jar: set[str]) -> bool:
    lower = [(name.lower(), value) for name, value in headers]
    sent = {each.strip() for name, value in lower if name == "cookie" for each in value.split(";")}
    return any(name == "authorization" for name, _ in lower) or not jar.isdisjoint(sent)


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


def facts_from_journal(header: Json, records: Iterable[Json], folder: Path) -> Baseline:
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

    `folder` is as in `facts_from_journal`.
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
    scrub = RunNormalizer(record["placeholders"], token_in(each["target"] for each in exchanges))
    wire = tuple(exchange_facts(exchanges, record["page"], scrub))
    steps = record.get("steps") or [record]
    return tuple(
        _step(step, [facts for role, facts in wire if role == number])
        for number, step in enumerate(steps)
    )


def _status(record: Json) -> Status:
    return Status(record["verdict"]["status"])


def _scenario(record: Json, folder: Path) -> str:
    file = record["source"].rpartition(":")[0]
    return f"{PurePath(os.path.relpath(file, folder)).as_posix()}::{record['scenario']}"


def _page(record: Json) -> str:
    return RunNormalizer(record["placeholders"], "")(record["page"])


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
