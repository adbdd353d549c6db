"""Lines of Python that put a policy on every answer by hand, for frameworks without a library."""

from collections.abc import Callable
from dataclasses import dataclass

from cors_harness.advice.python_lines import INDENT, Lines, headers_of, python_text
from cors_harness.model.server import CorsPolicy

ANYONE = "*"
PREFLIGHT = 'request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers'


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """How a framework's code says the parts.

    Attributes:
        origin: the request's Origin, which may be None.
        put: the statement that sets a header, by its name and its value, both as code.
        vary: the statement that adds Origin to Vary.
        indent: of the statements.
    """

    origin: str
    put: Callable[[str, str], str]
    vary: str
    indent: str


def allowed_origins(policy: CorsPolicy) -> Lines:
    """`ALLOWED_ORIGINS = [...]` and two empty lines; nothing where anyone is let in."""
    if lets_anyone_in(policy):
        return ()
    return (f"ALLOWED_ORIGINS = {python_text(policy.allow_origins)}", "", "")


def lets_anyone_in(policy: CorsPolicy) -> bool:
    """Whether the answers say `*`, which no browser takes together with credentials."""
    return ANYONE in policy.allow_origins and not policy.allow_credentials


def put_headers(policy: CorsPolicy, spelling: Statements) -> Lines:
    """The statements that set the headers of the policy on one response."""
    indent, is_open = spelling.indent, lets_anyone_in(policy)
    inner = indent if is_open else indent + INDENT
    origin = '"*"' if is_open else spelling.origin
    headers = {"Access-Control-Allow-Origin": origin} | {
        name: python_text(value) for name, value in headers_of(policy).items()
    }
    puts = (f"{inner}{spelling.put(python_text(name), value)}" for name, value in headers.items())
    if is_open:
        return tuple(puts)
    condition = f"{indent}if {spelling.origin} in ALLOWED_ORIGINS:"
    return condition, *puts, f"{indent}{spelling.vary}"


def after_request(policy: CorsPolicy) -> Lines:
    """A function that puts the headers on every response of a Flask app."""
    spelling = Statements(
        origin='request.headers.get("Origin")',
        put=lambda name, value: f"response.headers[{name}] = {value}",
        vary='response.vary.add("Origin")',
        indent=INDENT,
    )
    return (
        "from flask import request",
        "",
        *allowed_origins(policy),
        "@app.after_request",
        "def allow_cors(response):",
        *put_headers(policy, spelling),
        "    return response",
    )
