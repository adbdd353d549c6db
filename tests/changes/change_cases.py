"""Rows: what a step was, what it is, and the changes that this comes to."""

from dataclasses import dataclass

from tests.changes.step_builders import (
    ALLOWED_ORIGIN,
    PAGE,
    allowed,
    blocked,
    failed,
    opaque,
    preflight,
    request,
)

from cors_harness.model.baseline import StepFacts
from cors_harness.model.change import ChangeClass
from cors_harness.model.scenario import Outcome
from cors_harness.terms.reasons import ReasonCode

W, N, MORE, LESS, SAME = (
    ChangeClass.WIDENED,
    ChangeClass.NARROWED,
    ChangeClass.COSTLIER,
    ChangeClass.CHEAPER,
    ChangeClass.COSMETIC,
)
ACAO = ALLOWED_ORIGIN
OPEN = preflight(response_headers=ACAO)
PUT = request("PUT", response_headers=ACAO)


def aged(age: str | None) -> StepFacts:
    """A PUT after a preflight with this Access-Control-Max-Age."""
    found = ACAO if age is None else {**ACAO, "access-control-max-age": age}
    return allowed(preflight(response_headers=found), PUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`changes`: class and facet of each, in the order of the report."""

    before: StepFacts
    after: StepFacts
    changes: tuple[tuple[ChangeClass, str], ...]


def row(before: StepFacts, after: StepFacts, *changes: tuple[ChangeClass, str]) -> Row:
    return Row(before=before, after=after, changes=changes)


ROWS = {
    "a blocked response can be read": row(
        blocked(request()), allowed(request(response_headers=ACAO)), (W, "response readable")
    ),
    "a response that failed can be read": row(
        failed(request(status=None)),
        allowed(request(response_headers=ACAO)),
        (W, "response readable"),
    ),
    "an opaque response can be read": row(
        opaque(request()), allowed(request(response_headers=ACAO)), (W, "response readable")
    ),
    "a blocked response comes through as opaque": row(
        blocked(request(response_headers={"cross-origin-resource-policy": "same-origin"})),
        opaque(request()),
        (W, "response opaque"),
    ),
    "a blocked response comes through as an opaque redirect": row(
        blocked(request(status=302)),
        StepFacts(outcome=Outcome.OPAQUE_REDIRECT, wire=(request(status=302),)),
        (W, "response opaque"),
    ),
    "a stopped PUT is sent and can be read": row(
        blocked(preflight()), allowed(OPEN, PUT), (W, "response readable")
    ),
    "a stopped PUT is sent, its response stays unreadable": row(
        blocked(preflight()), blocked(OPEN, request("PUT")), (W, "request sent")
    ),
    "a PUT that nobody let out of the browser is sent": row(
        blocked(reason=ReasonCode.MIXED_CONTENT),
        blocked(OPEN, request("PUT")),
        (W, "request sent"),
    ),
    "a redirect that was refused is followed, what follows stays unreadable": row(
        blocked(request(status=302)),
        blocked(request(status=302, response_headers=ACAO), request(role="other")),
        (W, "request sent"),
    ),
    "a request carries a cookie that it did not carry": row(
        allowed(request(response_headers=ACAO)),
        allowed(request(response_headers=ACAO, with_credentials=True)),
        (W, "credentials sent"),
    ),
    "an unreadable request carries a cookie that it did not carry": row(
        blocked(request()), blocked(request(with_credentials=True)), (W, "credentials sent")
    ),
    "a redirect takes credentials to another server": row(
        allowed(request(response_headers=ACAO, with_credentials=True)),
        allowed(
            request(status=307, response_headers=ACAO, with_credentials=True),
            request(response_headers=ACAO, role="other", with_credentials=True),
        ),
        (W, "credentials sent"),
    ),
    "a stopped request is sent and carries credentials: one change": row(
        blocked(preflight()),
        allowed(OPEN, request("PUT", response_headers=ACAO, with_credentials=True)),
        (W, "response readable"),
    ),
    "a stopped request is sent with credentials, unreadable: one change": row(
        blocked(preflight()),
        blocked(OPEN, request("PUT", with_credentials=True)),
        (W, "request sent"),
    ),
    "a readable response and credentials on it: two changes": row(
        blocked(request()),
        allowed(request(response_headers=ACAO, with_credentials=True)),
        (W, "credentials sent"),
        (W, "response readable"),
    ),
    "one more header can be read": row(
        allowed(request(response_headers=ACAO), reads=("content-type",)),
        allowed(
            request(response_headers={**ACAO, "access-control-expose-headers": "X-Total-Count"}),
            reads=("content-type", "x-total-count"),
        ),
        (W, "response headers readable"),
    ),
    "another header can be read instead of one": row(
        allowed(request(response_headers=ACAO), reads=("x-old",)),
        allowed(request(response_headers=ACAO), reads=("x-new",)),
        (W, "response headers readable"),
        (N, "response headers readable"),
    ),
    "a safelisted header is sent, which any page may read": row(
        allowed(request(response_headers=ACAO), reads=("content-type",)),
        allowed(request(response_headers=ACAO), reads=("content-type", "last-modified")),
        (SAME, "response headers read"),
    ),
    "a preflight that was not there": row(
        allowed(PUT), allowed(OPEN, PUT), (MORE, "preflight added")
    ),
    "a second preflight after a redirect": row(
        allowed(OPEN, PUT),
        allowed(
            OPEN,
            request("PUT", status=308, response_headers=ACAO),
            preflight(response_headers=ACAO, target="/orders/"),
            request("PUT", response_headers=ACAO, target="/orders/"),
        ),
        (MORE, "preflight added"),
    ),
    "a preflight more that stops the call is narrowing alone": row(
        allowed(PUT), blocked(preflight()), (N, "response readable")
    ),
    "a preflight more, and the response stays unreadable": row(
        blocked(request("PUT")), blocked(OPEN, request("PUT")), (MORE, "preflight added")
    ),
    "Max-Age is gone": row(aged("600"), aged(None), (MORE, "access-control-max-age")),
    "Max-Age is shorter": row(aged("600"), aged("60"), (MORE, "access-control-max-age")),
    "Max-Age becomes 0": row(aged(None), aged("0"), (MORE, "access-control-max-age")),
    "Max-Age becomes negative": row(aged("5"), aged("-1"), (MORE, "access-control-max-age")),
    "Max-Age says the default": row(aged(None), aged("5"), (SAME, "access-control-max-age")),
    "Max-Age is longer than any engine's limit already": row(
        aged("86400"), aged("604800"), (SAME, "access-control-max-age")
    ),
    "Max-Age of a preflight that is refused does not count": row(
        blocked(preflight(response_headers={"access-control-max-age": "600"})),
        blocked(preflight()),
        (SAME, "access-control-max-age"),
    ),
    "the response can be read and the preflight is forgotten: two changes": row(
        blocked(
            preflight(response_headers={**ACAO, "access-control-max-age": "600"}), request("PUT")
        ),
        aged(None),
        (W, "response readable"),
        (MORE, "access-control-max-age"),
    ),
    "Vary is gone": row(
        allowed(request(response_headers={**ACAO, "vary": "Origin"})),
        allowed(request(response_headers=ACAO)),
        (SAME, "vary"),
    ),
    "a header is empty where it was absent": row(
        allowed(request(response_headers=ACAO)),
        allowed(request(response_headers={**ACAO, "vary": ""})),
        (SAME, "vary"),
    ),
    "a header is sent twice, and the outcome is the same": row(
        blocked(request(response_headers={"access-control-allow-origin": "https://a.example"})),
        blocked(
            request(response_headers={"access-control-allow-origin": ("https://a.example",) * 2})
        ),
        (SAME, "access-control-allow-origin"),
    ),
    "two headers differ: a change for each": row(
        allowed(request(response_headers=ACAO)),
        allowed(request(response_headers={**ACAO, "vary": "Origin", "timing-allow-origin": "*"})),
        (SAME, "timing-allow-origin"),
        (SAME, "vary"),
    ),
    "the status is 500 and the page reads it": row(
        allowed(request(response_headers=ACAO)),
        allowed(request(status=500, response_headers=ACAO), status=500),
        (SAME, "status"),
    ),
    "the preflight's status is 204": row(
        allowed(OPEN, PUT), allowed(preflight(204, ACAO), PUT), (SAME, "status")
    ),
    "a response out of the cache has another status": row(
        allowed(), allowed(status=404), (SAME, "status")
    ),
    "blocked for another reason": row(
        blocked(request()),
        blocked(request(), reason=ReasonCode.ALLOW_ORIGIN_MISMATCH),
        (SAME, "reason"),
    ),
    "failed instead of blocked": row(blocked(request()), failed(request()), (SAME, "outcome")),
    "a redirect more, and the page reads the same": row(
        allowed(request(response_headers=ACAO)),
        allowed(
            request(status=307, response_headers=ACAO),
            request(response_headers=ACAO, target="/orders/"),
        ),
        (SAME, "requests"),
        (SAME, "status"),
    ),
    "the preflight asks for another header": row(
        allowed(preflight(response_headers=ACAO, headers="x-a"), PUT),
        allowed(preflight(response_headers=ACAO, headers="x-b"), PUT),
        (SAME, "sent access-control-request-headers"),
    ),
    "the second of two requests carries the cookie instead of the first": row(
        allowed(
            request(status=307, response_headers=ACAO, with_credentials=True),
            request(response_headers=ACAO, target="/orders/"),
        ),
        allowed(
            request(status=307, response_headers=ACAO),
            request(response_headers=ACAO, target="/orders/", with_credentials=True),
        ),
        (W, "credentials sent"),
        (N, "credentials sent"),
    ),
    "a later request to the same server carries credentials, too": row(
        allowed(
            request(status=307, response_headers=ACAO, with_credentials=True),
            request(response_headers=ACAO, target="/orders/"),
        ),
        allowed(
            request(status=307, response_headers=ACAO, with_credentials=True),
            request(response_headers=ACAO, target="/orders/", with_credentials=True),
        ),
        (W, "credentials sent"),
    ),
    "where a redirect leads, another path gets credentials": row(
        allowed(
            request(status=307, response_headers=ACAO, with_credentials=True),
            request(response_headers=ACAO, target="/a"),
        ),
        allowed(
            request(status=307, response_headers=ACAO, with_credentials=True),
            request(response_headers=ACAO, target="/b", with_credentials=True),
        ),
        (W, "credentials sent"),
    ),
    "where a redirect leads gets a POST instead of a GET": row(
        allowed(request("POST", 303, ACAO), request(response_headers=ACAO, target="/done")),
        allowed(request("POST", 307, ACAO), request("POST", response_headers=ACAO, target="/done")),
        (W, "method sent"),
        (N, "method sent"),
    ),
    "a response is lost, and yet a POST is sent instead of a GET": row(
        allowed(request("POST", 303, ACAO), request(response_headers=ACAO, target="/done")),
        blocked(request("POST", 307, ACAO), request("POST", target="/done")),
        (W, "method sent"),
        (N, "response readable"),
    ),
    "another server gets a GET, unreadable as before": row(
        blocked(request(status=302, response_headers=ACAO), request(role="other")),
        blocked(request(status=302, response_headers=ACAO), request(role="third")),
        (W, "method sent"),
        (N, "method sent"),
    ),
    "a redirect leads to another path, by the same method": row(
        allowed(
            request(status=302, response_headers=ACAO), request(response_headers=ACAO, target="/a")
        ),
        allowed(
            request(status=302, response_headers=ACAO), request(response_headers=ACAO, target="/b")
        ),
        (SAME, "requests"),
    ),
    "the same requests the other way round": row(
        allowed(request(), request(target="/b")),
        allowed(request(target="/b"), request()),
        (SAME, "requests"),
    ),
    "Vary is gone from what can be read now: it is in the summary": row(
        blocked(request(response_headers={"vary": "Origin"})),
        allowed(request(response_headers={"access-control-allow-origin": PAGE})),
        (W, "response readable"),
    ),
}
