"""recipe_of(): the Recipe that mends a mistake: by a framework, by nginx, or as plain headers."""

from cors_harness.advice.blocked import ALLOW_ORIGIN, NULL, Blocked
from cors_harness.advice.by_hand import ANYONE, lets_anyone_in
from cors_harness.advice.library_recipes import LIBRARIES, for_library
from cors_harness.advice.middleware_recipes import for_middleware
from cors_harness.advice.neighbours import STAR
from cors_harness.advice.policy import policy_for_fix
from cors_harness.advice.python_lines import NO_RECIPE, Lines, Recipe, headers_of
from cors_harness.advice.python_recipes import (
    BEHIND_HTTPS,
    BEHIND_PROXY,
    PREFLIGHT_UNANSWERED,
    for_django,
    for_flask,
    for_host,
    for_starlette,
)
from cors_harness.advice.target import app_speaks_cors, is_framework_known, made_by_nginx
from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.server import CorsPolicy
from cors_harness.terms.headers import is_ok

NO_LINES = frozenset(
    {
        *(Mistake.ORIGIN_NULL, Mistake.METHOD_CASE, Mistake.NEVER_SENT, Mistake.MIXED_CONTENT),
        *(Mistake.LOCAL_NETWORK, Mistake.CERTIFICATE),
    }
)
FRAMEWORK_UNKNOWN = "the server's framework is not known, so they stand as they go over the wire"
NOT_THE_APP = frozenset({413, 431, 502, 503, 504})  # what servers say before an app hears of it


def recipe_of(mistake: Mistake, target: FixTarget, blocked: Blocked) -> Recipe:
    """The lines to write; NO_RECIPE where nothing in a server helps, or nothing that is proven."""
    is_login = mistake is Mistake.LOGIN_REDIRECT and not blocked.at_preflight
    if mistake in NO_LINES or blocked.page == NULL or is_login:
        return NO_RECIPE
    match mistake:
        case Mistake.REDIRECTED_AWAY:
            return _for_anyone(blocked)
        case Mistake.REDIRECTED_TO_HTTP:
            return BEHIND_PROXY.get(target, NO_RECIPE)
        case Mistake.HTTPS_UNTOLD:
            return BEHIND_HTTPS.get(target, NO_RECIPE)
        case Mistake.HOST_REFUSED:
            return for_host(target, blocked)
        case _:
            return _recipe_about_cors(mistake, target, blocked)


def _recipe_about_cors(mistake: Mistake, target: FixTarget, blocked: Blocked) -> Recipe:
    policy = policy_for_fix(blocked)
    if target is FixTarget.NGINX:
        return _nginx(mistake, policy, blocked)
    if target is FixTarget.ANY:
        return _headers(policy, blocked)
    return NO_RECIPE if _is_past_the_app(blocked) else _in_the_app(mistake, target, blocked, policy)


def _in_the_app(
    mistake: Mistake, target: FixTarget, blocked: Blocked, policy: CorsPolicy
) -> Recipe:
    match target:
        case FixTarget.FASTAPI | FixTarget.STARLETTE:
            return for_starlette(mistake, policy, target.value.lower())
        case FixTarget.FLASK_CORS | FixTarget.FLASK:
            return for_flask(mistake, blocked, target)
        case FixTarget.DJANGO:
            return for_django(mistake, policy, blocked)
        case _ if target in LIBRARIES:
            return for_library(target, mistake, policy, blocked)
        case _:
            status = blocked.last.status if blocked.last else None
            return for_middleware(target, mistake, policy, status)


def _is_past_the_app(blocked: Blocked) -> bool:
    return blocked.last is not None and blocked.last.status in NOT_THE_APP


def _for_anyone(blocked: Blocked) -> Recipe:
    """The lines that let in a redirected call, whose origin is `null`: only for public data."""
    if blocked.with_credentials or blocked.last is None or blocked.last.origin == blocked.page:
        return NO_RECIPE
    return Recipe(
        place=f"headers of the answer at {blocked.last.origin}, if anyone may read it",
        lines=(f"{ALLOW_ORIGIN}: *",),
    )


def _headers(policy: CorsPolicy, blocked: Blocked) -> Recipe:
    method = blocked.call.method or "GET"
    preflights = ""
    if blocked.preflight:
        passes = is_ok(blocked.preflight.status)
        preflights = "to OPTIONS and " if passes else "to OPTIONS, with status 204, and "
    headers = {ALLOW_ORIGIN: blocked.page, **headers_of(policy), "Vary": "Origin"}
    if lets_anyone_in(policy):
        headers = {ALLOW_ORIGIN: ANYONE, **headers_of(policy)}
    others = ", ".join(each for each in policy.allow_origins if each not in {blocked.page, ANYONE})
    each_own = f"; a page of {others} gets its own origin in the first" if others else ""
    unknown = "" if is_framework_known(blocked) else f"; {FRAMEWORK_UNKNOWN}"
    place = f"headers of the answers {preflights}to {method}, each of them once"
    return Recipe(
        place=f"{place}{each_own}{unknown}",
        lines=tuple(f"{name}: {value}" for name, value in headers.items()),
    )


def _nginx(mistake: Mistake, policy: CorsPolicy, blocked: Blocked) -> Recipe:
    if mistake in {Mistake.PREFLIGHT_REDIRECT, Mistake.REDIRECT, Mistake.LOGIN_REDIRECT}:
        return NO_RECIPE
    if mistake is Mistake.TOO_LARGE and blocked.expected_status != 413:
        place = "in server { }, in place of its client_max_body_size"
        return Recipe(place=place, lines=_MORE_ROOM)
    is_limit = mistake is Mistake.RATE_LIMIT and not blocked.at_preflight
    is_error = is_limit or mistake in {Mistake.TOO_LARGE, Mistake.ERROR, Mistake.CRASH}
    if is_error and made_by_nginx(blocked.last) and app_speaks_cors(blocked):
        lines = _nginx_where_the_app_could_not(policy)
        return Recipe(place="in the configuration of the site", lines=lines)
    place = "in the configuration of the site, in place of its other lines about CORS"
    if mistake in PREFLIGHT_UNANSWERED or (mistake is Mistake.RATE_LIMIT and not is_limit):
        status = blocked.last.status if blocked.last else 401
        place += f"; a return {status} in server {{ }} moves into the location, below them"
    lines = _nginx_alone(policy, answers_preflights=_nginx_answers_preflights(blocked))
    return Recipe(place=place, lines=lines)


_MORE_ROOM = ("client_max_body_size 20m;",)
_BESIDE_SERVER = "# beside server { }, a line for each origin that may:"
_ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
# An OPTIONS that is no preflight is the app's, which may have a route for it.
_PREFLIGHTS_FOUND = (
    'map "$request_method $http_access_control_request_method" $is_preflight {',
    '    "~^OPTIONS ." 1;',
    "}",
)
_PREFLIGHTS_ANSWERED = ("if ($is_preflight) {", "    return 204;", "}")


def _nginx_answers_preflights(blocked: Blocked) -> bool:
    """Whether nginx has to: where it does, and where the app answers none as it should."""
    by_nginx = made_by_nginx(blocked.preflight)
    return blocked.at_preflight or by_nginx or not app_speaks_cors(blocked)


def _origins_mapped(policy: CorsPolicy) -> Lines:
    if policy.allow_origins == STAR:
        return (f'    default "{STAR[0]}";',)
    return tuple(f'    "{origin}" $http_origin;' for origin in policy.allow_origins)


def _nginx_alone(policy: CorsPolicy, *, answers_preflights: bool) -> Lines:
    """Lines with which nginx alone sends CORS headers, on errors too; the app's are taken away."""
    headers = headers_of(policy)
    return (
        _BESIDE_SERVER,
        "map $http_origin $cors_origin {",
        *_origins_mapped(policy),
        "}",
        *(_PREFLIGHTS_FOUND if answers_preflights else ()),
        "",
        "# in the location that passes requests on:",
        *(f"proxy_hide_header {name};" for name in (ALLOW_ORIGIN, *headers)),
        f"add_header {ALLOW_ORIGIN} $cors_origin always;",
        *(f'add_header {name} "{value}" always;' for name, value in headers.items()),
        "add_header Vary Origin always;",
        *(_PREFLIGHTS_ANSWERED if answers_preflights else ()),
    )


def _nginx_where_the_app_could_not(policy: CorsPolicy) -> Lines:
    """Lines for answers of nginx's own, such as a 502; headers of the app stay as they are."""
    from_app = "$upstream_http_access_control_allow_origin"
    credentials = policy.allow_credentials
    return (
        "# beside server { }, a line for each origin that may; it fits where the app said nothing:",
        f'map "{from_app}$http_origin" $error_origin {{',
        *_origins_mapped(policy),
        "}",
        *(('map $error_origin $error_credentials { "~." true; }',) if credentials else ()),
        "",
        "# in server { }, and in every location that has an add_header of its own:",
        f"add_header {ALLOW_ORIGIN} $error_origin always;",
        *((f"add_header {_ALLOW_CREDENTIALS} $error_credentials always;",) if credentials else ()),
        "add_header Vary Origin always;",
    )
