"""policy_for_fix(): the CorsPolicy that lets a call through.

It keeps what the run shows of the old one: of the call itself, and of its neighbours.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from cors_harness.advice.blocked import NULL, Blocked
from cors_harness.advice.neighbourhood import SAFE
from cors_harness.advice.neighbours import STAR
from cors_harness.advice.sentences import spelling_difference
from cors_harness.model.server import CorsPolicy
from cors_harness.terms.headers import is_ok
from cors_harness.terms.origin import is_origin

# https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2: nothing else gets into a line of code
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Frameworks name these in every answer; nobody configures them.
_SAFELISTED = frozenset({"accept", "accept-language", "content-language"})
_DEFAULT_MAX_AGES = frozenset({"600", "86400"})  # of CORSMiddleware and of django-cors-headers
_ALL_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
_STARLETTE = frozenset({"fastapi", "starlette"})


def policy_for_fix(blocked: Blocked) -> CorsPolicy:
    """The policy as a developer would write it; the page's own origin stands last."""
    is_star = lets_everyone_in(blocked)
    own, others = blocked.grants, blocked.neighbours.grants
    return CorsPolicy(
        allow_origins=STAR if is_star else (*_other_origins(blocked), blocked.page),
        allow_methods=_methods(blocked),
        allow_headers=_headers(blocked),
        allow_credentials=not is_star and _credentials(blocked),
        expose_headers=_names((*own.exposed, *others.exposed, *blocked.hidden)),
        max_age=_max_age(own.max_age or others.max_age),
    )


def policy_to_shut_out(blocked: Blocked) -> CorsPolicy:
    """The policy of today for those who are meant to be let in, or are and nobody keeps out."""
    pages = blocked.neighbours.kept_pages
    policy = policy_for_fix(blocked)
    return replace(policy, allow_origins=pages, allow_credentials=_credentials(blocked))


def lets_everyone_in(blocked: Blocked) -> bool:
    """Whether the policy stays `*`: it is so here today, and nothing asks for its end.

    An error that nothing put a header on has the policy of the rest, where all of that is `*`.
    """
    is_here = blocked.grants.is_star or blocked.path in blocked.neighbours.star_paths
    is_error = blocked.last is not None and not is_ok(blocked.last.status)
    is_star = is_here or (is_error and blocked.neighbours.is_all_star)
    return is_star and not _has_to_name(blocked)


def ends_star(blocked: Blocked) -> bool:
    """Whether `*` lets everyone in today, and has to end."""
    is_star = blocked.grants.is_star or bool(blocked.neighbours.star_paths)
    return is_star and _has_to_name(blocked)


def _has_to_name(blocked: Blocked) -> bool:
    """Whether origins have to be named: for credentials, or as strangers get in."""
    return blocked.with_credentials or bool(blocked.neighbours.strangers_let_in)


def _other_origins(blocked: Blocked) -> tuple[str, ...]:
    """The origins that are let in now, in the order of the alphabet.

    Without those that are none, those that the run keeps out, and the page's own, misspelt.
    """
    near = blocked.neighbours
    pages = near.pages_by_name | (near.pages_by_star if ends_star(blocked) else frozenset())
    if blocked.with_credentials:  # any page can have the origin null, and would get them
        pages -= {NULL}
    values = (*blocked.grants.origins, *near.grants.origins)
    parts = {part.strip() for value in values for part in value.split(",")}
    named = {part for part in parts - near.strangers if _is_another(part, blocked.page)}
    return tuple(sorted((pages | named) - {blocked.page}))


def _is_another(value: str, page: str) -> bool:
    return value != page and is_origin(value) and not spelling_difference(value, page)


def _methods(blocked: Blocked) -> tuple[str, ...]:
    """Those that are allowed, and the call's; none where no preflight tells and none is needed."""
    method, own = blocked.call.method or "GET", blocked.grants.methods
    named = (*own, *blocked.neighbours.grants.methods)
    is_asked = blocked.preflight is not None or method not in SAFE
    return _names((*named, method)) if named or is_asked else ()


def limits_methods(blocked: Blocked) -> bool:
    """Whether preflights show that not every method is allowed, as flask-cors does by itself."""
    named = {*blocked.grants.methods, *blocked.neighbours.grants.methods}
    return bool(named) and "*" not in named and not named >= _ALL_METHODS


def _headers(blocked: Blocked) -> tuple[str, ...]:
    """The request headers to allow, written as the page writes them where it sends them.

    A list of Starlette's is answered with more in it than was asked for, so what is not is `*`.
    """
    own, others = blocked.grants, blocked.neighbours
    if blocked.made_of & _STARLETTE and (own.mirrors or others.mirrors):
        return STAR
    written = {name.lower(): name for name, _ in blocked.call.headers}
    all_names = (*own.headers, *others.grants.headers, *own.asked)
    names = (name for name in all_names if name.lower() not in _SAFELISTED)
    return _names(written.get(name.lower(), name) for name in names)


def _credentials(blocked: Blocked) -> bool:
    """Whether credentials stay allowed: to an origin by its name, never to what `*` lets in."""
    own = blocked.grants.credentials and not blocked.grants.is_star
    return blocked.with_credentials or own or blocked.neighbours.grants.credentials


def _max_age(seconds: str) -> int | None:
    if seconds in _DEFAULT_MAX_AGES or not re.fullmatch("[0-9]{1,18}", seconds):
        return None
    return int(seconds)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """The names without repeats and without what is no name."""
    by_lower = {name.lower(): name for name in names if _TOKEN.fullmatch(name)}
    return tuple(by_lower.values())
