"""facts_from_journal(): what two runs can be compared by, out of the journal of a run.

Of a response's headers those stay that a browser decides by:

* `Access-Control-*`, `Vary`, `Location`, `Cross-Origin-Resource-Policy`: CORS check, preflight,
  redirects, what a shared response may be given out for, what no-cors may load.
* `Timing-Allow-Origin`: what the page may learn of the response's timing.
* `Cache-Control`: whether a later step is answered without a request.
* `Set-Cookie`: whether a later request of the cell carries credentials. It stays only where there
  is one: cells share a browser, and whether an app sets a session cookie hangs on whether another
  cell was first to get one. The cookie's value and its Expires are another in every run; name and
  attributes stay.

Of the URL in `Location`, and of a request that follows a redirect, the names of the query stay and
the values do not: a `state`, a `nonce` or a token is another in every run, or secret.

Of a request stay method, target, `Access-Control-Request-*`, an Origin that is not the page's, and
whether it carried credentials. Cells share a browser: cookies of other cells come along, and which
do is another in every run. So only a cookie counts that a response of the same cell has set.

A value that an earlier step brought for the path of a later one is another in every run. So the
path stands as it is written, with `{steps.0.json.id}`. Behind a redirect, and in each Location from
the step that brings it on, the placeholder stands for every whole word that is the value.

A browser that gets no response may send the request again, once or more, as it likes: of those, the
last one stays.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from cors_harness.model.baseline import (
    Baseline,
    Entry,
    ExchangeFacts,
    Facts,
    StepFacts,
    TextPairs,
    decides_as_request_header,
    decides_as_response_header,
    scenario_name,
)
from cors_harness.model.cell import RecordedCell, RecordedStep
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.terms.headers import REDIRECT_STATUSES, HeaderList
from cors_harness.terms.origin import is_loopback
from cors_harness.terms.role import Role
from cors_harness.terms.secret_texts import without_secrets
from cors_harness.terms.step_value import STEP_VALUE, in_url
from cors_harness.terms.token import TOKEN_IN_URL, UNIQUE, with_unique_named

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
_LITERAL = re.compile(rf"\{{(?:{'|'.join(ORIGIN_NAMES)})(?:\.port)?\}}|\{{(?:token|{UNIQUE})\}}")


def token_in(targets: Iterable[str]) -> str:
    """The token of the cell that made these requests; empty where none has one."""
    return next((match[1] for target in targets if (match := TOKEN_IN_URL.search(target))), "")


class RunNormalizer:
    """What makes the texts of one cell comparable; a call gives the text without token and ports.

    `cell=TOKEN` goes from every query, the token elsewhere becomes `{token}`, and what stood for
    `{unique}` becomes that again, in whatever case. The origin of a role on 127.0.0.1 becomes
    `{page}`, `{server}`, ..., its port in any other spelling `{page.port}`; the advertised host, by
    which a browser on another machine may call it, becomes 127.0.0.1. Other hosts stay, as in
    `http://localhost:{page.port}`: they are cross-site to 127.0.0.1. Where a text has such a
    placeholder of its own, it stands in a second pair of braces afterwards.
    """

    def __init__(self, placeholders: TextPairs, token: str, unique: str = "") -> None:
        """`placeholders`: origins of roles that are on ports of the run."""
        self._places = _places(placeholders)
        self._token, self._unique = token, unique

    def __call__(self, text: str) -> str:
        """`text` as any other run would have it."""
        text = _LITERAL.sub(lambda match: f"{{{match[0]}}}", text)
        text = _IN_QUERY.sub(self._without_query, text)
        text = _ELSEWHERE.sub(self._named, text)
        text = with_unique_named(text, self._unique)
        for pattern, name in self._places:
            text = pattern.sub(name, text)
        return text

    def _without_query(self, match: re.Match[str]) -> str:
        if match["token"] != self._token:
            return match[0]
        return (match["first"] or match["next"]) if match["next"] else ""

    def _named(self, match: re.Match[str]) -> str:
        return "{token}" if match[0] == self._token else match[0]


@lru_cache(maxsize=256)
def _places(placeholders: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns and what stands in their place, whole origins first."""
    origins, hosts, ports = [], [], []
    for role, origin in placeholders:
        scheme, host, port = re.split("://|:(?=[0-9]+$)", origin)
        if not _is_stated(host):
            before = rf"{scheme}{_COLON}{_SLASH}{{2}}{_spelled(host)}"
            origins.append((re.compile(rf"{before}{_COLON}{port}(?![0-9])"), f"{{{role}}}"))
            if host != USUAL_HOST:
                hosts.append((re.compile(rf"(?<![\w.-]){_spelled(host)}(?![\w-])"), USUAL_HOST))
        ports.append((re.compile(rf"({_COLON}){port}(?![0-9])"), rf"\1{{{role}.port}}"))
    return (*origins, *hosts, *ports)


def _is_stated(host: str) -> bool:
    """Whether a scenario says that it is this host: not what stands for 127.0.0.1 in a run.

    Browsers on other machines may call it by the host that is advertised.
    """
    return is_loopback(host) and not host.startswith("127.")


def _spelled(host: str) -> str:
    """A pattern for a host in a URL, percent-encoded or not."""
    spellings = {":": _COLON, "[": r"(?:\[|%(?:25)*5[Bb])", "]": r"(?:\]|%(?:25)*5[Dd])"}
    return "".join(spellings.get(char, re.escape(char)) for char in host)


_EXPIRES = re.compile(r"(;\s*expires=)[^;]*", re.IGNORECASE)
_VALUE = re.compile(r"=[^&#]*")


def exchange_facts(
    exchanges: Sequence[Exchange], page: str, normalize: RunNormalizer
) -> Iterator[tuple[int, ExchangeFacts]]:
    """(step, facts) of a cell's exchanges; `page` is the origin that they come from."""
    jar: set[str] = set()
    redirected: set[int] = set()  # steps that a redirect was followed in
    for exchange, following in zip_longest(exchanges, exchanges[1:]):
        if following is not None and _is_retried(exchange, following):
            continue
        target = normalize(exchange.target)
        sent, answered = (
            _lower(headers) for headers in (exchange.request_headers, exchange.response_headers)
        )
        yield (
            exchange.step,
            ExchangeFacts(
                kind=exchange.kind,
                role=exchange.role,
                method=exchange.method,
                target=_without_values(target) if exchange.step in redirected else target,
                request_headers=_kept_request_headers(sent, page, normalize),
                with_credentials=_carries_credentials(sent, jar),
                status=exchange.status,
                response_headers=_kept_response_headers(
                    answered, normalize, is_last=following is None
                ),
            ),
        )
        if exchange.status in REDIRECT_STATUSES:
            redirected.add(exchange.step)
        jar.update(_cookies_set(answered))


def _lower(headers: HeaderList) -> TextPairs:
    """As text, names in lower case."""
    return tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers
    )


def _is_retried(exchange: Exchange, following: Exchange) -> bool:
    """Whether the browser, left without a response, sent the same again."""
    first, second = (
        (sent.step, sent.kind, sent.role, sent.method, sent.target)
        for sent in (exchange, following)
    )
    return exchange.status is None and first == second


def _kept_request_headers(headers: TextPairs, page: str, normalize: RunNormalizer) -> TextPairs:
    kept = (
        (name, normalize(value))
        for name, value in headers
        if decides_as_request_header(name) and (name != "origin" or value != page)
    )
    return tuple(sorted(kept, key=lambda pair: pair[0]))


def _kept_response_headers(
    headers: TextPairs, normalize: RunNormalizer, *, is_last: bool
) -> TextPairs:
    kept = (
        (name, _steady(name, value, normalize))
        for name, value in headers
        if decides_as_response_header(name) and not (is_last and name == "set-cookie")
    )
    return tuple(sorted(kept, key=lambda pair: pair[0]))


def _steady(name: str, value: str, normalize: RunNormalizer) -> str:
    match name:
        case "location":
            return _without_values(normalize(value))
        case "set-cookie":
            cookie, semicolon, attributes = value.partition(";")
            start = f"{cookie.partition('=')[0]}=…"
            return normalize(start + _EXPIRES.sub(r"\1…", semicolon + attributes))
        case _:
            return normalize(value)


def _without_values(url: str) -> str:
    """`/login?state=…&next=…`; so for a fragment."""
    path_end = min((index for mark in "?#" if (index := url.find(mark)) >= 0), default=len(url))
    return url[:path_end] + _VALUE.sub("=…", url[path_end:])


def _cookies_set(headers: TextPairs) -> Iterator[str]:
    for name, value in headers:
        if name == "set-cookie":
            yield value.partition(";")[0].strip()


def _carries_credentials(headers: TextPairs, jar: set[str]) -> bool:
    sent = {
        cookie.strip() for name, value in headers if name == "cookie" for cookie in value.split(";")
    }
    return any(name == "authorization" for name, _ in headers) or not jar.isdisjoint(sent)


def _has_facts(record: RecordedCell) -> bool:
    """Whether the cell came to a result that can be accepted, though perhaps not the expected one.

    A call that a server left without a whole response is a mismatch, and no result.
    """
    return record.status not in {Status.SKIPPED, Status.ERROR} and not record.no_result


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """A cell of which nothing can be accepted: it was skipped, or something but CORS failed."""

    cell: str
    scenario: str
    server: str
    engine: str
    status: Status
    why: str


def facts_from_journal(
    header: Mapping[str, Any], records: Iterable[RecordedCell], folder: Path
) -> Baseline:
    """What the cells of a run came to.

    Args:
        header: the run's, as `store.codec.header_to_json` gives it.
        records: its cells, in any order; those that `unusable` names are left out.
        folder: entries name their scenario file relative to it; relative itself, it counts from
            where the run was started.
    """
    entries: defaultdict[tuple[str, str], dict[str, Facts]] = defaultdict(dict)
    origins: dict[tuple[str, str], str] = {}
    for record in records:
        if _has_facts(record):
            name = (scenario_name(record.file, record.scenario, folder), record.server)
            entries[name][record.engine] = facts_of(record)
            origins[name] = RunNormalizer(record.placeholders, "")(record.page)
    return Baseline(
        harness=header["harness"],
        engines=tuple(sorted((engine["name"], engine["label"]) for engine in header["engines"])),
        servers=tuple(
            sorted(
                (server["name"], tuple(server["versions"].items())) for server in header["servers"]
            )
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


def unusable(records: Iterable[RecordedCell], folder: Path = Path()) -> tuple[Unusable, ...]:
    """The cells that have no facts, and why; what has any is not to be accepted.

    `folder` is as in `facts_from_journal`.
    """
    return tuple(
        Unusable(
            cell=record.cell,
            scenario=scenario_name(record.file, record.scenario, folder),
            server=record.server,
            engine=record.engine,
            status=record.status,
            why=record.note,
        )
        for record in records
        if not _has_facts(record)
    )


def facts_of(record: RecordedCell) -> Facts:
    """The steps of one cell that ran."""
    token = token_in(exchange.target for exchange in record.exchanges)
    normalize = RunNormalizer(record.placeholders, token, record.unique)
    wire = tuple(
        (number, _with_step_values(facts, number, record, normalize))
        for number, facts in exchange_facts(record.exchanges, record.page, normalize)
    )
    return tuple(
        _step(step, [facts for place, facts in wire if place == number])
        for number, step in enumerate(record.steps)
    )


def _with_step_values(
    facts: ExchangeFacts, step: int, record: RecordedCell, normalize: RunNormalizer
) -> ExchangeFacts:
    """The facts of an exchange of `step` with placeholders where values of steps stand in URLs."""
    path = dict(record.step_paths).get(step, "").partition("#")[0]
    is_as_written = bool(path) and facts.target == normalize(_filled(path, record.step_values))
    target = normalize(path) if is_as_written else facts.target
    headers = facts.response_headers
    for name, value in record.step_values:
        brought_by = int(name.split(".")[1])
        if not value or brought_by > step:
            continue
        word = _word(normalize(value), normalize(in_url(value)))
        escaped = f"{{{name}}}".replace("\\", r"\\")  # of a template of `re`
        headers = tuple(
            (key, word.sub(escaped, text) if key == "location" else text) for key, text in headers
        )
        if brought_by < step and not is_as_written:
            target = word.sub(escaped, target)
    headers = tuple((k, without_secrets(v) if k == "location" else v) for k, v in headers)
    return replace(facts, target=without_secrets(target), response_headers=headers)


def _filled(path: str, values: TextPairs) -> str:
    texts = {f"{{{name}}}": in_url(value) for name, value in values}
    return STEP_VALUE.sub(lambda match: texts.get(match[0], match[0]), path)


@lru_cache(maxsize=256)
def _word(*spellings: str) -> re.Pattern[str]:
    """One of these, not as a part of a longer word."""
    longest_first = sorted({*spellings}, key=len, reverse=True)
    beside = r"[0-9A-Za-z%_{}-]"
    return re.compile(rf"(?<!{beside})(?:{'|'.join(map(re.escape, longest_first))})(?!{beside})")


def _step(step: RecordedStep, wire: Sequence[ExchangeFacts]) -> StepFacts:
    response = step.observation if isinstance(step.observation, Fulfilled) else None
    # A same-origin page reads all headers, whatever is exposed.
    exposed = response.headers if response and response.response_type == "cors" else ()
    return StepFacts(
        outcome=step.outcome or Outcome.FAILED,
        status=(response.status or None) if response else None,  # an opaque response says 0
        reason=step.reason.code if step.reason else None,
        readable=tuple(sorted({name for name, _ in exposed})),
        wire=tuple(wire),
    )
