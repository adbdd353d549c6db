"""Recipe, and the lines of Python that put a policy into an app of each framework."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cors_harness.model.server import CorsPolicy

PythonValue = str | int | bool | Sequence[str] | None
Lines = tuple[str, ...]

OTHERS_STAY = "whose other origins and values stay"
SIMPLE_METHODS = ("GET", "HEAD", "POST")  # flask-cors refuses even these where none names them
INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The lines that mend a mistake and, as a sentence, their place; both empty where none help."""

    place: str = ""
    lines: Lines = ()


NO_RECIPE = Recipe()


def add_middleware(policy: CorsPolicy, package: str) -> Lines:
    """`app.add_middleware(CORSMiddleware, ...)`; `package` is `fastapi` or `starlette`."""
    call = call_lines("app.add_middleware", ("CORSMiddleware",), middleware_arguments(policy))
    return f"from {package}.middleware.cors import CORSMiddleware", "", *call


def wrap(policy: CorsPolicy, package: str) -> Lines:
    """`app = CORSMiddleware(app, ...)`: around everything, the handler of crashes too."""
    call = call_lines("app = CORSMiddleware", ("app",), middleware_arguments(policy))
    return f"from {package}.middleware.cors import CORSMiddleware", "", *call


def middleware_arguments(policy: CorsPolicy) -> dict[str, PythonValue]:
    """The arguments of Starlette's CORSMiddleware."""
    return {
        "allow_origins": policy.allow_origins,
        "allow_methods": policy.allow_methods or None,
        "allow_headers": policy.allow_headers or None,
        "allow_credentials": policy.allow_credentials or None,
        "expose_headers": policy.expose_headers or None,
        "max_age": policy.max_age,
    }


def flask_cors(policy: CorsPolicy) -> Lines:
    """`CORS(app, ...)`; of methods and headers that the policy leaves out it allows all."""
    methods = dict.fromkeys((*SIMPLE_METHODS, *policy.allow_methods))
    arguments: dict[str, PythonValue] = {
        "origins": policy.allow_origins,
        "methods": tuple(methods) if policy.allow_methods else None,
        "allow_headers": policy.allow_headers or None,
        "supports_credentials": policy.allow_credentials or None,
        "expose_headers": policy.expose_headers or None,
        "max_age": policy.max_age,
    }
    return "from flask_cors import CORS", "", *call_lines("CORS", ("app",), arguments)


def headers_of(policy: CorsPolicy) -> dict[str, str]:
    """The response headers that say the policy, but for the one that names the origin."""
    simple = set(policy.allow_methods) <= set(SIMPLE_METHODS)
    headers = {
        "Access-Control-Allow-Credentials": "true" if policy.allow_credentials else "",
        "Access-Control-Allow-Methods": "" if simple else ", ".join(policy.allow_methods),
        "Access-Control-Allow-Headers": ", ".join(policy.allow_headers),
        "Access-Control-Expose-Headers": ", ".join(policy.expose_headers),
        "Access-Control-Max-Age": "" if policy.max_age is None else str(policy.max_age),
    }
    return {name: value for name, value in headers.items() if value}


LET_PREFLIGHTS_PASS = (
    "from flask import request",
    "",
    "",
    "@app.before_request",
    "def let_preflights_pass():",
    '    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:',
    "        return app.make_default_options_response()",
)
HANDLE_CRASHES = ('app.config["PROPAGATE_EXCEPTIONS"] = False',)
BOTH_SLASHES = ("app.url_map.strict_slashes = False",)
TRUST_PROXY_ASGI = (
    "from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware",
    "",
    'app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=["127.0.0.1"])',
)
TRUST_PROXY_DJANGO = ('SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")',)
TRUST_PROXY_WSGI = (
    "from werkzeug.middleware.proxy_fix import ProxyFix",
    "",
    "app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1)",
)

_DJANGO_MIDDLEWARE = (
    'CORS = "corsheaders.middleware.CorsMiddleware"',
    "MIDDLEWARE = [CORS, *(name for name in MIDDLEWARE if name != CORS)]",
)


def django_first(policy: CorsPolicy) -> Lines:
    """Lines that put CorsMiddleware above all others, and the settings.

    Methods and headers stand beside those that it allows by itself.
    """
    beyond = {"METHODS": policy.allow_methods, "HEADERS": policy.allow_headers}
    added = [
        line
        for setting, names in beyond.items()
        for line in _beside_defaults(setting, [n for n in names if n.lower() not in _OF_DJANGO])
    ]
    rest = replace(policy, allow_methods=(), allow_headers=())
    return *_DJANGO_MIDDLEWARE, *django_settings(rest), *added


_OF_DJANGO = frozenset(
    {
        *("delete", "get", "head", "options", "patch", "post", "put"),
        *("accept", "authorization", "content-type", "user-agent", "x-csrftoken"),
        "x-requested-with",
    }
)


def _beside_defaults(setting: str, names: Sequence[str]) -> Lines:
    if not names:
        return ()
    default = f"default_{setting.lower()}"
    return (
        f"from corsheaders.defaults import {default}",
        f"CORS_ALLOW_{setting} = [*{default}, {', '.join(json.dumps(name) for name in names)}]",
    )


def django_settings(policy: CorsPolicy, *, only_named: bool = False) -> Lines:
    """The settings that the policy has values for.

    `only_named`: ends `CORS_ALLOW_ALL_ORIGINS`, which would go before the list.
    """
    is_open = "*" in policy.allow_origins
    settings: Mapping[str, PythonValue] = {
        "CORS_ALLOW_ALL_ORIGINS": True if is_open else False if only_named else None,
        "CORS_ALLOWED_ORIGINS": None if is_open else policy.allow_origins or None,
        "CORS_ALLOW_METHODS": policy.allow_methods or None,
        "CORS_ALLOW_HEADERS": policy.allow_headers or None,
        "CORS_ALLOW_CREDENTIALS": policy.allow_credentials or None,
        "CORS_EXPOSE_HEADERS": policy.expose_headers or None,
    }
    return tuple(f"{name} = {python_text(value)}" for name, value in given(settings))


def django_urls_regex(path: str, *, either_slash: bool = False) -> str:
    """The line that adds one path to those that CorsMiddleware looks at; all, where none limits."""
    pattern = f"{re.escape(path.rstrip('/'))}/?" if either_slash else re.escape(path)
    return f'CORS_URLS_REGEX = globals().get("CORS_URLS_REGEX", "^") + r"|^{pattern}$"'


def call_lines(
    function: str, positional: Iterable[str], arguments: Mapping[str, PythonValue]
) -> Lines:
    """A call, an argument to the line; those that are None are left out."""
    named = (f"{name}={python_text(value)}" for name, value in given(arguments))
    return f"{function}(", *(f"{INDENT}{argument}," for argument in (*positional, *named)), ")"


def given(values: Mapping[str, PythonValue]) -> list[tuple[str, PythonValue]]:
    """The values that are not None."""
    return [(name, value) for name, value in values.items() if value is not None]


def python_text(value: PythonValue) -> str:
    """The value as code."""
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value)  # plain ASCII in double quotes means the same in both
    return f"[{', '.join(json.dumps(item) for item in value or ())}]"
