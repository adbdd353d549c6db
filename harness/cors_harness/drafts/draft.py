"""sections(): the scenarios of a first file, with what is usually meant for every route."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cors_harness.corpus.lookalikes import lookalikes_of_all
from cors_harness.drafts import calls
from cors_harness.drafts.answers import KnownAnswers, is_error, is_safe, note_on
from cors_harness.drafts.calls import JSON, FlowValue, YamlFields, call
from cors_harness.drafts.named_calls import (
    NO_SUCH_METHOD,
    NOT_VALID,
    SLASH,
    UNHANDLED,
    NamedCall,
    by_status,
    named_call,
    notes_on,
)
from cors_harness.drafts.operation import Operation
from cors_harness.model.server import APP_RAISING
from cors_harness.model.survey import AskedCall
from cors_harness.terms.headers import REDIRECT_STATUSES, is_ok
from cors_harness.terms.origin import Origin

CORS_CHECK = "https://fetch.spec.whatwg.org/#concept-cors-check"
CORS_PREFLIGHT = "https://fetch.spec.whatwg.org/#cors-preflight-fetch"
REDIRECT = "https://fetch.spec.whatwg.org/#http-redirect-fetch"
ALLOWED: YamlFields = {"outcome": "allowed"}
OPEN: YamlFields = {}
HEAD = ("id", "title", "spec")
CREDENTIALS, LOOKALIKE = "-credentials", "-lookalike"
MOST_CALLS = 400  # of one matrix; loading takes some more

CallOf = Callable[[Operation, Sequence[Operation]], YamlFields | None]

# name, response that a page can read, call, rule of the standard
ERRORS: tuple[tuple[str, str, CallOf, str], ...] = (
    ("no-such-page", "a 404", calls.of_no_page, CORS_CHECK),
    (NO_SUCH_METHOD, "a 405", calls.of_no_method, CORS_CHECK),
    (NOT_VALID, "a 422 or a 400", calls.invalid, CORS_CHECK),
    (SLASH, "what the redirect to the right slash leads to", calls.with_other_slash, REDIRECT),
    ("authorized", "what wants an Authorization header", calls.authorized, CORS_PREFLIGHT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the user wants of the app.

    Attributes:
        origins: those that are allowed, one at least.
        server: the origin of the app.
        credentials: whether these origins are meant to send cookies; False: nobody has said.
        can_raise: whether the server can be made to raise in every view: only a loaded app can.
    """

    origins: tuple[Origin, ...]
    server: Origin
    credentials: bool = False
    can_raise: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Scenarios under one heading; each is the fields of a scenario, in order.

    Attributes:
        notes: sentences for the reader, on what the app answers.
    """

    heading: str
    scenarios: tuple[YamlFields, ...]
    notes: tuple[str, ...] = ()


def origin_names(origins: Sequence[Origin]) -> Mapping[str, str]:
    """The origins by name; names are as short as may be, no two alike."""
    named: dict[str, str] = {}
    for origin in origins:
        name = next(name for name in _short_names(origin) if name not in named)
        named[name] = str(origin)
    return named


def _short_names(origin: Origin) -> Iterator[str]:
    """Names for an origin, shortest first: its first label, its host, all of it, a number."""
    label = origin.host.partition(".")[0]
    if not label.isdigit():
        yield _slug(label)
    yield _slug(origin.host)
    yield _slug(f"{origin.host}-{origin.port}")
    yield _slug(f"{origin.scheme}-{origin.host}-{origin.port}")
    yield from (f"origin-{number}" for number in itertools.count(1))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def sections(
    operations: Sequence[Operation],
    intent: Intent,
    statuses: Mapping[AskedCall, int] | None = None,
) -> tuple[Section, ...]:
    """The draft: a section for each operation, one for what goes wrong, one for spellings.

    `statuses`: what the app answers to `asked_calls`, as far as it does.
    """
    draft = _Draft(operations, intent, _answers(intent, statuses or {}))
    return (*draft.calls(), draft.errors(), draft.spellings())


def asked_calls(operations: Sequence[Operation], intent: Intent) -> tuple[AskedCall, ...]:
    """The calls of a draft whose answers it would assert, and that change nothing in the app.

    These are GET, and of an app that is loaded those for which no view of it runs: a method that
    the path lacks, what its own document says is refused, and all of it once every view raises.
    """
    answers = _answers(intent, {})
    draft = _Draft(operations, intent, answers)
    for _ in (*draft.calls(), draft.errors(), draft.spellings()):
        pass
    return tuple(answers.wanted)


def _answers(intent: Intent, statuses: Mapping[AskedCall, int]) -> KnownAnswers:
    return KnownAnswers(tuple(map(str, intent.origins)), statuses)


def shown(template: str) -> str:
    """A path for titles and headings, where braces have a meaning: `/orders/:number`."""
    return re.sub(r"\{([^{}]+)\}", r":\1", template)


class _Draft:
    """Writes the scenarios of every section."""

    def __init__(
        self, operations: Sequence[Operation], intent: Intent, answers: KnownAnswers
    ) -> None:
        self._operations, self._intent, self._answers = tuple(operations), intent, answers
        self._names = _names(operations)
        self._origins = tuple(map(str, intent.origins))
        self._from = origin_names(intent.origins)
        self._lookalikes = lookalikes_of_all(intent.origins)

    def calls(self) -> Iterator[Section]:
        """What the allowed origins may do and the origins around them may not, by operation."""
        for operation in self._operations:
            scenarios = (*self._from_allowed(operation), self._from_lookalikes(operation))
            answer = self._answer(operation)
            notes = (note_on(_route(operation), answer),) if answer and is_error(answer) else ()
            yield Section(heading=_route(operation), scenarios=scenarios, notes=notes)

    def errors(self) -> Section:
        """The section of errors: a call of each route by kind, and of each method for a bug."""
        title = "{from} can read %s"
        scenarios: list[YamlFields] = []
        notes: list[str] = []
        for name, response, call_of, spec in ERRORS:
            requests = self._by_route(name, call_of)
            scenarios += self._matrices(name, title % response, requests, spec)
            notes += notes_on(name, requests)
        raising = self._on_raising_app()
        bugs = self._matrices(UNHANDLED, title % "the 500 of a bug", raising, CORS_CHECK)
        scenarios += (_on_raising_app(scenario) for scenario in bugs)
        heading = "What goes wrong: without CORS headers a page sees a CORS error, and no status"
        return Section(
            heading=heading,
            scenarios=(*scenarios, *self._authorization()),
            notes=(*notes, *notes_on(UNHANDLED, raising)),
        )

    def _on_raising_app(self) -> Sequence[NamedCall]:
        """Calls for an exception in a view, on the server whose views raise."""
        raising = self._operations if self._intent.can_raise else ()
        named = ((self._names[operation], calls.as_json(operation, ())) for operation in raising)
        return [
            named_call(UNHANDLED, name, request, self._answers.status(request, raises=True))
            for name, request in named
        ]

    def _authorization(self) -> Iterator[YamlFields]:
        """Scenarios without an expectation: nobody has declared whether the header is meant."""
        title = "{from} and a request with an Authorization header"
        requests = self._by_route("authorization", calls.perhaps_authorized)
        scenarios = self._matrices("authorization", title, requests, CORS_PREFLIGHT)
        return ({**scenario, "expect": OPEN} for scenario in scenarios)

    def spellings(self) -> Section:
        """Pages of the allowed origins that are opened by another spelling; one call for all."""
        simple = (one for one in self._operations if not one.is_preflighted)
        operation = next(simple, self._operations[0])
        scenario = self._scenario(
            "spelling",
            "A page of an allowed origin is allowed, however its URL was typed: {from_attack}",
            matrix={"from": {"spellings_of": _one_or_more(self._origins)}},
            request=calls.as_json(operation, ()),
            expect=_allowed(self._status(operation)),
        )
        return Section(heading="Other spellings of the allowed origins", scenarios=(scenario,))

    def _from_allowed(self, operation: Operation) -> Iterator[YamlFields]:
        name, route = self._names[operation], _route(operation)
        takes_json = operation.body is not None
        sends: YamlFields = {"sends": {"plain": {}, "json": JSON}} if takes_json else {}
        headers: YamlFields = {"headers": "{sends}"} if takes_json else {}
        spec = _spec(operation)
        yield self._scenario(
            name,
            f"{{from}} may {route}",
            matrix={"from": self._from, **sends},
            request=call(operation, **headers),
            expect=_allowed(self._status(operation)),
            spec=spec,
        )
        verb = "may" if self._intent.credentials else "and"
        yield self._scenario(
            name + CREDENTIALS,
            f"{{from}} {verb} {route} with cookies",
            matrix={"from": self._from, **sends},
            request=call(operation, credentials="include", **headers),
            expect=_allowed(self._status(operation)) if self._intent.credentials else OPEN,
            spec=spec,
        )

    def _from_lookalikes(self, operation: Operation) -> YamlFields:
        headers: YamlFields = {} if operation.body is None else {"headers": JSON}
        server = str(self._intent.server)
        own = [lookalike.name for lookalike in self._lookalikes if lookalike.page == server]
        without: YamlFields = {"without": own} if own else {}
        around: YamlFields = {"lookalikes_of": _one_or_more(self._origins), **without}
        return self._scenario(
            self._names[operation] + LOOKALIKE,
            f"{{from}} may not {_route(operation)}: {{from_attack}}",
            matrix={"from": around, "credentials": ("omit", "include")},
            request=call(operation, credentials="{credentials}", **headers),
            expect={
                "outcome": "blocked",
                "wire": ("preflight" if operation.is_preflighted else "request",),
            },
            spec=_spec(operation),
        )

    def _by_route(self, name: str, call_of: CallOf) -> Sequence[NamedCall]:
        """The call of the first operation of each route that has such a call."""
        requests: dict[str, NamedCall] = {}
        for operation in self._operations:
            request = (
                None if operation.template in requests else call_of(operation, self._operations)
            )
            if request is not None:
                answer = self._answer_of_error(name, operation, request)
                requests[operation.template] = named_call(
                    name, self._names[operation], request, answer
                )
        return list(requests.values())

    def _answer(self, operation: Operation) -> int | None:
        request = calls.as_json(operation, ())
        return self._answers.status(request) if is_safe(request) else None

    def _status(self, operation: Operation) -> int | None:
        """The status to assert of the route's own answer: an ok status.

        An error is not asserted: it would hold, and nobody would be told that it decides.
        """
        answer = self._answer(operation)
        return answer if is_ok(answer) else None

    def _answer_of_error(self, name: str, operation: Operation, request: YamlFields) -> int | None:
        if not (is_safe(request) or self._runs_no_view(name, operation)):
            return None
        answer = self._answers.status(request)
        is_led_on = name == SLASH and answer in REDIRECT_STATUSES
        return self._answer(operation) if is_led_on else answer

    def _runs_no_view(self, name: str, operation: Operation) -> bool:
        """Whether the app, of which all is known, refuses the call before a view runs."""
        return self._intent.can_raise and (
            name == NO_SUCH_METHOD or (name == NOT_VALID and operation.validates)
        )

    def _matrices(
        self, name: str, title: str, requests: Sequence[NamedCall], spec: str
    ) -> Iterator[YamlFields]:
        """A scenario for all of these calls; several, also of one name, where statuses differ.

        Where calls are very many there are several names.
        """
        size = max(1, MOST_CALLS // len(self._origins))
        for number, start in enumerate(range(0, len(requests), size), start=1):
            for status, some in by_status(requests[start : start + size]):
                yield self._scenario(
                    name if number == 1 else f"{name}-{number}",
                    title,
                    matrix={"from": self._from, "call": {each.name: each.request for each in some}},
                    request="{call}",
                    expect=_allowed(status),
                    spec=spec,
                )

    def _scenario(
        self,
        name: str,
        title: str,
        *,
        matrix: YamlFields,
        request: FlowValue,
        expect: YamlFields,
        spec: str = CORS_CHECK,
    ) -> YamlFields:
        return {
            "id": name,
            "title": title,
            "spec": spec,
            "matrix": matrix,
            "page": "{from}",
            "origins": {"server": str(self._intent.server)},
            "request": request,
            "expect": expect,
        }


def _allowed(status: int | None) -> YamlFields:
    """What must come out for a page that is allowed."""
    return ALLOWED if status is None else {**ALLOWED, "status": status}


def _on_raising_app(scenario: YamlFields) -> YamlFields:
    """The scenario on the server whose views raise; `servers` stands in front of the matrix."""
    rest = {key: value for key, value in scenario.items() if key not in HEAD}
    return {**{key: scenario[key] for key in HEAD}, "servers": APP_RAISING, **rest}


def _route(operation: Operation) -> str:
    return f"{operation.method} {shown(operation.template)}"


def _spec(operation: Operation) -> str:
    return CORS_PREFLIGHT if operation.is_preflighted else CORS_CHECK


def _one_or_more(origins: tuple[str, ...]) -> FlowValue:
    return origins[0] if len(origins) == 1 else origins


def _names(operations: Sequence[Operation]) -> Mapping[Operation, str]:
    """A name for each operation, no two alike: `get-orders-number`."""
    names: dict[Operation, str] = {}
    taken: set[str] = set()
    for operation in operations:
        slug = re.sub(r"[^a-z0-9]+", "-", operation.template.lower()).strip("-") or "root"
        base = f"{operation.method.lower()}-{slug}"
        candidates = itertools.chain((base,), (f"{base}-v{n}" for n in itertools.count(2)))
        names[operation] = next(name for name in candidates if taken.isdisjoint(_ids(name)))
        taken |= _ids(names[operation])
    return names


def _ids(name: str) -> set[str]:
    """The ids of an operation's scenarios; those of `/a` must not meet those of `/a/lookalike`."""
    return {name, *(name + end for end in (CREDENTIALS, LOOKALIKE, LOOKALIKE + CREDENTIALS))}
