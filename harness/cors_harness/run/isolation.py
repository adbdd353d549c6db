"""Isolation: which cells run by themselves, in a browser context of their own, and why.

Cells share a context as long as none can notice another: a cookie that a server sets, a URL without
the token that several are redirected to, or a server that minds the token end that.
"""

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call, Scenario
from cors_harness.model.server import APP
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.settings import RunSettings
from cors_harness.terms.headers import get, may_be_followed
from cors_harness.terms.modes import SAFE_METHODS, CredentialsMode
from cors_harness.terms.origin import Origin
from cors_harness.terms.role import PAGE
from cors_harness.terms.set_cookie import cookies_sent, cookies_set
from cors_harness.terms.token import TOKEN_IN_URL, with_unique_named, without_token

ASKED_TO_LEAVE_URLS = "URLs are left as they are, as --plain-urls asks"
HAS_PARAMETER = "its URL has a parameter cell of its own, so it is left as it is"
MAY_CHANGE_STATE = "its request carries cookies and may change something, so it ran by itself"
SHARED_REDIRECT = "it is redirected to a URL that other cells are redirected to as well"
ALL_COOKIES = "*"  # what Clear-Site-Data removes
TOO_MANY_REQUESTS = 429  # asking again would make it worse

_PARAMETER = re.compile(r"[?&]cell=")
_TOKEN = re.compile(r"(?<![0-9A-Za-z.])[0-9A-Za-z]+\.[0-9]+(?![0-9A-Za-z.])")
_PLAIN_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)

Statuses = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolatedCell:
    """A cell that runs by itself.

    Attributes:
        why: as `CellRecord.isolated`.
        plain: as in BoundCell.
        first: what it came to before, with the token in its URLs; counts if the server answers the
            same without the token.
    """

    cell: Cell
    why: str = ""
    plain: bool = False
    first: CellRecord | None = None


@dataclass(frozen=True, slots=True)
class _Route:
    """What a server's answer hangs on, as far as is known."""

    server: str
    method: str
    path: str


class Isolation:
    """What a run has learnt of its cells and servers, all engines together."""

    def __init__(self, settings: RunSettings | None = None) -> None:
        self._settings = settings or RunSettings()
        self._tokens: set[str] = set()
        self._setters: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._landed: dict[tuple[str, str], str] = {}  # token by engine and URL
        self._redirecting: set[_Route] = set()
        self._setting: dict[str, str] = {}  # cookie that a server sets, by the server
        self._minding: dict[_Route, str] = {}  # in words
        self._unminding: set[tuple[_Route, int | None]] = set()

    def begin(self, bound: BoundCell) -> None:
        """The cell may run from now on."""
        self._tokens.add(bound.token)

    def before(self, cell: Cell) -> IsolatedCell | None:
        """How the cell runs by itself; None: it may share a context with others."""
        if cell.server != APP:
            return None
        if why := self._why_plain(cell):
            return IsolatedCell(cell=cell, why=why, plain=True)
        why = "" if self._settings.isolated else self._why_alone(cell)
        return IsolatedCell(cell=cell, why=why) if why else None

    def _why_plain(self, cell: Cell) -> str:
        if self._settings.plain_urls:
            return ASKED_TO_LEAVE_URLS
        calls = [step.call for step in cell.scenario.steps]
        if any(_PARAMETER.search(call.path) for call in calls):
            return HAS_PARAMETER
        words = (self._minding.get(route) for route in _routes(cell))
        return next(filter(None, words), "")

    def _why_alone(self, cell: Cell) -> str:
        if not self._redirecting.isdisjoint(_routes(cell)):
            return SHARED_REDIRECT
        cookie = self._setting.get(cell.server)
        return _of_cookie(cookie) if cookie and _has_credentials(cell.scenario) else ""

    def runs_in_turn(self, cell: Cell) -> bool:
        """Whether it should not run beside others: it must not have to run twice.

        Its request carries cookies, and may change something in the user's app.
        """
        if cell.server != APP or self._settings.isolated or not _has_credentials(cell.scenario):
            return False
        return any(_method(step.call) not in SAFE_METHODS for step in cell.scenario.steps)

    def after(self, bound: BoundCell, record: CellRecord, *, doubtful: bool) -> IsolatedCell | None:
        """How the cell runs again, by itself, as what it came to may not be its own.

        `doubtful`: whether the recorder may have mistaken another cell's exchange for its own.
        None: the record counts.
        """
        self._note_cookies(bound, record)
        if not bound.is_alone:
            why = self._why_again(bound, record, doubtful=doubtful)
            if why:
                return IsolatedCell(cell=bound.cell, why=why)
        if not bound.plain and self._may_mind_token(record):
            return IsolatedCell(cell=bound.cell, plain=True, first=record)
        return None

    def _why_again(self, bound: BoundCell, record: CellRecord, *, doubtful: bool) -> str:
        cookie = self._foreign_cookie(bound.token, record)
        if cookie is not None:
            return _of_cookie(cookie)
        shares = self._shares_redirect(bound.token, record)
        return SHARED_REDIRECT if shares or doubtful else ""

    def _note_cookies(self, bound: BoundCell, record: CellRecord) -> None:
        for exchange in record.exchanges:
            for name, _ in _cookies_set(exchange):
                self._setters[record.cell.engine, name].add(bound.token)
                if record.cell.server == APP and not self._names_a_cell(name):
                    self._setting.setdefault(APP, name)

    def _names_a_cell(self, text: str) -> bool:
        return any(token in self._tokens for token in _TOKEN.findall(text))

    def cookies_of_others(self, token: str, exchanges: Sequence[Exchange]) -> frozenset[str]:
        """Names of cookies that were sent and that other cells have named by their own tokens."""
        names = {
            name for exchange in exchanges for name, _ in cookies_sent(exchange.request_headers)
        }
        return frozenset(name for name in names if token not in name and self._names_a_cell(name))

    def _foreign_cookie(self, token: str, record: CellRecord) -> str | None:
        """The name of a cookie that another cell's response has set, or may have removed."""
        own: set[tuple[str, str]] = set()
        for exchange in record.exchanges:
            for name, value in cookies_sent(exchange.request_headers):
                if (name, value) not in own and not self._names_a_cell(name):
                    return name
            own.update(_cookies_set(exchange))
        if len(record.cell.scenario.steps) == 1:
            return None
        names = sorted({name for name, _ in own})
        engine = record.cell.engine
        others = self._setters[engine, ALL_COOKIES] - {token}
        return next((n for n in names if others or self._setters[engine, n] - {token}), None)

    def _shares_redirect(self, token: str, record: CellRecord) -> bool:
        """Whether the browser may have kept of another cell what a redirect leads to."""
        shares = False
        for index, exchange in enumerate(record.exchanges):
            url = exchange.redirect_url
            if url is None or TOKEN_IN_URL.search(url):
                continue
            rest = record.exchanges[index + 1 :]
            key = record.cell.engine, url
            if (
                not rest
                and key in self._landed
                and may_be_followed(exchange.request_headers, exchange.response_headers)
            ):
                shares = True  # perhaps it was followed without a request
            elif any(map(_may_be_kept, rest)) and self._landed.setdefault(key, token) != token:
                shares = True
        if shares:  # others of the route may be blocked before; a safe request may come twice
            routes = _routes(record.cell)
            self._redirecting.update(r for r in routes if r.method not in SAFE_METHODS)
        return shares

    def _may_mind_token(self, record: CellRecord) -> bool:
        """Whether an answer of the user's server may be due to the parameter in the URL."""
        if record.cell.server != APP:
            return False
        asserted = {step.expect.status for step in record.cell.scenario.steps}
        return any(
            (_route(record, exchange), exchange.status) not in self._unminding
            for exchange in record.exchanges
            if _is_sent_back(exchange)
            or (_is_refused(exchange) and exchange.status not in asserted)
        )

    def settled(self, isolated: IsolatedCell) -> CellRecord | None:
        """The first record of a cell, where it has become known meanwhile that it counts."""
        first = isolated.first
        return first if first is not None and not self._may_mind_token(first) else None

    def settle(self, isolated: IsolatedCell, record: CellRecord) -> CellRecord:
        """The record that counts of a cell that ran again as `isolated` says."""
        first = isolated.first
        if first is None:
            return record
        if _statuses(first) == _statuses(record):
            for exchange in first.exchanges:
                self._unminding.add((_route(first, exchange), exchange.status))
            return first
        words = _words_of_difference(first, record)
        for exchange in first.exchanges:
            self._minding.setdefault(_route(first, exchange), words)
        return dataclasses.replace(record, isolated=words)


def _of_cookie(name: str) -> str:
    cookie = f"the cookie {name}" if _PLAIN_NAME.fullmatch(name) else "a cookie"
    if name == ALL_COOKIES:
        return "another cell's response removes all cookies"
    return f"{cookie} is set by other cells as well"


def _words_of_difference(first: CellRecord, record: CellRecord) -> str:
    pairs = zip(first.exchanges, record.exchanges, strict=False)
    exchange, other = next(
        ((a, b) for a, b in pairs if a.status != b.status), (first.exchanges[-1], None)
    )
    path = without_token(exchange.target)
    without = "otherwise" if other is None else f"{other.status or 'nothing'}"
    return (
        f"{exchange.method} {path} is answered {exchange.status or 'nothing'} with the parameter"
        f" cell in its URL and {without} without, so the URL is left as it is"
    )


def _statuses(record: CellRecord) -> Statuses:
    return tuple((exchange.method, exchange.status) for exchange in record.exchanges)


# https://httpwg.org/specs/rfc9111.html#calculating.freshness.lifetime, heuristics included
_CACHEABLE = ("Cache-Control", "Expires", "ETag", "Last-Modified")


def _may_be_kept(exchange: Exchange) -> bool:
    """Whether a browser may use it again for another request to the same URL."""
    if exchange.kind is ExchangeKind.PREFLIGHT:
        return True
    values = [get(exchange.response_headers, name) for name in _CACHEABLE]
    return any(value is not None and b"no-store" not in value.lower() for value in values)


def _is_refused(exchange: Exchange) -> bool:
    status = exchange.status
    return status is not None and status >= 400 and status != TOO_MANY_REQUESTS


def _is_sent_back(exchange: Exchange) -> bool:
    """Whether it is a redirect to its own URL without the token."""
    return exchange.redirect_url == without_token(exchange.origin + exchange.target)


def _cookies_set(exchange: Exchange) -> Iterator[tuple[str, str]]:
    for cookie in cookies_set(exchange.response_headers):
        yield cookie.name, cookie.value
    if get(exchange.response_headers, "Clear-Site-Data") is not None:
        yield ALL_COOKIES, ""


def _method(call: Call) -> str:
    return (call.method or "GET").upper()


def _has_credentials(scenario: Scenario) -> bool:
    origins = dict(scenario.origins)
    return any(
        step.call.credentials is CredentialsMode.INCLUDE
        or (
            step.call.credentials is not CredentialsMode.OMIT
            and (step.call.role == PAGE or _is_of_the_page(scenario, origins.get(step.call.role)))
        )
        for step in scenario.steps
    )


def _is_of_the_page(scenario: Scenario, origin: Origin | None) -> bool:
    return origin is not None and origin == scenario.page.origin


def _routes(cell: Cell) -> Iterator[_Route]:
    for step in cell.scenario.steps:
        path = urlsplit(step.call.path).path
        yield _Route(server=cell.server, method=_method(step.call), path=path)


def _route(record: CellRecord, exchange: Exchange) -> _Route:
    path = with_unique_named(exchange.target.partition("?")[0], record.unique)
    return _Route(server=record.cell.server, method=exchange.method, path=path)
