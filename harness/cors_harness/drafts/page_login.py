"""with_login(): a draft whose pages log in, or send a header that lets them in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import starmap

from cors_harness.drafts.calls import FlowValue, YamlFields
from cors_harness.drafts.draft import CORS_PREFLIGHT, Section
from cors_harness.drafts.names import CREDENTIALS, LOOKALIKE
from cors_harness.model.server import APP_RAISING
from cors_harness.model.survey import LoginCall, PageLogin
from cors_harness.terms.headers import REDIRECT_STATUSES
from cors_harness.terms.page_requests import is_safelisted

INCLUDE, OMIT = "include", "omit"
OPEN_AUTHORIZATION = "authorization"  # the name of scenarios about a header that nobody declared


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLogin:
    """How the pages of a draft are let in.

    Attributes:
        status: of the login's answer; None: there is no login.
        by_cookie: whether calls with cookies come after a login, which sets one.
        frame: the allowed origin that logs in inside of other pages.
    """

    page_login: PageLogin
    frame: str
    status: int | None = None
    by_cookie: bool = False

    @property
    def by_value(self) -> bool:
        """Whether every call needs the login, as a header names what it brought."""
        return any("{steps.0." in value for _, value in self.page_login.headers)


def with_login(
    anonymous: Sequence[Section], logged_in: Sequence[Section], how: DraftLogin
) -> tuple[Section, ...]:
    """The draft with headers and logins.

    Both drafts are of the same operations: `anonymous` expects what comes without the login's
    cookies, `logged_in` what comes with them.
    """
    return tuple(map(_Writer(how).section, anonymous, logged_in))


def login_notes(how: DraftLogin) -> tuple[str, ...]:
    """Sentences for the head of the file."""
    names = ", ".join(name for name, _ in how.page_login.headers)
    notes = (f"Every call carries {names}.",) if names else ()
    if how.page_login.login is None:
        return notes
    who = "Every page" if how.by_value else "A page whose calls carry cookies"
    note = (
        f"{who} logs in first, by {_named(how.page_login.login)}. Pages of other origins have "
        f"somebody who is logged in: a frame of {how.frame} logs in inside of them. Browsers that "
        "block third-party cookies, and cookies without SameSite=None, keep those to themselves."
    )
    return *notes, note


class _Writer:
    def __init__(self, how: DraftLogin) -> None:
        self._how = how
        self._names = frozenset(name.lower() for name, _ in how.page_login.headers)
        self._adds_preflight = not all(starmap(is_safelisted, how.page_login.headers))

    def section(self, anonymous: Section, logged_in: Section) -> Section:
        """The section, with the notes of those who are let in."""
        later = {scenario["id"]: scenario for scenario in logged_in.scenarios}
        scenarios: list[YamlFields] = []
        for scenario in anonymous.scenarios:
            scenarios += self._scenarios(scenario, later.get(scenario["id"], scenario))
        return replace(anonymous, scenarios=tuple(scenarios), notes=logged_in.notes)

    def _scenarios(self, anonymous: YamlFields, logged_in: YamlFields) -> Sequence[YamlFields]:
        name = str(anonymous["id"])
        if name.startswith(OPEN_AUTHORIZATION) and "authorization" in self._names:
            return []
        if anonymous.get("servers") == APP_RAISING and self._how.by_value:
            return [self._without_login(anonymous)]
        if self._how.by_cookie and name.endswith(CREDENTIALS):
            return [self._after_login(logged_in, INCLUDE)]
        if self._how.by_cookie and name.endswith(LOOKALIKE):
            omit, include = _by_credentials(anonymous)
            return [self._let_in(omit), self._after_login(include, INCLUDE)]
        return [self._let_in(anonymous)]

    def _without_login(self, scenario: YamlFields) -> YamlFields:
        """A scenario on a server whose login raises too: nothing that a login brings is sent."""
        kept = tuple(pair for pair in self._how.page_login.headers if "{steps.0." not in pair[1])
        how = replace(self._how, page_login=PageLogin(headers=kept))
        expect = scenario["expect"]
        assert isinstance(expect, Mapping)  # noqa: S101 - of every drafted scenario
        outcome = {key: value for key, value in expect.items() if key != "status"}
        return {**_Writer(how).with_headers(scenario), "expect": outcome}

    def _let_in(self, scenario: YamlFields) -> YamlFields:
        """The scenario with what it needs where its calls have no cookies."""
        if self._how.by_value:
            return self._after_login(scenario, OMIT)
        return self.with_headers(scenario)

    def _after_login(self, scenario: YamlFields, credentials: str) -> YamlFields:
        """The scenario with the login as its first step."""
        carrying = self.with_headers(scenario)
        login = self._how.page_login.login
        if login is None:
            return carrying
        step = {"request": carrying["request"], "expect": carrying["expect"]}
        by: YamlFields = {"credentials": credentials} if credentials == INCLUDE else {}
        first = {
            "request": {**self._login(login, scenario), **by},
            "expect": self._logged_in(),
        }
        rest = {key: value for key, value in carrying.items() if key not in step}
        return {**rest, "steps": (first, step)}

    def _login(self, login: LoginCall, scenario: YamlFields) -> YamlFields:
        is_lookalike = LOOKALIKE in str(scenario["id"])
        frame: YamlFields = {"frame": self._how.frame} if is_lookalike else {}
        headers: YamlFields = {"headers": dict(login.headers)} if login.headers else {}
        body: YamlFields = {} if login.body is None else {"body": login.body}
        return {**frame, "method": login.method, "path": login.target, **headers, **body}

    def _logged_in(self) -> YamlFields:
        status = self._how.status
        if status is None or status in REDIRECT_STATUSES:
            return {"outcome": "allowed"}
        return {"outcome": "allowed", "status": status}

    def with_headers(self, scenario: YamlFields) -> YamlFields:
        """The scenario with the headers in each of its calls."""
        if not self._how.page_login.headers:
            return scenario
        carrying = {**scenario, **self._calls(scenario)}
        expect = scenario["expect"]
        is_request = isinstance(expect, Mapping) and expect.get("wire") == ("request",)
        if self._adds_preflight and is_request and isinstance(expect, Mapping):
            return {
                **carrying,
                "spec": CORS_PREFLIGHT,
                "expect": {**expect, "wire": ("preflight",)},
            }
        return carrying

    def _calls(self, scenario: YamlFields) -> YamlFields:
        """What of the scenario has the headers: the request, or an axis that it names."""
        request, matrix = scenario["request"], scenario["matrix"]
        if not isinstance(matrix, Mapping):
            return {}
        if not isinstance(request, Mapping):  # "{call}"
            axis = matrix["call"]
            if not isinstance(axis, Mapping):
                return {}
            calls = {name: self._call(call) for name, call in axis.items()}
            return {"matrix": {**matrix, "call": calls}}
        sends = matrix.get("sends")
        if request.get("headers") == "{sends}" and isinstance(sends, Mapping):
            headers = {name: self._headers(own) for name, own in sends.items()}
            return {"matrix": {**matrix, "sends": headers}}
        return {"request": self._call(request)}

    def _call(self, call: FlowValue) -> FlowValue:
        if not isinstance(call, Mapping):
            return call
        body: YamlFields = {"body": call["body"]} if "body" in call else {}
        rest = {key: value for key, value in call.items() if key != "body"}
        return {**rest, "headers": self._headers(call.get("headers", {})), **body}

    def _headers(self, own: FlowValue) -> YamlFields:
        """The headers in place of those of the same name."""
        pairs = self._how.page_login.headers
        kept = own if isinstance(own, Mapping) else {}
        return {
            **{name: value for name, value in kept.items() if name.lower() not in self._names},
            **dict(pairs),
        }


def _by_credentials(scenario: YamlFields) -> tuple[YamlFields, YamlFields]:
    """The scenario for calls without cookies, and the one for calls with them."""
    matrix, request = scenario["matrix"], scenario["request"]
    if not isinstance(matrix, Mapping) or not isinstance(request, Mapping):
        return scenario, scenario
    one_axis = {name: value for name, value in matrix.items() if name != "credentials"}
    without = {name: value for name, value in request.items() if name != "credentials"}
    named = f"{scenario['id']}{CREDENTIALS}"
    return (
        {**scenario, "matrix": one_axis, "request": without},
        {
            **scenario,
            "id": named,
            "title": f"{scenario['title']}, with cookies",
            "matrix": one_axis,
            "request": {**request, "credentials": INCLUDE},
        },
    )


def _named(login: LoginCall) -> str:
    return f"{login.method} {login.target.partition('?')[0]}"
