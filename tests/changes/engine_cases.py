"""Blame: pairs of a cell's steps under two versions of an engine, and who made the difference."""

from collections.abc import Mapping

from tests.changes.change_cases import OPEN, PUT, aged
from tests.changes.step_builders import ALLOWED_ORIGIN, allowed, blocked, opaque, preflight, request

from cors_harness.model.baseline import Facts, StepFacts
from cors_harness.terms.reasons import ReasonCode

ACAO = ALLOWED_ORIGIN
ALL_EXPOSED = {**ACAO, "access-control-expose-headers": "*"}
LOGIN = allowed(request("POST", response_headers={**ACAO, "set-cookie": "sid=…"}, target="/login"))
LOGIN_LAX = allowed(
    request("POST", response_headers={**ACAO, "set-cookie": "sid=…; SameSite=Lax"}, target="/login")
)
READ = allowed(request(response_headers=ACAO))
OTHERWISE = ReasonCode.UNKNOWN

# What the server answered differs, or something that is not recorded may have.
SERVER_DID: Mapping[str, tuple[Facts, Facts]] = {
    "response readable": ((blocked(request()),), (READ,)),
    "response readable, the preflight was refused": (
        (blocked(preflight(400)),),
        (allowed(OPEN, PUT),),
    ),
    "response readable, the refused preflight asked otherwise": (
        (blocked(preflight(400, ACAO, headers="content-type")),),
        (allowed(preflight(response_headers=ACAO, headers="content-type,x-b3"), PUT),),
    ),
    "the same, after a step that is the same": (
        (READ, blocked(preflight(400, ACAO, headers="content-type"))),
        (READ, allowed(preflight(response_headers=ACAO, headers="content-type,x-b3"), PUT)),
    ),
    "response readable, the request carried no credentials": (
        (blocked(OPEN, request("PUT")),),
        (allowed(OPEN, request("PUT", response_headers=ACAO, with_credentials=True)),),
    ),
    "response readable where nothing was sent": ((blocked(reason=OTHERWISE),), (READ,)),
    "response readable by another path": (
        (blocked(request(status=302, response_headers=ACAO), request(target="/a")),),
        (
            allowed(
                request(status=302, response_headers=ACAO),
                request(response_headers=ACAO, target="/b"),
            ),
        ),
    ),
    "response no longer readable where the engine follows a redirect": (
        (allowed(request(status=302, response_headers=ACAO)),),
        (blocked(request(status=302, response_headers=ACAO), request(role="other")),),
    ),
    "response opaque": (
        (blocked(request(response_headers={"cross-origin-resource-policy": "same-origin"})),),
        (opaque(request()),),
    ),
    "request sent": ((blocked(preflight()),), (blocked(OPEN, request("PUT")),)),
    "request sent, the refused preflight asked otherwise": (
        (blocked(preflight(400, headers="x-a")),),
        (blocked(preflight(response_headers=ACAO, headers="x-a,x-b"), request("PUT")),),
    ),
    "method sent": (
        (allowed(request("POST", 303, ACAO), request(response_headers=ACAO, target="/done")),),
        (
            allowed(
                request("POST", 307, ACAO), request("POST", response_headers=ACAO, target="/done")
            ),
        ),
    ),
    "credentials sent": (
        (LOGIN_LAX, READ),
        (LOGIN, allowed(request(response_headers=ACAO, with_credentials=True))),
    ),
    "credentials sent, the cookie's Expires may differ": (
        (LOGIN, READ),
        (LOGIN, allowed(request(response_headers=ACAO, with_credentials=True))),
    ),
    "response headers readable": (
        (READ,),
        (
            allowed(
                request(response_headers={**ACAO, "access-control-expose-headers": "X-A"}),
                reads=("x-a",),
            ),
        ),
    ),
    "response headers readable, a header is newly sent": (
        (allowed(request(response_headers=ALL_EXPOSED)),),
        (allowed(request(response_headers=ALL_EXPOSED), reads=("x-token",)),),
    ),
    "response headers read, a header is newly sent": (
        (allowed(request(response_headers=ACAO)),),
        (allowed(request(response_headers=ACAO), reads=("last-modified",)),),
    ),
    "preflight added": (
        (aged("600"), allowed(PUT)),
        (aged("0"), aged("0")),
    ),
    "preflight added, by a redirect": (
        (allowed(OPEN, PUT),),
        (
            allowed(
                OPEN,
                request("PUT", 308, ACAO),
                preflight(response_headers=ACAO, target="/orders/"),
                request("PUT", response_headers=ACAO, target="/orders/"),
            ),
        ),
    ),
    "access-control-max-age": ((aged("600"),), (aged("60"),)),
    "access-control-max-age, asked otherwise": (
        (
            allowed(
                preflight(response_headers={**ACAO, "access-control-max-age": "600"}, headers="a"),
                PUT,
            ),
        ),
        (
            allowed(
                preflight(response_headers={**ACAO, "access-control-max-age": "60"}, headers="b"),
                PUT,
            ),
        ),
    ),
    "a header": ((READ,), (allowed(request(response_headers={**ACAO, "vary": "Origin"})),)),
    "a header, asked otherwise": (
        (allowed(preflight(response_headers=ACAO, headers="x-a"), PUT),),
        (allowed(preflight(response_headers={**ACAO, "vary": "Origin"}, headers="x-b"), PUT),),
    ),
    "status": ((READ,), (allowed(request(status=500, response_headers=ACAO), status=500),)),
    "status, out of a cache": ((READ, allowed()), (READ, allowed(status=404))),
    "requests": (
        (READ,),
        (
            allowed(
                request(status=307, response_headers=ACAO),
                request(response_headers=ACAO, target="/orders/"),
            ),
        ),
    ),
    "steps": ((READ,), (READ, READ)),
}
# Whatever could explain the difference was asked and answered alike.
ENGINE_DID: Mapping[str, tuple[StepFacts, StepFacts]] = {
    "another outcome after the same": (
        READ,
        blocked(request(response_headers=ACAO), reason=OTHERWISE),
    ),
    "another reason after the same": (
        blocked(request()),
        blocked(request(), reason=OTHERWISE),
    ),
    "the same preflight no longer lets a request out": (
        allowed(preflight(response_headers=ACAO), PUT),
        blocked(preflight(response_headers=ACAO), reason=OTHERWISE),
    ),
    "the same redirect is followed": (
        blocked(request(status=302, response_headers=ACAO)),
        blocked(request(status=302, response_headers=ACAO), request(role="other")),
    ),
    "a preflight for what was sent without": (allowed(PUT), allowed(OPEN, PUT)),
    "a preflight that asks otherwise": (
        allowed(preflight(response_headers=ACAO, headers="x-a"), PUT),
        allowed(preflight(response_headers=ACAO, headers="x-a,x-b"), PUT),
    ),
}
