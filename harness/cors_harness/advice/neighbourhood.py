"""Neighbourhood: what the cells of a run show that a server lets in today, and keeps out."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from cors_harness.advice.neighbours import CallIntent, Grants, Neighbour, neighbours_of
from cors_harness.model.cell import CellRecord
from cors_harness.model.server import CorsPolicy

REBUILT_UP_TO = 200  # neighbours; beyond that a neighbourhood is made anew after some growth only
GROWTH = 1.1
SAFE = frozenset({"GET", "HEAD", "POST"})


def _order(call: Neighbour) -> tuple[str | bool, ...]:
    """The same whatever order cells finish in."""
    where = call.at, call.path, call.method
    return call.scenario, call.page, *where, call.with_credentials, call.is_let_in


class Neighbourhood:
    """Calls to one server; the same for every call of the run, so each answer is found once.

    Attributes:
        calls: in the order of their scenarios' ids and of their pages, whoever came first.
    """

    def __init__(self, calls: Iterable[Neighbour] = ()) -> None:
        self.calls = tuple(sorted(set(calls), key=_order))
        self._near: dict[str, Neighbourhood] = {}
        self._losses: dict[CorsPolicy, tuple[str, ...]] = {}

    def near(self, at: str | None) -> "Neighbourhood":
        """Those to one origin of the server; None: all."""
        if at is None:
            return self
        if at not in self._near:
            self._near[at] = Neighbourhood(call for call in self.calls if call.at == at)
        return self._near[at]

    @cached_property
    def meant_pages(self) -> tuple[str, ...]:
        """Origins that scenarios mean to be let in, whether they are or not."""
        return _pages(call for call in self.calls if call.intent is CallIntent.ALLOWED)

    @cached_property
    def kept_pages(self) -> tuple[str, ...]:
        """Origins that are meant to be let in, or are and no scenario keeps them out."""
        return _pages(
            call for call in self.calls if call.is_granted or call.intent is CallIntent.ALLOWED
        )

    @cached_property
    def welcome_pages(self) -> frozenset[str]:
        """Origins of which a scenario does not keep out every call."""
        return frozenset(call.page for call in self.calls if not call.is_stranger)

    @cached_property
    def strangers(self) -> frozenset[str]:
        """Origins that scenarios keep out, and none lets in."""
        kept_out = frozenset(call.page for call in self.calls if call.is_stranger)
        return kept_out - self.welcome_pages

    @cached_property
    def strangers_let_in(self) -> tuple[str, ...]:
        """Those of them that the server lets in."""
        return _pages(call for call in self.calls if call.is_let_in and call.page in self.strangers)

    @cached_property
    def read_by(self) -> Mapping[str, str]:
        """A call that is let in, such as `GET /orders`, for each origin that has one."""
        let_in = (call for call in reversed(self.calls) if call.is_let_in)
        return {call.page: f"{call.method} {call.path}" for call in let_in}

    @cached_property
    def grants(self) -> Grants:
        """What all the answers together grant: every value of every list, each once."""
        each = [call.grants for call in self.calls]
        return Grants(
            origins=_once(value for grants in each for value in grants.origins),
            credentials=any(
                call.grants.credentials and not call.grants.is_star
                for call in self.calls
                if call.is_granted
            ),
            methods=_once(name for grants in each for name in grants.methods),
            headers=_once(name for grants in each for name in grants.headers),
            exposed=_once(name for grants in each for name in grants.exposed),
            max_age=next((grants.max_age for grants in each if grants.max_age), ""),
        )

    @cached_property
    def mirrors(self) -> bool:
        """Whether any preflight was allowed just what it asked for."""
        return any(call.grants.mirrors for call in self.calls)

    @cached_property
    def star_paths(self) -> frozenset[str]:
        """Paths of which an answer lets everyone in by `*`."""
        return frozenset(call.path for call in self.calls if call.grants.is_star)

    @cached_property
    def is_all_star(self) -> bool:
        """Whether every answer that lets anybody in lets everyone in, by `*`."""
        named = [call.grants for call in self.calls if call.grants.origins]
        return bool(named) and all(grants.is_star for grants in named)

    @cached_property
    def pages_by_name(self) -> frozenset[str]:
        """Origins that are let in, by their name, and no scenario keeps out."""
        return frozenset(c.page for c in self.calls if c.is_granted and not c.grants.is_star)

    @cached_property
    def pages_by_star(self) -> frozenset[str]:
        """The same by `*`."""
        return frozenset(c.page for c in self.calls if c.is_granted and c.grants.is_star)

    def losses(self, policy: CorsPolicy) -> tuple[str, ...]:
        """What one policy for the whole server would do to these calls: parts of a sentence.

        None: whoever reads a response today goes on, and whoever is kept out stays out.
        """
        if policy not in self._losses:
            found = (_loss(policy, call) for call in self.calls)
            self._losses[policy] = _once(filter(None, found))
        return self._losses[policy]


NOTHING_KNOWN = Neighbourhood()


def _pages(calls: Iterable[Neighbour]) -> tuple[str, ...]:
    return tuple(sorted({call.page for call in calls}))


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _loss(policy: CorsPolicy, call: Neighbour) -> str:
    what = f"{call.method} {call.path}{' with credentials' if call.with_credentials else ''}"
    if call.is_granted and not lets_in(policy, call):
        return f"{call.page} would lose {what}, which it reads today"
    if call.is_stranger and call.is_kept_out_by_policy and lets_in(policy, call):
        return f"{call.page} would read {what}, which {call.scenario} keeps out"
    return ""


def lets_in(policy: CorsPolicy, call: Neighbour) -> bool:
    """Whether a policy lets a call of the run through, as browsers read its headers.

    https://fetch.spec.whatwg.org/#concept-cors-check and #cors-preflight-fetch
    """
    wild = not call.with_credentials
    is_named = call.page in policy.allow_origins or (wild and "*" in policy.allow_origins)
    if not is_named or (call.with_credentials and not policy.allow_credentials):
        return False
    names = {name.lower() for name in policy.allow_headers}
    is_method = call.method in {*policy.allow_methods, *SAFE} or "*" in policy.allow_methods
    return is_method and (names >= {*call.grants.asked} or "*" in names)


class Neighbourhoods:
    """Collects the calls of a run, each once, by the name of their server."""

    def __init__(self) -> None:
        self._calls: dict[str, set[Neighbour]] = {}
        self._made: dict[str, Neighbourhood] = {}

    def add(self, record: CellRecord) -> None:
        """Takes note of a finished cell."""
        self._calls.setdefault(record.cell.server, set()).update(neighbours_of(record))

    def of(self, server: str, *, has_ended: bool = True) -> Neighbourhood:
        """That of one server; where the run has not ended yet, perhaps without the last calls."""
        calls, made = self._calls.get(server, set()), self._made.get(server, NOTHING_KNOWN)
        grown = len(calls) - len(made.calls)
        is_due = has_ended or len(calls) < REBUILT_UP_TO or len(calls) > GROWTH * len(made.calls)
        if grown and is_due:
            made = self._made[server] = Neighbourhood(calls)
        return made

    def servers(self) -> tuple[str, ...]:
        """The servers that anything is known about, by their names."""
        return tuple(sorted(self._calls))
