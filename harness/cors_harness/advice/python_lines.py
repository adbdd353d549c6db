"""Recipe, and the lines of Python that put a policy into an app of each framework."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cors_harness.model.server import CorsPolicy

PythonValue = str | int | bool | Sequence[str] | None
Lines = tuple[str, ...]

_METHODS_OF_COURSE = ("GET", "HEAD", "POST")  # flask-cors refuses even these where none names them
INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The lines that mend a mistake and, as a sentence, their place; both empty where none help."""

    place: str = ""
    lines: Lines = ()


NO_RECIPE = Recipe()


def add_middleware(policy: CorsPolicy, package: str) -> Lines:
    """`app.add_middleware(CORSMiddleware, ...)`; `package` is `fastapi` or `starlette`."""
    call = _call("app.add_middleware", ("CORSMiddleware",), _middleware_arguments(policy))
    return f"from {package}.middleware.cors import CORSMiddleware", "", *call


def wrap(policy: CorsPolicy, package: str) -> Lines:
    """`app = CORSMiddleware(app, ...)`: around everything, the handler of crashes too."""
    call = _call("app = CORSMiddleware", ("app",), _middleware_arguments(policy))
    return f"from {package}.middleware.cors import CORSMiddleware", "", *call


def _middleware_arguments(policy: CorsPolicy) -> dict[str, PythonValue]:
    methods = policy.allow_methods
    return {
        "allow_origins": policy.allow_origins,
        "allow_methods": None if methods == ("GET",) else methods,  # what it allows by itself
        "allow_headers": policy.allow_headers or None,
        "allow_credentials": policy.allow_credentials or None,
        "expose_headers": policy.expose_headers or None,
        "max_age": policy.max_age,
    }


def flask_cors(policy: CorsPolicy) -> Lines:
    """`CORS(app, ...)`; of methods and headers that the policy leaves out it allows all."""
    methods = dict.fromkeys((*_METHODS_OF_COURSE, *policy.allow_methods))
    arguments: dict[str, PythonValue] = {
        "origins": policy.allow_origins,
        "methods": tuple(methods) if policy.allow_methods else None,
        "allow_headers": policy.allow_headers or None,
        "supports_credentials": policy.allow_credentials or None,
        "expose_headers": policy.expose_headers or None,
        "max_age": policy.max_age,
    }
    return "from flask_cors import CORS", "", *_call("CORS", ("app",), arguments)


def after_request(policy: CorsPolicy) -> Lines:
    """A function that puts the headers on every response of a Flask app."""
    return (
        "from flask import request",
        "",
        f"ALLOWED_ORIGINS = {_python(policy.allow_origins)}",
        "",
        "",
        "@app.after_request",
        "def allow_cors(response):",
        '    if request.headers.get("Origin") in ALLOWED_ORIGINS:',
        '        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]',
        *(f"        response.headers[{_python(name)}] = {_python(value)}"
          for name, value in headers_of(policy).items()),
        '    response.vary.add("Origin")',
        "    return response",
    )  # fmt: skip


def headers_of(policy: CorsPolicy) -> dict[str, str]:
    """The response headers that say the policy, but for the one that names the origin."""
    simple = set(policy.allow_methods) <= set(_METHODS_OF_COURSE)
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
    """Lines that put CorsMiddleware above all others, and the settings."""
    return *_DJANGO_MIDDLEWARE, *django_settings(policy)


def django_settings(policy: CorsPolicy, *, only_named: bool = False) -> Lines:
    """The settings that the policy has values for.

    `only_named`: ends `CORS_ALLOW_ALL_ORIGINS`, which would go before the list.
    """
    settings: Mapping[str, PythonValue] = {
        "CORS_ALLOW_ALL_ORIGINS": False if only_named else None,
        "CORS_ALLOWED_ORIGINS": policy.allow_origins or None,
        "CORS_ALLOW_METHODS": policy.allow_methods or None,
        "CORS_ALLOW_HEADERS": policy.allow_headers or None,
        "CORS_ALLOW_CREDENTIALS": policy.allow_credentials or None,
        "CORS_EXPOSE_HEADERS": policy.expose_headers or None,
    }
    return tuple(f"{name} = {_python(value)}" for name, value in _given(settings))


def _call(function: str, positional: Iterable[str], arguments: Mapping[str, PythonValue]) -> Lines:
    named = (f"{name}={_python(value)}" for name, value in _given(arguments))
    return f"{function}(", *(f"{INDENT}{argument}," for argument in (*positional, *named)), ")"


def _given(values: Mapping[str, PythonValue]) -> list[tuple[str, PythonValue]]:
    return [(name, value) for name, value in values.items() if value is not None]


def _python(value: PythonValue) -> str:
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value)  # plain ASCII in double quotes means the same in both
    return f"[{', '.join(json.dumps(item) for item in value or ())}]"
