"""Mistakes in Django settings, in nginx, and in servers that nothing is known about."""

import json

from tests.advice.applied.case import (
    COOKIES,
    COUNT,
    GET,
    LOGGED_IN,
    NOT_THERE,
    OK,
    PAGE,
    PUT,
    Case,
    status,
)

from cors_harness.model.advice import FixTarget, Mistake

# A site in one file; of a real one the first part is settings.py.
DJANGO = """\
INSTALLED_APPS = ["corsheaders"]
MIDDLEWARE = {middleware}
ROOT_URLCONF = __name__
ALLOWED_HOSTS = ["*"]
LOGGING_CONFIG = None
{settings}
# the end of the settings

import django
from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import path

settings.configure(**{{name: value for name, value in globals().items() if name.isupper()}})
django.setup()


def require_token(get_response):
    def middleware(request):
        if request.headers.get("Authorization") != "Bearer secret":
            return HttpResponse("Not authenticated", status=401)
        return get_response(request)

    return middleware


def crash(get_response):
    def middleware(request):
        raise RuntimeError("nobody catches this")

    return middleware


def by_hand(get_response):
    def middleware(request):
        response = get_response(request)
        response["Access-Control-Allow-Origin"] = "{origin}"
        return response

    return middleware


def options(get_response):
    def middleware(request):
        if request.method != "OPTIONS":
            return get_response(request)
        return HttpResponse(
            status={code},
            headers={{
                "Location": "/elsewhere",
                "Access-Control-Allow-Origin": "https://app.example.com",
                "Access-Control-Allow-Methods": "{methods}",
                "Access-Control-Allow-Headers": "Content-Type",
            }},
        )

    return middleware


def data(request):
    return JsonResponse({{"method": request.method}}, headers={{"X-Total-Count": "3"}})


urlpatterns = [path("api/data", data)]

from django.core.wsgi import get_wsgi_application

app = get_wsgi_application()
"""
CORS = "corsheaders.middleware.CorsMiddleware"
ONLY_US = 'CORS_ALLOWED_ORIGINS = ["https://app.example.com"]\n'
ONLY_OTHERS = 'CORS_ALLOWED_ORIGINS = ["https://www.example.com"]\n'
WWW = "https://www.example.com"
OPTIONS, BY_HAND = ("HERE.options", CORS), ("HERE.by_hand", CORS)


def django(  # noqa: PLR0913 - a row of a table
    name: str,
    mistake: Mistake,
    settings: str,
    request: str,
    expect: str = OK,
    *,
    middleware: tuple[str, ...] = (CORS,),
    behind: str = "",
    **otherwise: str | int,
) -> Case:
    """Each in a process of its own, as Django has one set of settings for a process.

    `behind`: of one case only, as what stands behind one deployment shares a process.
    """
    outer = [
        entry.replace("HERE", f"advised.django_{name.replace('-', '_')}") for entry in middleware
    ]
    values = {"origin": PAGE, "methods": "PUT", "code": 200, **otherwise}
    values |= {"settings": settings, "middleware": json.dumps(outer)}
    return Case(
        server=f"django-{name}",
        mistake=mistake,
        where=FixTarget.DJANGO,
        request=request,
        expect=expect,
        source=DJANGO.format(**values),
        versions=("django-cors-headers", "django", "waitress"),
        behind=behind,
    )


DJANGO_CASES = (
    django("origin", Mistake.ORIGIN_MISSING, ONLY_OTHERS, PUT),
    django("method", Mistake.METHOD, ONLY_US + 'CORS_ALLOW_METHODS = ["GET"]\n', PUT),
    django("header", Mistake.HEADER, ONLY_US + 'CORS_ALLOW_HEADERS = ["x-shop"]\n', PUT),
    django("credentials", Mistake.CREDENTIALS, ONLY_US, COOKIES),
    django("wildcard", Mistake.WILDCARD_CREDENTIALS, "CORS_ALLOW_ALL_ORIGINS = True\n", COOKIES),
    django("expose", Mistake.NOT_EXPOSED, ONLY_US, GET, COUNT),
    django(
        "auth", Mistake.PREFLIGHT_AUTH, ONLY_US, LOGGED_IN, middleware=("HERE.require_token", CORS)
    ),
    django(
        "auth-401",
        Mistake.ERROR,
        ONLY_US,
        GET,
        status(401),
        middleware=("HERE.require_token", CORS),
    ),
    django("crash", Mistake.CRASH, ONLY_US, GET, status(500), middleware=("HERE.crash", CORS)),
    django("options-405", Mistake.PREFLIGHT_ROUTE, ONLY_US, PUT, middleware=OPTIONS, code=405),
    django("options-500", Mistake.PREFLIGHT_ERROR, ONLY_US, PUT, middleware=OPTIONS, code=500),
    django("options-302", Mistake.PREFLIGHT_REDIRECT, ONLY_US, PUT, middleware=OPTIONS, code=302),
    django("options-only", Mistake.ONLY_ON_PREFLIGHT, "", PUT, middleware=OPTIONS),
    django("options-list", Mistake.LIST_INVALID, "", PUT, middleware=OPTIONS, methods="GET PUT"),
    django("by-hand-other", Mistake.ORIGIN_MISMATCH, "", GET, middleware=BY_HAND, origin=WWW),
    django(
        "by-hand-several",
        Mistake.SEVERAL_IN_ONE,
        "",
        GET,
        middleware=BY_HAND,
        origin=f"{WWW}, {PAGE}",
    ),
    django(
        "to-https",
        Mistake.HTTPS_UNTOLD,
        ONLY_US + "SECURE_SSL_REDIRECT = True\n",
        GET,
        middleware=("django.middleware.security.SecurityMiddleware", CORS),
        behind="nginx-gunicorn-untrusted",
    ),
    django("no-middleware", Mistake.ORIGIN_MISSING, ONLY_US, GET, middleware=()),
)

NGINX = """\
{beside}server {{
    listen 127.0.0.1:${{PORT}};
    {server}

    location / {{
        {location}
        proxy_pass http://127.0.0.1:{upstream};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-Proto ${{SCHEME}};
        proxy_redirect off;
    }}
}}
"""
ADDED = (
    "add_header Access-Control-Allow-Origin {origin};\n"
    '        add_header Access-Control-Allow-Methods "{methods}";\n'
    '        add_header Access-Control-Allow-Headers "{headers}";\n'
)
NO_CONTENT = "        if ($request_method = OPTIONS) {\n            return 204;\n        }\n"
SILENT, SPEAKING = "behind-silent", "behind-speaking"
ASKS_LOGIN = 'if ($http_authorization = "") {\n        return 401;\n    }'
BASIC_AUTH = 'auth_basic "shop"; auth_basic_user_file advised-users;'
STATIC = """\
server {
    listen 127.0.0.1:${PORT};

    location / {
        root .;
    }
}
"""
IN_IF = """\
        if ($request_method = OPTIONS) {
            add_header Access-Control-Allow-Origin $http_origin;
            add_header Access-Control-Allow-Methods PUT;
            add_header Access-Control-Allow-Headers Content-Type;
            return 204;
        }
"""
PUT_COOKIES = PUT[:-1] + ", credentials: include}"
FILE = "{path: /advised-users, headers: {X-Shop: '1'}}"
AS_SHOP = "{path: /api/data, headers: {Authorization: Basic c2hvcDpzaG9w}}"
NOBODY_THERE = "1"  # a port that nothing listens on
BIG = (
    "{method: PUT, path: /api/data, headers: {Content-Type: text/plain}, body: '"
    + "x" * 3000
    + "'}"
)
SMALL = "client_max_body_size 1k;"


def added(
    origin: str = '"https://app.example.com"',
    headers: str = "Content-Type",
    methods: str = "GET, PUT",
) -> str:
    return ADDED.format(origin=origin, headers=headers, methods=methods) + NO_CONTENT


def nginx(  # noqa: PLR0913 - a row of a table
    name: str,
    mistake: Mistake,
    request: str,
    expect: str = OK,
    *,
    app: str = SPEAKING,
    server: str = "",
    location: str = "",
    upstream: str = "${UPSTREAM}",
    source: str = "",
) -> Case:
    filled = NGINX.format(beside="", server=server, location=location, upstream=upstream)
    return Case(
        server=f"advised-{name}",
        mistake=mistake,
        where=FixTarget.NGINX,
        request=request,
        expect=expect,
        source=source or filled,
        app=app,
    )


NGINX_CASES = (
    nginx("twice", Mistake.TWICE, GET, location=added()),
    nginx("no-always", Mistake.ERROR, NOT_THERE, status(404), app=SILENT, location=added()),
    nginx("too-large", Mistake.TOO_LARGE, BIG, server=SMALL),
    nginx("too-large-read", Mistake.TOO_LARGE, BIG, status(413), server=SMALL),
    nginx("no-app", Mistake.ERROR, GET, status(502), upstream=NOBODY_THERE),
    nginx("guard", Mistake.PREFLIGHT_AUTH, LOGGED_IN, server=ASKS_LOGIN),
    nginx("guard-403", Mistake.PREFLIGHT_REFUSED, LOGGED_IN,
          server=ASKS_LOGIN.replace("401", "403")),
    nginx("limit", Mistake.RATE_LIMIT, GET, status(429), location="return 429;"),
    nginx("limit-preflight", Mistake.RATE_LIMIT, LOGGED_IN,
          server=ASKS_LOGIN.replace("401", "429")),
    nginx("password", Mistake.PREFLIGHT_AUTH, AS_SHOP, server=BASIC_AUTH),
    nginx("static", Mistake.PREFLIGHT_ROUTE, FILE, app=SILENT, source=STATIC),
    nginx("static-404", Mistake.ERROR, NOT_THERE, status(404), app=SILENT, source=STATIC),
    nginx("header", Mistake.HEADER, PUT, app=SILENT, location=added(headers="X-Shop")),
    nginx("star", Mistake.WILDCARD_CREDENTIALS, PUT_COOKIES, app=SILENT,
          location=added(origin="*")),
    nginx("method", Mistake.METHOD, PUT, app=SILENT, location=added(methods="GET")),
    nginx("list", Mistake.LIST_INVALID, PUT, app=SILENT, location=added(methods="GET PUT")),
    nginx("several", Mistake.SEVERAL_IN_ONE, PUT, app=SILENT,
          location=added(origin=f'"{WWW}, {PAGE}"')),
    nginx("credentials", Mistake.CREDENTIALS, PUT_COOKIES, app=SILENT, location=added()),
    nginx("expose", Mistake.NOT_EXPOSED, PUT, COUNT, app=SILENT, location=added()),
    nginx("no-headers", Mistake.ORIGIN_MISSING, PUT, app=SILENT, location=NO_CONTENT),
    nginx("options-only", Mistake.ONLY_ON_PREFLIGHT, PUT, app=SILENT, location=IN_IF),
    nginx("no-app-preflight", Mistake.PREFLIGHT_ERROR, PUT, status(502), upstream=NOBODY_THERE),
    nginx("crash", Mistake.CRASH, GET, status(500), location="return 500;"),
    nginx("other-origin", Mistake.ORIGIN_MISMATCH, PUT, app=SILENT,
          location=added(origin="https://www.example.com")),
)  # fmt: skip
