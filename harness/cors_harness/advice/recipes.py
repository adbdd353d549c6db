"""recipe_of(): the lines that mend a mistake in a framework, and where they go."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import dropwhile

from cors_harness.advice import nginx_lines, python_lines
from cors_harness.advice.blocked import ALLOW_ORIGIN, NULL, Blocked
from cors_harness.advice.frameworks import app_speaks_cors, made_by_nginx
from cors_harness.advice.python_lines import Lines
from cors_harness.advice.wanted import wanted
from cors_harness.model.advice import Mistake, Where
from cors_harness.model.policy import CorsPolicy
from cors_harness.terms.headers import get_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Lines, and the place they go to as a sentence; both empty where no lines help."""

    place: str = ""
    lines: Lines = ()


NONE = Recipe()
NO_LINES = frozenset(
    {
        *(Mistake.ORIGIN_NULL, Mistake.METHOD_CASE, Mistake.NEVER_SENT, Mistake.MIXED_CONTENT),
        *(Mistake.LOCAL_NETWORK, Mistake.CERTIFICATE),
    }
)
_PREFLIGHT_UNANSWERED = frozenset(
    {Mistake.PREFLIGHT_AUTH, Mistake.PREFLIGHT_ROUTE, Mistake.PREFLIGHT_ERROR}
)
_FLASK_PAGE = b"<title>500 Internal Server Error</title>\n<h1>"  # only Flask's own crash handler
_STAY = "whose other values stay"


_TRUSTED = "127.0.0.1 is where the proxy is"
_BEHIND_PROXY: Mapping[Where, Recipe] = {
    **dict.fromkeys(
        (Where.FASTAPI, Where.STARLETTE),
        Recipe(
            place=f"below every other middleware; {_TRUSTED}",
            lines=python_lines.TRUST_PROXY_ASGI,
        ),
    ),
    **dict.fromkeys(
        (Where.FLASK, Where.FLASK_CORS),
        Recipe(
            place="right below app = Flask(...), if requests come through one proxy only",
            lines=python_lines.TRUST_PROXY_WSGI,
        ),
    ),
}


def recipe_of(mistake: Mistake, where: Where, blocked: Blocked) -> Recipe:
    """What to write; NONE where nothing in a server helps, or nothing that is proven."""
    if mistake in NO_LINES or blocked.page == NULL:
        return NONE
    if mistake is Mistake.REDIRECTED_AWAY:
        return _for_anyone(blocked)
    if mistake is Mistake.REDIRECTED_TO_HTTP:
        return _BEHIND_PROXY.get(where, NONE)
    return _for(mistake, where, blocked, wanted(blocked))


def _for(mistake: Mistake, where: Where, blocked: Blocked, policy: CorsPolicy) -> Recipe:
    match where:
        case Where.FASTAPI | Where.STARLETTE:
            return _starlette(mistake, policy, where.value.lower())
        case Where.FLASK_CORS | Where.FLASK:
            return _flask(mistake, blocked, where)
        case Where.DJANGO:
            return _django(mistake, policy, blocked)
        case Where.NGINX:
            return _nginx(mistake, policy, blocked)
        case Where.ANY:
            return _headers(policy, blocked)


def _for_anyone(blocked: Blocked) -> Recipe:
    """What lets a redirected call through, whose origin is `null`: only public data may say it."""
    if blocked.with_credentials or blocked.last is None:
        return NONE
    return Recipe(
        place=f"headers of the answer at {blocked.last.origin}, if anyone may read it",
        lines=(f"{ALLOW_ORIGIN}: *",),
    )


def _headers(policy: CorsPolicy, blocked: Blocked) -> Recipe:
    method = blocked.call.method or "GET"
    asks = "to OPTIONS, with status 204, and " if blocked.preflight else ""
    said = {ALLOW_ORIGIN: blocked.page, **python_lines.headers_of(policy), "Vary": "Origin"}
    return Recipe(
        place=f"headers of the answers {asks}to {method}, each of them once",
        lines=tuple(f"{name}: {value}" for name, value in said.items()),
    )


# FastAPI and Starlette


def _starlette(mistake: Mistake, policy: CorsPolicy, package: str) -> Recipe:
    replaced = f"in place of the present call for CORSMiddleware, {_STAY}"
    if mistake is Mistake.CRASH:
        return Recipe(
            place=f"as the last lines of the module that makes the app, {replaced}",
            lines=python_lines.wrap(policy, package),
        )
    return Recipe(
        place=f"below every other middleware (the last one added stands outermost), {replaced}",
        lines=python_lines.add_middleware(policy, package),
    )


# Flask


def _flask(mistake: Mistake, blocked: Blocked, where: Where) -> Recipe:
    headers = _flask_headers(mistake, blocked, where)
    below = "right below app = Flask(...), above the routes"
    replaced = f"in place of other lines about CORS, {_STAY}"
    if mistake is Mistake.PREFLIGHT_REDIRECT or mistake in _PREFLIGHT_UNANSWERED:
        first = _before_the_routes(mistake)
        if blocked.allow_origin:
            return Recipe(place=f"{below} and every before_request", lines=first)
        return Recipe(
            place=f"{below} and every before_request, {replaced}", lines=_both(first, headers)
        )
    if mistake is Mistake.CRASH and not _is_flasks_own(blocked):
        headers = _both(headers, python_lines.HANDLE_CRASHES)
    return Recipe(place=f"{below}, {replaced}", lines=headers)


def _before_the_routes(mistake: Mistake) -> Lines:
    is_slash = mistake is Mistake.PREFLIGHT_REDIRECT
    return python_lines.BOTH_SLASHES if is_slash else python_lines.LET_PREFLIGHTS_PASS


def _flask_headers(mistake: Mistake, blocked: Blocked, where: Where) -> Lines:
    policy = wanted(blocked)
    if where is Where.FLASK:
        return python_lines.after_request(policy)
    if mistake is not Mistake.METHOD:  # what is left out is allowed, so only what is refused stands
        policy = replace(policy, allow_methods=())
    if mistake is not Mistake.HEADER:
        policy = replace(policy, allow_headers=())
    return python_lines.flask_cors(policy)


def _is_flasks_own(blocked: Blocked) -> bool:
    """Whether Flask answered for the crash; else the debugger or the WSGI server did."""
    return blocked.last is not None and _FLASK_PAGE in blocked.last.body


def _both(first: Lines, second: Lines) -> Lines:
    """One after the other; what is imported already is not imported again."""
    known = second[0].startswith("from ") and second[0] in first
    rest = tuple(dropwhile(lambda line: not line, second[1:])) if known else second
    return *first, "", "", *rest


# Django

# Made by what stands above CorsMiddleware.
_OUTSIDE_OF_DJANGO = _PREFLIGHT_UNANSWERED | {
    *(Mistake.PREFLIGHT_REDIRECT, Mistake.ERROR, Mistake.CRASH, Mistake.TOO_LARGE),
    *(Mistake.ORIGIN_MISMATCH, Mistake.SEVERAL_IN_ONE),
    *(Mistake.ONLY_ON_PREFLIGHT, Mistake.LIST_INVALID),
}


def _django(mistake: Mistake, policy: CorsPolicy, blocked: Blocked) -> Recipe:
    if mistake is Mistake.TWICE:  # its responses have each header once: it is the server's doing
        return NONE
    policy = _settings_for(mistake, policy)
    only_named = mistake is Mistake.WILDCARD_CREDENTIALS
    lines = python_lines.django_settings(policy, only_named=only_named)
    if mistake in _OUTSIDE_OF_DJANGO or not _is_in_force(blocked):
        lines = python_lines.django_first(policy)
    return Recipe(
        place="at the end of the settings, beside the origins that stand there", lines=lines
    )


def _is_in_force(blocked: Blocked) -> bool:
    """Whether CorsMiddleware had a hand in the answer: it says of each that it varies."""
    varies = get_list(blocked.last.response_headers, "Vary") if blocked.last else ()
    return "origin" in {name.lower() for name in varies}


def _settings_for(mistake: Mistake, policy: CorsPolicy) -> CorsPolicy:
    """Each setting stands alone, so only those that the mistake is about."""
    about: Mapping[Mistake, tuple[str, ...]] = {
        Mistake.METHOD: ("allow_methods",),
        Mistake.HEADER: ("allow_headers",),
        Mistake.CREDENTIALS: ("allow_credentials",),
        Mistake.NOT_EXPOSED: ("expose_headers",),
    }
    kept = about.get(mistake, ("allow_origins", "allow_credentials"))
    return CorsPolicy(**{name: getattr(policy, name) for name in kept})


# nginx


def _nginx(mistake: Mistake, policy: CorsPolicy, blocked: Blocked) -> Recipe:
    if mistake is Mistake.PREFLIGHT_REDIRECT:
        return NONE
    if mistake is Mistake.TOO_LARGE and blocked.status != "413":
        place = "in server { }, in place of its client_max_body_size"
        return Recipe(place=place, lines=nginx_lines.MORE_ROOM)
    is_error = mistake in {Mistake.TOO_LARGE, Mistake.ERROR, Mistake.CRASH}
    if is_error and made_by_nginx(blocked.last) and app_speaks_cors(blocked):
        lines = nginx_lines.where_the_app_could_not(policy)
        return Recipe(place="in the configuration of the site", lines=lines)
    place = "in the configuration of the site, in place of its other lines about CORS"
    if mistake in _PREFLIGHT_UNANSWERED:
        place += "; a return 401 in server { } moves into the location, below them"
    return Recipe(place=place, lines=nginx_lines.all_of_it(policy))
