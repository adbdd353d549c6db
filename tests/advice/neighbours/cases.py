"""NeighbourCase: an app, what pages ask of it, and what its advice has to turn without a cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.advice.applied.case import Case
from tests.advice.neighbours import apps

from cors_harness.model.advice import FixTarget, Mistake

PAGE, WWW, EVIL = "https://app.example.com", "https://www.example.com", "https://attacker.example"
HTTP = "http://app.example.com"
SERVER = "https://api.example.org"
GET, COOKIES = "{path: /api/data}", "{path: /api/data, credentials: include}"
PUT = "{method: PUT, path: /api/data, headers: {X-Shop: '1'}}"
DELETE = "{method: DELETE, path: /api/data, headers: {Authorization: x}}"
OPTIONS = "{method: OPTIONS, path: /api/options}"
CRASH = "{path: /api/error}"
ALLOWED, BLOCKED = "{outcome: allowed, status: 200}", "{outcome: blocked, wire: [request]}"
CRASHED = "{outcome: allowed, status: 500}"
COUNT = "{outcome: allowed, readable: {X-Total-Count: '3'}}"
ETAG = "{outcome: allowed, readable: {ETag: '\"1\"'}}"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One scenario: `page` is an origin, `sandboxed-frame`, or `lookalikes` of PAGE."""

    request: str = GET
    page: str = PAGE
    expect: str = ALLOWED


STRANGERS = Asked(request=COOKIES, page="lookalikes", expect=BLOCKED)
OURS = (Asked(request=COOKIES), Asked(request=COOKIES, page=WWW))
PLAIN = (Asked(), Asked(page=WWW))


@dataclass(frozen=True, kw_only=True)
class NeighbourCase:
    """One app.

    Attributes:
        app: it, as the other proofs of advice have it.
        wrong: the scenario that does not come out as expected.
        right: those that do, and have to after the advice was taken too.
        mistakes: what the cells of `wrong` may be advised on.
    """

    app: Case
    wrong: Asked
    right: Sequence[Asked]
    mistakes: frozenset[Mistake]


MADE_OF = {
    FixTarget.FASTAPI: ("asgi", ("fastapi", "starlette", "uvicorn")),
    FixTarget.FLASK: ("wsgi", ("flask", "werkzeug", "waitress")),
    FixTarget.FLASK_CORS: ("wsgi", ("flask-cors", "flask", "werkzeug", "waitress")),
    FixTarget.DJANGO: ("wsgi", ("django-cors-headers", "django", "waitress")),
}


def case(
    name: str,
    where: FixTarget,
    source: str,
    wrong: Asked,
    right: Sequence[Asked],
    *mistakes: Mistake,
) -> NeighbourCase:
    interface, versions = MADE_OF[where]
    app = Case(
        server=f"near-{name}",
        mistake=mistakes[0],
        where=where,
        request=wrong.request,
        source=source,
        interface=interface,
        versions=versions,
        engines=("chromium",),
    )
    return NeighbourCase(app=app, wrong=wrong, right=right, mistakes=frozenset(mistakes))


REGEX = "allow_origin_regex=r'{}', allow_credentials=True"
ALL = 'allow_methods=["*"], allow_headers=["*"], expose_headers=["*"]'
SHUT_OUT = (
    case("reflecting", FixTarget.FLASK, apps.by_hand(apps.REFLECTING), STRANGERS, OURS,
         Mistake.REFLECTS_ORIGIN),
    case("ending", FixTarget.FLASK, apps.by_hand(apps.ENDING), STRANGERS, OURS[:1],
         Mistake.MATCHES_TOO_MUCH),
    case("no-end", FixTarget.FLASK_CORS,
         apps.flask_cors(r'origins=[r"https://.*\.example\.com"], supports_credentials=True'),
         STRANGERS, OURS, Mistake.MATCHES_TOO_MUCH),
    case("anyone", FixTarget.FLASK_CORS, apps.flask_cors("supports_credentials=True"),
         STRANGERS, OURS, Mistake.REFLECTS_ORIGIN),
    case("dot", FixTarget.FASTAPI, apps.fastapi(REGEX.format("https://(app|www).example.com")),
         STRANGERS, OURS, Mistake.MATCHES_TOO_MUCH),
    case("subdomains", FixTarget.FASTAPI, apps.fastapi(REGEX.format(r"https://.*\.example\.com")),
         STRANGERS, OURS, Mistake.MATCHES_TOO_MUCH),
    case("null", FixTarget.FASTAPI,
         apps.fastapi(f'allow_origins=["{PAGE}", "{WWW}", "null"], allow_credentials=True'),
         STRANGERS, OURS, Mistake.LETS_NULL_IN),
    case("http", FixTarget.FASTAPI,
         apps.fastapi(f'allow_origins=["{PAGE}", "{HTTP}"], allow_credentials=True'),
         STRANGERS, OURS[:1], Mistake.MATCHES_TOO_MUCH),
    case("star-cookies", FixTarget.FASTAPI,
         apps.fastapi(f'allow_origins=["*"], allow_credentials=True, {ALL}'),
         STRANGERS,
         (*OURS, Asked(request=PUT), Asked(request=DELETE, page=WWW), Asked(expect=COUNT)),
         Mistake.REFLECTS_ORIGIN),
    case("star", FixTarget.FASTAPI, apps.fastapi(f'allow_origins=["*"], {ALL}'),
         Asked(page="lookalikes", expect=BLOCKED),
         (*PLAIN, Asked(request=PUT), Asked(request=DELETE, page=WWW)), Mistake.LETS_EVERYONE_IN),
    case("django-all", FixTarget.DJANGO,
         apps.DJANGO.format(setup="CORS_ALLOW_ALL_ORIGINS = True\nCORS_ALLOW_CREDENTIALS = True\n"),
         STRANGERS, OURS, Mistake.REFLECTS_ORIGIN),
    case("django-regex", FixTarget.DJANGO,
         apps.DJANGO.format(setup='CORS_ALLOWED_ORIGIN_REGEXES = [r"https://(app|www).example.com"]\n'
                            "CORS_ALLOW_CREDENTIALS = True\n"),
         STRANGERS, OURS, Mistake.MATCHES_TOO_MUCH),
)  # fmt: skip
KEEP = (
    case("second-page", FixTarget.FASTAPI,
         apps.fastapi(f'allow_origins=["{WWW}"], allow_credentials=True, {ALL}'), Asked(),
         (Asked(request=PUT, page=WWW), Asked(request=DELETE, page=WWW),
          Asked(request=COOKIES, page=WWW), Asked(page=WWW, expect=COUNT),
          Asked(page=EVIL, expect=BLOCKED)), Mistake.ORIGIN_MISSING),
    case("open-method", FixTarget.FASTAPI,
         apps.fastapi('allow_origins=["*"], allow_headers=["*"]'), Asked(request=PUT),
         (*PLAIN, Asked(page=EVIL), Asked(page="sandboxed-frame")), Mistake.METHOD),
    case("open-crash", FixTarget.FASTAPI, apps.fastapi(f'allow_origins=["*"], {ALL}'),
         Asked(request=CRASH, expect=CRASHED),
         (*PLAIN, Asked(request=PUT, page=WWW), Asked(page=EVIL, expect=ETAG)), Mistake.CRASH),
    case("open-method-flask", FixTarget.FLASK_CORS,
         apps.flask_cors('methods=["GET"], expose_headers=["*"]'), Asked(request=PUT),
         (*PLAIN, Asked(page=EVIL, expect=ETAG)), Mistake.METHOD),
    case("exposed-by-hand", FixTarget.FLASK,
         apps.by_hand('response.headers["Access-Control-Allow-Origin"] = "*"\n'
                      'response.headers["Access-Control-Expose-Headers"] = "ETag"'),
         Asked(expect=COUNT), (Asked(page=EVIL, expect=ETAG), Asked(page=WWW)),
         Mistake.NOT_EXPOSED),
)  # fmt: skip
CASES = (*SHUT_OUT, *KEEP)
