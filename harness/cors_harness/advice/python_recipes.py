"""Recipe by framework: for FastAPI and Starlette, for Flask, for Django."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import dropwhile

from cors_harness.advice import python_lines
from cors_harness.advice.blocked import Blocked
from cors_harness.advice.by_hand import after_request
from cors_harness.advice.known_answers import is_flasks_crash
from cors_harness.advice.policy import limits_methods, policy_for_fix
from cors_harness.advice.python_lines import NO_RECIPE, OTHERS_STAY, Lines, Recipe
from cors_harness.advice.redirects import leads_to_slash
from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.server import CorsPolicy
from cors_harness.terms.headers import get_list

PREFLIGHT_UNANSWERED = frozenset(
    {
        *(Mistake.PREFLIGHT_AUTH, Mistake.PREFLIGHT_ROUTE, Mistake.PREFLIGHT_ERROR),
        *(Mistake.PREFLIGHT_REFUSED, Mistake.LOGIN_REDIRECT),
    }
)

_TRUSTED = "127.0.0.1 is where the proxy is"
BEHIND_PROXY: Mapping[FixTarget, Recipe] = {
    **dict.fromkeys(
        (FixTarget.FASTAPI, FixTarget.STARLETTE),
        Recipe(
            place=f"below all middleware; {_TRUSTED}",
            lines=python_lines.TRUST_PROXY_ASGI,
        ),
    ),
    **dict.fromkeys(
        (FixTarget.FLASK, FixTarget.FLASK_CORS),
        Recipe(
            place="right below app = Flask(...), if requests come through one proxy only",
            lines=python_lines.TRUST_PROXY_WSGI,
        ),
    ),
}
BEHIND_HTTPS: Mapping[FixTarget, Recipe] = {
    **BEHIND_PROXY,
    FixTarget.DJANGO: Recipe(
        place="at the end of the settings, if the proxy sets X-Forwarded-Proto on every request",
        lines=python_lines.TRUST_PROXY_DJANGO,
    ),
}


# FastAPI and Starlette


def for_starlette(mistake: Mistake, policy: CorsPolicy, package: str) -> Recipe:
    """CORSMiddleware outside of everything; `package` is `fastapi` or `starlette`."""
    replaced = f"in place of any CORSMiddleware, {OTHERS_STAY}"
    if mistake is Mistake.CRASH:
        return Recipe(
            place=f"as the last lines of the module that makes the app, {replaced}",
            lines=python_lines.wrap(policy, package),
        )
    return Recipe(
        place=f"below all middleware (the last one added is outermost), {replaced}",
        lines=python_lines.add_middleware(policy, package),
    )


# Flask


def for_flask(mistake: Mistake, blocked: Blocked, target: FixTarget) -> Recipe:
    """Lines for Flask-CORS or by hand; what answers in the app's place is taken out of the way."""
    headers = _flask_headers(mistake, blocked, target)
    position = "right below app = Flask(...), above the routes"
    replaced = f"in place of other lines about CORS, {OTHERS_STAY}"
    if blocked.at_preflight and (mistake in _IN_THE_WAY or mistake in PREFLIGHT_UNANSWERED):
        first = _before_the_routes(blocked)
        if blocked.lets_page_in:
            return Recipe(place=f"{position} and every before_request", lines=first)
        return Recipe(
            place=f"{position} and every before_request, {replaced}", lines=_joined(first, headers)
        )
    if mistake is Mistake.NOT_EXPOSED and target is FixTarget.FLASK_CORS:
        replaced += "; exposed_headers, with a d, is ignored without a word"
    if mistake is Mistake.CRASH and not (blocked.last and is_flasks_crash(blocked.last)):
        headers = _joined(headers, python_lines.HANDLE_CRASHES)
    return Recipe(place=f"{position}, {replaced}", lines=headers)


_IN_THE_WAY = frozenset({Mistake.PREFLIGHT_REDIRECT, Mistake.RATE_LIMIT})


def _before_the_routes(blocked: Blocked) -> Lines:
    is_slash = blocked.last is not None and leads_to_slash(blocked.last)
    return python_lines.BOTH_SLASHES if is_slash else python_lines.LET_PREFLIGHTS_PASS


def _flask_headers(mistake: Mistake, blocked: Blocked, target: FixTarget) -> Lines:
    policy = policy_for_fix(blocked)
    if target is FixTarget.FLASK:
        return after_request(policy)
    # What is left out is allowed, so only what is refused stands.
    if mistake is not Mistake.METHOD and not limits_methods(blocked):
        policy = replace(policy, allow_methods=())
    if mistake is not Mistake.HEADER:
        policy = replace(policy, allow_headers=())
    return python_lines.flask_cors(policy)


def _joined(first: Lines, second: Lines) -> Lines:
    """Both groups of lines; what the first imports the second does not import again."""
    known = second[0].startswith("from ") and second[0] in first
    rest = tuple(dropwhile(lambda line: not line, second[1:])) if known else second
    return *first, "", "", *rest


# Django

_PATH = re.compile(r"[0-9A-Za-z/_.~%-]+")  # nothing else gets into a line of code

# Made by what stands above CorsMiddleware.
_OUTSIDE_OF_DJANGO = PREFLIGHT_UNANSWERED | {
    *(Mistake.PREFLIGHT_REDIRECT, Mistake.ERROR, Mistake.CRASH, Mistake.TOO_LARGE),
    *(Mistake.REDIRECT, Mistake.RATE_LIMIT),
    *(Mistake.ORIGIN_MISMATCH, Mistake.SEVERAL_IN_ONE),
    *(Mistake.ONLY_ON_PREFLIGHT, Mistake.LIST_INVALID),
}


def for_django(mistake: Mistake, policy: CorsPolicy, blocked: Blocked) -> Recipe:
    """Settings, and CorsMiddleware above what answers in its place."""
    if mistake is Mistake.TWICE:  # its responses have each header once: it is the server's doing
        return NO_RECIPE
    is_in_force = _is_in_force(blocked)
    if is_in_force:
        policy = _settings_for(mistake, policy)
    only_named = mistake is Mistake.WILDCARD_CREDENTIALS
    lines = python_lines.django_settings(policy, only_named=only_named)
    is_there = "django-cors-headers" in blocked.made_of
    if mistake in _OUTSIDE_OF_DJANGO or not is_in_force:
        lines = python_lines.django_first(policy)
    install = "" if is_there else "after python -m pip install django-cors-headers, "
    place = f"{install}at the end of the settings; origins that stand there stay"
    path = blocked.last.target.partition("?")[0] if blocked.last else ""
    if is_there and not is_in_force and blocked.last and _PATH.fullmatch(path):
        lines = (
            *lines,
            python_lines.django_urls_regex(path, either_slash=leads_to_slash(blocked.last)),
        )
        place += "; the line for CORS_URLS_REGEX only where there is one"
    return Recipe(place=place, lines=lines)


def _is_in_force(blocked: Blocked) -> bool:
    """Whether CorsMiddleware had a hand in an answer: it says `Vary: origin`, in lower case.

    Who sets headers by hand writes Origin, or says nothing of it.
    """
    return any("origin" in get_list(each.response_headers, "Vary") for each in blocked.wire)


def _settings_for(mistake: Mistake, policy: CorsPolicy) -> CorsPolicy:
    """The settings that the mistake is about: each stands alone, so the others may stay."""
    about: Mapping[Mistake, tuple[str, ...]] = {
        Mistake.METHOD: ("allow_methods",),
        Mistake.HEADER: ("allow_headers",),
        Mistake.CREDENTIALS: ("allow_credentials",),
        Mistake.NOT_EXPOSED: ("expose_headers",),
    }
    kept = about.get(mistake, ("allow_origins", "allow_credentials"))
    return CorsPolicy(**{name: getattr(policy, name) for name in kept})


# A host name that the server does not serve

_HOST = re.compile(r"[0-9A-Za-z.-]+|\[[0-9A-Fa-f:]+\]")  # nothing else gets into a line of code


def for_host(target: FixTarget, blocked: Blocked) -> Recipe:
    """The lines, for FastAPI, Starlette and Django; NO_RECIPE for all others."""
    called = blocked.last.origin.partition("://")[2] if blocked.last else ""
    found = _HOST.match(called)
    if found is None:
        return NO_RECIPE
    host = found[0]
    match target:
        case FixTarget.FASTAPI | FixTarget.STARLETTE:
            lines = (
                "from starlette.middleware.trustedhost import TrustedHostMiddleware",
                "",
                *python_lines.call_lines(
                    "app.add_middleware", ("TrustedHostMiddleware",), {"allowed_hosts": (host,)}
                ),
            )
            place = "in place of the other call for TrustedHostMiddleware, whose other hosts stay"
            return Recipe(place=place, lines=lines)
        case FixTarget.DJANGO:
            line = f"ALLOWED_HOSTS = [*ALLOWED_HOSTS, {json.dumps(host)}]"
            return Recipe(place="at the end of the settings", lines=(line,))
        case _:
            return NO_RECIPE
