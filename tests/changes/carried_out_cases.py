"""Rows of requests that a page cannot read the answer to: where the line of "carried out" is."""

from tests.changes.change_cases import ACAO, OPEN, SAME, N, Row, W, row
from tests.changes.step_builders import allowed, blocked, opaque, preflight, request

CARRIED_OUT_ROWS: dict[str, Row] = {
    "a refused POST is carried out": row(
        blocked(request("POST", 403)), blocked(request("POST")), (W, "request carried out")
    ),
    "a refused POST is carried out, and its response is opaque": row(
        opaque(request("POST", 403)), opaque(request("POST", 201)), (W, "request carried out")
    ),
    "a refused POST is carried out, and CORS headers go at once": row(
        allowed(request("POST", 403, ACAO), status=403),
        blocked(request("POST")),
        (W, "request carried out"),
        (N, "response readable"),
    ),
    "a refused POST is carried out and can be read: one change": row(
        blocked(request("POST", 403)),
        allowed(request("POST", response_headers=ACAO)),
        (W, "response readable"),
    ),
    "a refused POST is carried out and is opaque now: two changes": row(
        blocked(request("POST", 403)),
        opaque(request("POST")),
        (W, "request carried out"),
        (W, "response opaque"),
    ),
    "a refused POST is carried out with credentials": row(
        blocked(request("POST", 403)),
        blocked(request("POST", with_credentials=True)),
        (W, "credentials sent"),
        (W, "request carried out"),
    ),
    "a refused POST that carried credentials is carried out": row(
        blocked(request("POST", 403, with_credentials=True)),
        blocked(request("POST", with_credentials=True)),
        (W, "request carried out"),
    ),
    "a POST of text that was no JSON is carried out": row(
        blocked(request("POST", 415)), blocked(request("POST")), (W, "request carried out")
    ),
    "a POST that did not validate is carried out": row(
        blocked(request("POST", 422)), blocked(request("POST")), (W, "request carried out")
    ),
    "a POST without a login is carried out": row(
        blocked(request("POST", 401)), blocked(request("POST")), (W, "request carried out")
    ),
    "a POST that no route took is carried out": row(
        blocked(request("POST", 405)), blocked(request("POST")), (W, "request carried out")
    ),
    "a refused PUT is carried out behind its preflight": row(
        blocked(OPEN, request("PUT", 403)),
        blocked(OPEN, request("PUT", 204)),
        (W, "request carried out"),
    ),
    "a refused request by a method of the app's own is carried out": row(
        blocked(OPEN, request("PUBLISH", 403)),
        blocked(OPEN, request("PUBLISH")),
        (W, "request carried out"),
    ),
    "a stopped PUT is carried out: one change": row(
        blocked(preflight()), blocked(OPEN, request("PUT", 204)), (W, "request sent")
    ),
    "a refused POST is answered as a form that was taken": row(
        blocked(request("POST", 403)),
        blocked(request("POST", 302, {"location": "/thanks"})),
        (W, "request carried out"),
    ),
    "a refused POST is answered so, and the browser follows": row(
        opaque(request("POST", 403)),
        opaque(request("POST", 303, {"location": "/thanks"}), request(target="/thanks")),
        (W, "request carried out"),
    ),
    "a refused PUT is sent on by 303": row(
        blocked(OPEN, request("PUT", 403)),
        blocked(OPEN, request("PUT", 303, {"location": "/done"})),
        (W, "request carried out"),
    ),
    "a refused PUT is sent elsewhere by 302, and nobody says what comes of it": row(
        blocked(OPEN, request("PUT", 403)),
        blocked(OPEN, request("PUT", 302, {"location": "/b"})),
        (SAME, "location"),
        (SAME, "status"),
    ),
    "a refused POST has moved": row(
        blocked(request("POST", 403)),
        blocked(request("POST", 301, {"location": "/orders/"})),
        (SAME, "location"),
        (SAME, "status"),
    ),
    "a refused POST is carried out behind a redirect": row(
        opaque(request("POST", 403)),
        opaque(request("POST", 307, {"location": "/b"}), request("POST", target="/b")),
        (W, "request carried out"),
    ),
    "what a redirect leads to no longer refuses": row(
        opaque(request("POST", 307), request("POST", 403, role="other")),
        opaque(request("POST", 307), request("POST", role="other")),
        (W, "request carried out"),
    ),
    "a redirect still leads to what refuses": row(
        opaque(request("POST", 403)),
        opaque(request("POST", 307, {"location": "/b"}), request("POST", 403, target="/b")),
        (SAME, "location"),
        (SAME, "requests"),
        (SAME, "status"),
    ),
    "a refused GET is answered: nothing is carried out": row(
        blocked(request(status=403, with_credentials=True)),
        blocked(request(with_credentials=True)),
        (SAME, "status"),
    ),
    "a refused HEAD is answered": row(
        blocked(request("HEAD", 403)), blocked(request("HEAD")), (SAME, "status")
    ),
    "a refused preflight is answered, and stops the browser as before": row(
        blocked(preflight(403)), blocked(preflight()), (SAME, "status")
    ),
    "a POST that the page reads, refused or not, is the app's affair": row(
        allowed(request("POST", 403, ACAO), status=403),
        allowed(request("POST", response_headers=ACAO)),
        (SAME, "status"),
    ),
    "a POST crashes instead of being refused: nobody knows": row(
        blocked(request("POST", 403)), blocked(request("POST", 500)), (SAME, "status")
    ),
    "a POST is carried out where the server crashed": row(
        blocked(request("POST", 500)), blocked(request("POST")), (SAME, "status")
    ),
    "a POST is carried out that had no response": row(
        blocked(request("POST", None)), blocked(request("POST")), (SAME, "status")
    ),
    "a POST is refused for another reason": row(
        blocked(request("POST", 403)), blocked(request("POST", 401)), (SAME, "status")
    ),
    "a DELETE finds what it did not find": row(
        blocked(OPEN, request("DELETE", 404)),
        blocked(OPEN, request("DELETE", 204)),
        (SAME, "status"),
    ),
    "a POST creates what was there already": row(
        blocked(request("POST", 409)), blocked(request("POST", 201)), (SAME, "status")
    ),
    "a POST is one too many no longer": row(
        blocked(request("POST", 429)), blocked(request("POST")), (SAME, "status")
    ),
}
