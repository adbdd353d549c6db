"""Recipe for frameworks whose CORS is configured: Litestar, Quart, Sanic, aiohttp-cors and more.

Each takes lists of names, or `*`; what the policy leaves out stays what the library does by itself.
"""

import re
from collections.abc import Mapping

from cors_harness.advice.blocked import Blocked
from cors_harness.advice.python_lines import (
    INDENT,
    OTHERS_STAY,
    SIMPLE_METHODS,
    Lines,
    PythonValue,
    Recipe,
    call_lines,
    given,
    middleware_arguments,
    python_text,
)
from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.server import CorsPolicy
from cors_harness.terms.headers import get_list

STAR = ("*",)
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # nothing else gets into a line of code
LIBRARIES = frozenset(
    {
        *(FixTarget.LITESTAR, FixTarget.QUART, FixTarget.SANIC, FixTarget.AIOHTTP_CORS),
        *(FixTarget.BLACKSHEEP, FixTarget.CONNEXION),
    }
)
REPLACED = f"in place of other lines about CORS, {OTHERS_STAY}"


def for_library(
    target: FixTarget, mistake: Mistake, policy: CorsPolicy, blocked: Blocked
) -> Recipe:
    """The recipe of one of these; `blocked.made_of` tells whether its library is there."""
    match target:
        case FixTarget.LITESTAR:
            return Recipe(place=_LITESTAR, lines=_litestar(policy, blocked))
        case FixTarget.QUART:
            return _quart(mistake, policy, blocked)
        case FixTarget.SANIC:
            return _sanic(mistake, policy, blocked)
        case FixTarget.AIOHTTP_CORS:
            passing = _AIOHTTP_PREFLIGHTS if mistake in UNANSWERED else ()
            lines = (*_aiohttp_cors(policy), *passing)
            return Recipe(place=f"below all routes, {REPLACED}", lines=lines)
        case FixTarget.BLACKSHEEP:
            return Recipe(
                place=f"right below app = Application(...), {REPLACED}", lines=_blacksheep(policy)
            )
        case _:
            place = f"right below app = FlaskApp(...) or AsyncApp(...), {REPLACED}"
            return Recipe(place=place, lines=_connexion(policy))


_LITESTAR = (
    f"above app = Litestar(...), which takes it: Litestar(..., cors_config=cors_config); {REPLACED}"
)


def _litestar(policy: CorsPolicy, blocked: Blocked) -> Lines:
    """It says what it allows on every answer, and allows all where nothing is given."""
    methods = _beside(_said(blocked, "Access-Control-Allow-Methods"), policy.allow_methods)
    arguments: Mapping[str, PythonValue] = {
        "allow_origins": policy.allow_origins,
        "allow_methods": methods or ("GET",),
        "allow_headers": _beside(
            _said(blocked, "Access-Control-Allow-Headers"), policy.allow_headers
        ),
        "allow_credentials": policy.allow_credentials or None,
        "expose_headers": policy.expose_headers or None,
        "max_age": policy.max_age,
    }
    call = call_lines("cors_config = CORSConfig", (), arguments)
    return "from litestar.config.cors import CORSConfig", "", *call


def _said(blocked: Blocked, name: str) -> tuple[str, ...]:
    headers = blocked.last.response_headers if blocked.last else ()
    return tuple(each for each in get_list(headers, name) if TOKEN.fullmatch(each))


def _beside(said: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    """Both, each name once; `*` alone where it is one of them."""
    known = {name.lower() for name in names}
    every = (*(name for name in said if name.lower() not in known), *names)
    return STAR if "*" in every else every


_QUART_PREFLIGHTS = (
    "from quart import request",
    "",
    "",
    "@app.before_request",
    "async def let_preflights_pass():",
    '    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:',
    "        return await app.make_default_options_response()",
)


def _quart(mistake: Mistake, policy: CorsPolicy, blocked: Blocked) -> Recipe:
    methods = tuple(dict.fromkeys((*SIMPLE_METHODS, *policy.allow_methods)))
    arguments: Mapping[str, PythonValue] = {
        "allow_origin": policy.allow_origins,
        "allow_methods": STAR if "*" in methods else methods,
        "allow_headers": policy.allow_headers or None,
        "allow_credentials": policy.allow_credentials or None,
        "expose_headers": policy.expose_headers or None,
        "max_age": policy.max_age,
    }
    lines: Lines = (
        "from quart_cors import cors",
        "",
        *call_lines("app = cors", ("app",), arguments),
    )
    place = "right below app = Quart(...), above the routes"
    if mistake is Mistake.PREFLIGHT_REDIRECT:
        lines = (*lines, "app.url_map.strict_slashes = False")
    if mistake in UNANSWERED:
        place += " and every before_request"
        lines = (*lines, "", *_QUART_PREFLIGHTS)
    return Recipe(place=f"{_after_pip('quart-cors', blocked)}{place}, {REPLACED}", lines=lines)


UNANSWERED = frozenset(
    {
        *(Mistake.PREFLIGHT_AUTH, Mistake.PREFLIGHT_ROUTE, Mistake.PREFLIGHT_ERROR),
        *(Mistake.PREFLIGHT_REFUSED, Mistake.RATE_LIMIT),
    }
)
_SANIC_PREFLIGHTS = (
    "from sanic.response import empty",
    "",
    "",
    "@app.on_request(priority=999)",
    "async def let_preflights_pass(request):",
    '    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:',
    "        return empty()",
)


def _sanic(mistake: Mistake, policy: CorsPolicy, blocked: Blocked) -> Recipe:
    settings: Mapping[str, PythonValue] = {
        "CORS_ORIGINS": ",".join(policy.allow_origins),
        "CORS_METHODS": policy.allow_methods or None,
        "CORS_ALLOW_HEADERS": policy.allow_headers or None,
        "CORS_SUPPORTS_CREDENTIALS": policy.allow_credentials or None,
        "CORS_EXPOSE_HEADERS": policy.expose_headers or None,
        "CORS_MAX_AGE": policy.max_age,
    }
    lines: Lines = tuple(
        f"app.config.{name} = {python_text(value)}" for name, value in given(settings)
    )
    if mistake in UNANSWERED:
        lines = (*lines, "", *_SANIC_PREFLIGHTS)
    place = f"{_after_pip('sanic-ext', blocked)}right below app = Sanic(...), {REPLACED}"
    return Recipe(place=place, lines=lines)


_AIOHTTP_PREFLIGHTS = (
    "",
    "",
    "@web.middleware",
    "async def let_preflights_pass(request, handler):",
    '    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:',
    "        return await request.match_info.handler(request)",
    "    return await handler(request)",
    "",
    "",
    "app.middlewares.insert(0, let_preflights_pass)",
)


def _aiohttp_cors(policy: CorsPolicy) -> Lines:
    """Resource by resource: a preflight names the route that it asks for."""
    headers = policy.allow_headers
    options: Mapping[str, PythonValue] = {
        "allow_credentials": policy.allow_credentials or None,
        "expose_headers": "*" if "*" in policy.expose_headers else policy.expose_headers or None,
        "allow_headers": "*" if "*" in headers else headers or None,
        "max_age": policy.max_age,
    }
    call = call_lines("options = aiohttp_cors.ResourceOptions", (), options)
    return (
        "import aiohttp_cors",
        "from aiohttp import web",
        "",
        *call,
        f"origins = {python_text(policy.allow_origins)}",
        "cors = aiohttp_cors.setup(app, defaults={origin: options for origin in origins})",
        "for route in list(app.router.routes()):",
        f"{INDENT}cors.add(route)",
    )


def _blacksheep(policy: CorsPolicy) -> Lines:
    methods = tuple(dict.fromkeys((*SIMPLE_METHODS, *policy.allow_methods)))
    arguments: Mapping[str, PythonValue] = {
        "allow_origins": policy.allow_origins,
        "allow_methods": STAR if "*" in methods else methods,  # of each call, no preflight needed
        "allow_headers": policy.allow_headers or None,
        "allow_credentials": policy.allow_credentials or None,
        "expose_headers": policy.expose_headers or None,
        "max_age": policy.max_age,
    }
    return call_lines("app.use_cors", (), arguments)


def _connexion(policy: CorsPolicy) -> Lines:
    positional = ("CORSMiddleware", "position=MiddlewarePosition.BEFORE_EXCEPTION")
    return (
        "from connexion.middleware import MiddlewarePosition",
        "from starlette.middleware.cors import CORSMiddleware",
        "",
        *call_lines("app.add_middleware", positional, middleware_arguments(policy)),
    )


def _after_pip(distribution: str, blocked: Blocked) -> str:
    is_there = distribution in blocked.made_of
    return "" if is_there else f"after python -m pip install {distribution}, "
