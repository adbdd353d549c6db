"""sections(): the scenarios of a first file, with what is usually meant for every route."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cors_harness.drafts import calls
from cors_harness.drafts.answers import KnownAnswers, is_error, is_safe, note_on, note_on_elsewhere
from cors_harness.drafts.calls import FlowValue, YamlFields, call, headers_field
from cors_harness.drafts.lookalike_pages import LookalikePages, one_or_more
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
from cors_harness.drafts.names import CREDENTIALS, LOOKALIKE, operation_names, origin_names
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
MOST_CALLS = 400  # of one matrix; loading takes some more

CallOf = Callable[[Operation, Sequence[Operation]], YamlFields | None]

# name, response that a page can read, call, rule of the standard
ERRORS: tuple[tuple[str, str, CallOf, str], ...] = (
    ("no-such-page", "a 404", calls.of_no_page, CORS_CHECK),
    (NO_SUCH_METHOD, "a 405", calls.of_no_method, CORS_CHECK),
    (NOT_VALID, "a 422 or a 400", calls.invalid, CORS_CHECK),
    (SLASH, "what the redirect to the right slash leads to", calls.with_other_slash, REDIRECT),
    ("authorized", "what wants a key in a header", calls.authorized, CORS_PREFLIGHT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What the user wants of the app.

    Attributes:
        origins: those that are allowed, one at least.
        server: the origin of the app.
        credentials: whether these origins are meant to send cookies; False: nobody has said.
        can_raise: whether the server can be made to raise in every view: only a loaded app can.
        has_raising: whether this app can: it is known how, and it can be loaded a second time.
    """

    origins: tuple[Origin, ...]
    server: Origin
    credentials: bool = False
    can_raise: bool = True
    has_raising: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Scenarios under one heading; each is the fields of a scenario, in order.

    Attributes:
        notes: sentences for the reader, on what the app answers.
    """

    heading: str
    scenarios: tuple[YamlFields, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of a draft is written.

    Attributes:
        part: the operations that it is about, whole routes of all; None: all of them.
        sampled: whether each operation is called from some of the lookalikes only.
        is_first: whether it has what is written once for all operations.
    """

    part: tuple[Operation, ...] | None = None
    sampled: bool = False
    is_first: bool = True


WHOLE = Extent()


def sections(
    operations: Sequence[Operation],
    intent: Intent,
    statuses: Mapping[AskedCall, int] | None = None,
    extent: Extent = WHOLE,
    elsewhere: Mapping[AskedCall, str] | None = None,
) -> tuple[Section, ...]:
    """The draft: a section for each operation, one for what goes wrong, one for spellings.

    Of `asked_calls`, as far as they are answered: `statuses`, and in `elsewhere` the origin of
    another server for those that are redirected to one.
    """
    answers = _answers(intent, statuses or {}, elsewhere or {})
    draft = _Draft(operations, intent, answers, extent)
    return tuple(draft.sections())


def asked_calls(operations: Sequence[Operation], intent: Intent) -> tuple[AskedCall, ...]:
    """The calls of a draft whose answers it would assert, and that change nothing in the app.

    These are GET, and of an app that is loaded those for which no view of it runs: a method that
    the path lacks, what its own document says is refused, and all of it once every view raises.
    """
    answers = _answers(intent, {}, {})
    for _ in _Draft(operations, intent, answers, WHOLE).sections():
        pass
    return tuple(answers.wanted)


def _answers(
    intent: Intent, statuses: Mapping[AskedCall, int], elsewhere: Mapping[AskedCall, str]
) -> KnownAnswers:
    return KnownAnswers(tuple(map(str, intent.origins)), statuses, elsewhere)


def shown(template: str) -> str:
    """A path for titles and headings, where braces have a meaning: `/orders/:number`.

    Characters that cannot be seen are `?`.
    """
    named = re.sub(r"\{([^{}]+)\}", r":\1", template)
    return "".join(each if each.isprintable() else "?" for each in named)


class _Draft:
    """Writes the scenarios of every section."""

    def __init__(
        self,
        operations: Sequence[Operation],
        intent: Intent,
        answers: KnownAnswers,
        extent: Extent,
    ) -> None:
        self._every, self._intent, self._answers = tuple(operations), intent, answers
        self._operations = self._every if extent.part is None else extent.part
        self._is_first = extent.is_first
        self._names = operation_names(operations)
        self._origins = tuple(map(str, intent.origins))
        self._from = origin_names(intent.origins)
        self._around = LookalikePages(intent.origins, intent.server, sampled=extent.sampled)

    def sections(self) -> Iterator[Section]:
        """All that is to be written."""
        yield from self.calls()
        yield self.errors()
        if self._is_first:
            yield self.spellings()

    def calls(self) -> Iterator[Section]:
        """What the allowed origins may do and the origins around them may not, by operation."""
        for operation in self._operations:
            place, answer = self._elsewhere(operation), self._answer(operation)
            allowed = () if place else self._from_allowed(operation)
            scenarios = (*allowed, *self._from_lookalikes(operation))
            notes = (note_on(_route(operation), answer),) if answer and is_error(answer) else ()
            notes = (note_on_elsewhere(_route(operation), place),) if place else notes
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
        is_there = self._intent.can_raise and self._intent.has_raising
        raising = self._operations if is_there else ()
        named = ((self._names[operation], calls.as_wanted(operation, ())) for operation in raising)
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
        here = [one for one in self._every if not self._elsewhere(one)]
        simple = (one for one in here if not one.is_preflighted)
        heading = "Other spellings of the allowed origins"
        operation = next(simple, next(iter(here), None))
        if operation is None:
            return Section(heading=heading, scenarios=())
        scenario = self._scenario(
            "spelling",
            "A page of an allowed origin is allowed, however its URL was typed: {from_attack}",
            matrix={"from": {"spellings_of": one_or_more(self._intent.origins)}},
            request=calls.as_wanted(operation, ()),
            expect=_allowed(self._status(operation)),
        )
        return Section(heading=heading, scenarios=(scenario,))

    def _from_allowed(self, operation: Operation) -> Iterator[YamlFields]:
        name, route = self._names[operation], _route(operation)
        own, sent = dict(operation.headers), dict(operation.sent_headers)
        sends: YamlFields = {"sends": {"plain": own, "json": sent}} if operation.takes_json else {}
        headers: YamlFields = {"headers": "{sends}"} if sends else headers_field(sent)
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

    def _from_lookalikes(self, operation: Operation) -> Iterator[YamlFields]:
        headers = headers_field(operation.sent_headers)
        wire = "preflight" if operation.is_preflighted else "request"
        for number, around in enumerate(self._around.axes(), start=1):
            name = self._names[operation] + LOOKALIKE
            yield self._scenario(
                name if number == 1 else f"{name}-{number}",
                f"{{from}} may not {_route(operation)}: {{from_attack}}",
                matrix={"from": around, "credentials": ("omit", "include")},
                request=call(operation, credentials="{credentials}", **headers),
                expect={"outcome": "blocked", "wire": (wire,)},
                spec=_spec(operation),
            )

    def _by_route(self, name: str, call_of: CallOf) -> Sequence[NamedCall]:
        """The call of the first operation of each route that has such a call."""
        requests: dict[str, NamedCall] = {}
        for operation in self._operations:
            request = None if operation.template in requests else call_of(operation, self._every)
            if request is not None and not self._leads_away(name, operation, request):
                answer = self._answer_of_error(name, operation, request)
                requests[operation.template] = named_call(
                    name, self._names[operation], request, answer
                )
        return list(requests.values())

    def _elsewhere(self, operation: Operation) -> str:
        """The origin of another server that its call is redirected to; empty: none is known."""
        return self._answers.elsewhere(calls.as_wanted(operation, ()))

    def _leads_away(self, name: str, operation: Operation, request: YamlFields) -> bool:
        is_led_on = name in {SLASH, NO_SUCH_METHOD} and bool(self._elsewhere(operation))
        return is_led_on or bool(self._answers.elsewhere(request))

    def _answer(self, operation: Operation) -> int | None:
        request = calls.as_wanted(operation, ())
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
