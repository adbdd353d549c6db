"""Mistakes in Flask apps, with Flask-CORS and by hand."""

from collections.abc import Sequence

from tests.advice.applied.case import (
    COOKIES,
    COUNT,
    CRASH,
    GET,
    LOGGED_IN,
    OK,
    PUT,
    WITHOUT_SLASH,
    Case,
    status,
)

from cors_harness.model.advice import FixTarget, Mistake

FLASK = """\
from flask import Flask, abort, jsonify, make_response, redirect, request
{imports}
app = Flask(__name__)
{setup}

@app.route("/api/data", methods=["GET", "POST", "PUT", "DELETE"]{options})
{decorator}def data():
    response = jsonify(method=request.method)
    response.headers["X-Total-Count"] = "3"
    return response


@app.route("/api/list/", methods=["GET", "PUT"])
{decorator}def items():
    return jsonify(["a", "b"])


@app.route("/api/error")
{decorator}def error():
    raise RuntimeError("nobody catches this")
"""
GUARD = """
@app.before_request
def require_token():
    if request.headers.get("Authorization") != "Bearer secret":
        abort(401)
"""
AFTER = """
@app.after_request
def by_hand(response):
{lines}
    return response
"""
ALL = {
    "Access-Control-Allow-Origin": "https://app.example.com",
    "Access-Control-Allow-Methods": "GET, POST, PUT",
    "Access-Control-Allow-Headers": "Content-Type, Authorization",
}
OPTIONS_FORGOTTEN = """
@app.route("/api/data", methods=["OPTIONS"])
def preflight():
    response = make_response()
    response.headers["Access-Control-Allow-Origin"] = "https://app.example.com"
"""
OPTIONS_ONLY = """
@app.route("/api/data", methods=["OPTIONS"])
def preflight():
    response = make_response()
    response.headers["Access-Control-Allow-Origin"] = "https://app.example.com"
    response.headers["Access-Control-Allow-Methods"] = "PUT"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    return response
"""
NO_OPTIONS = ", provide_automatic_options=False"
RIGHT = 'CORS(app, origins=["https://app.example.com"]{more})\n'
BEHIND = "nginx-gunicorn-untrusted"
TO_HTTPS = """\
@app.before_request
def only_https():
    if not request.is_secure:
        return redirect(request.url.replace("http://", "https://", 1))

"""
SEVERAL = "https://www.example.com, https://app.example.com"
LOGGED_IN_COOKIES = LOGGED_IN[:-1] + ", credentials: include}"
DEBUG = "app.debug = True\n"


def after(**changed: str) -> str:
    """An `after_request` with ALL, and these headers otherwise (`_` for `-`)."""
    headers = ALL | {
        f"Access-Control-{name.replace('_', '-')}": text for name, text in changed.items()
    }
    lines = (f'    response.headers.add("{name}", "{text}")' for name, text in headers.items())
    return AFTER.format(lines="\n".join(lines))


def flask(  # noqa: PLR0913 - a row of a table
    name: str,
    mistake: Mistake,
    setup: str,
    request: str,
    expect: str = OK,
    *,
    options: str = "",
    behind: str = "",
) -> Case:
    return Case(
        server=f"flask-{name}",
        mistake=mistake,
        where=FixTarget.FLASK,
        request=request,
        expect=expect,
        source=FLASK.format(imports="", setup=setup, decorator="", options=options),
        behind=behind,
        versions=("flask", "werkzeug", "waitress"),
    )


def flask_cors(  # noqa: PLR0913 - a row of a table
    name: str,
    mistake: Mistake,
    setup: str,
    request: str,
    expect: str = OK,
    *,
    decorator: str = "",
    options: str = "",
    behind: str = "",
) -> Case:
    imports = "from flask_cors import CORS, cross_origin\n"
    return Case(
        server=f"flask-cors-{name}",
        mistake=mistake,
        where=FixTarget.FLASK_CORS,
        request=request,
        expect=expect,
        behind=behind,
        source=FLASK.format(imports=imports, setup=setup, decorator=decorator, options=options),
        versions=("flask-cors", "flask", "werkzeug", "waitress"),
    )


def right(more: str = "") -> str:
    return RIGHT.format(more=more)


DECORATOR = '@cross_origin(origins=["https://app.example.com"])\n'
OTHER = 'CORS(app, origins=["https://www.example.com"])\n'

WITH_FLASK_CORS: Sequence[Case] = (
    flask_cors("other-origin", Mistake.ORIGIN_MISSING, OTHER, GET),
    flask_cors("other-origin-preflight", Mistake.ORIGIN_MISSING, OTHER, PUT),
    flask_cors(
        "other-path",
        Mistake.ORIGIN_MISSING,
        'CORS(app, resources={r"/v1/*": {"origins": "https://app.example.com"}})\n',
        PUT,
    ),
    flask_cors("method", Mistake.METHOD, right(', methods=["GET", "POST"]'), PUT),
    flask_cors("header", Mistake.HEADER, right(', allow_headers=["X-Shop"]'), PUT),
    flask_cors("credentials", Mistake.CREDENTIALS, right(), COOKIES),
    flask_cors("open", Mistake.CREDENTIALS, "CORS(app)\n", COOKIES),
    flask_cors(
        "wildcard", Mistake.WILDCARD_CREDENTIALS, "CORS(app, send_wildcard=True)\n", COOKIES
    ),
    flask_cors(
        "expose-typo", Mistake.NOT_EXPOSED, right(', exposed_headers=["X-Total-Count"]'), GET, COUNT
    ),
    flask_cors("crash-decorated", Mistake.CRASH, "", CRASH, status(500), decorator=DECORATOR),
    flask_cors("crash-debug", Mistake.CRASH, DEBUG + right(), CRASH, status(500)),
    flask_cors("auth", Mistake.PREFLIGHT_AUTH, right() + GUARD, LOGGED_IN),
    flask_cors("auth-decorated", Mistake.PREFLIGHT_AUTH, GUARD, LOGGED_IN, decorator=DECORATOR),
    flask_cors("auth-decorated-401", Mistake.ERROR, GUARD, GET, status(401), decorator=DECORATOR),
    flask_cors("slash", Mistake.PREFLIGHT_REDIRECT, right(), WITHOUT_SLASH),
    flask_cors(
        "slash-decorated", Mistake.PREFLIGHT_REDIRECT, "", WITHOUT_SLASH, decorator=DECORATOR
    ),
    flask_cors("no-options", Mistake.PREFLIGHT_ROUTE, right(), PUT, options=NO_OPTIONS),
    flask_cors("twice", Mistake.TWICE, after(), GET, decorator=DECORATOR),
)
ONLY_ORIGIN = """
@app.after_request
def by_hand(response):
    response.headers["Access-Control-Allow-Origin"] = "{origin}"
    return response
"""
WITH_FLASK_CORS_BY_HAND: Sequence[Case] = (
    flask_cors(
        "by-hand-other",
        Mistake.ORIGIN_MISMATCH,
        ONLY_ORIGIN.format(origin="https://www.example.com"),
        GET,
    ),
    flask_cors("by-hand-several", Mistake.SEVERAL_IN_ONE, ONLY_ORIGIN.format(origin=SEVERAL), GET),
    flask_cors("by-hand-invalid", Mistake.LIST_INVALID, after(Allow_Methods="GET PUT"), PUT),
    flask_cors("options-only", Mistake.ONLY_ON_PREFLIGHT, OPTIONS_ONLY, PUT, options=NO_OPTIONS),
    flask_cors(
        "options-forgotten", Mistake.PREFLIGHT_ERROR, OPTIONS_FORGOTTEN, PUT, options=NO_OPTIONS
    ),
    flask_cors("to-http", Mistake.REDIRECTED_TO_HTTP, right(), "{path: /api/list}", behind=BEHIND),
    flask_cors("to-https", Mistake.HTTPS_UNTOLD, TO_HTTPS + right(), PUT, behind=BEHIND),
)
BY_HAND: Sequence[Case] = (
    flask("no-cors", Mistake.ORIGIN_MISSING, "", GET),
    flask(
        "to-http",
        Mistake.REDIRECTED_TO_HTTP,
        after(),
        "{path: /api/list}",
        behind=BEHIND,
    ),
    flask("to-https", Mistake.HTTPS_UNTOLD, TO_HTTPS + after(), GET, behind=BEHIND),
    flask("no-cors-preflight", Mistake.ORIGIN_MISSING, "", PUT),
    flask(
        "other-origin", Mistake.ORIGIN_MISMATCH, after(Allow_Origin="https://www.example.com"), PUT
    ),
    flask(
        "slash-in-origin",
        Mistake.ORIGIN_MISMATCH,
        after(Allow_Origin="https://app.example.com/"),
        GET,
    ),
    flask(
        "http-origin", Mistake.ORIGIN_MISMATCH, after(Allow_Origin="http://app.example.com"), GET
    ),
    flask(
        "several-origins",
        Mistake.SEVERAL_IN_ONE,
        after(Allow_Origin=SEVERAL),
        GET,
    ),
    flask(
        "star-with-cookies",
        Mistake.HEADER,
        after(Allow_Headers="*", Allow_Credentials="true"),
        PUT[:-1] + ", credentials: include}",
    ),
    flask("method", Mistake.METHOD, after(Allow_Methods="GET, POST"), PUT),
    flask("header", Mistake.HEADER, after(Allow_Headers="X-Shop"), PUT),
    flask("invalid-list", Mistake.LIST_INVALID, after(Allow_Methods="GET PUT POST"), PUT),
    flask("wildcard", Mistake.WILDCARD_CREDENTIALS, after(Allow_Origin="*"), COOKIES),
    flask("credentials", Mistake.CREDENTIALS, after(Allow_Credentials="True"), COOKIES),
    flask("expose", Mistake.NOT_EXPOSED, after(), GET, COUNT),
    flask("auth", Mistake.PREFLIGHT_AUTH, GUARD + after(), LOGGED_IN),
    flask("auth-cookies", Mistake.PREFLIGHT_AUTH, GUARD + after(), LOGGED_IN_COOKIES),
    flask("auth-401", Mistake.ERROR, GUARD, GET, status(401)),
    flask("twice", Mistake.TWICE, after() + after().replace("by_hand", "again"), GET),
    flask("slash", Mistake.PREFLIGHT_REDIRECT, after(), WITHOUT_SLASH),
    flask("slash-no-cors", Mistake.PREFLIGHT_REDIRECT, "", WITHOUT_SLASH),
    flask("options-only", Mistake.ONLY_ON_PREFLIGHT, OPTIONS_ONLY, PUT, options=NO_OPTIONS),
    flask("options-forgotten", Mistake.PREFLIGHT_ERROR, OPTIONS_FORGOTTEN, PUT, options=NO_OPTIONS),
    flask("no-options", Mistake.PREFLIGHT_ROUTE, after(), PUT, options=NO_OPTIONS),
    flask("crash-debug", Mistake.CRASH, DEBUG + after(), CRASH, status(500)),
)
CASES = (*WITH_FLASK_CORS, *WITH_FLASK_CORS_BY_HAND, *BY_HAND)
