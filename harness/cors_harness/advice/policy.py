"""policy_for_fix(): the CorsPolicy that lets a call through.

It keeps what the run shows of the old one: of the call itself, and of its neighbours.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cors_harness.advice.blocked import NULL, Blocked
from cors_harness.advice.neighbours import STAR, Grants, Neighbour
from cors_harness.advice.sentences import spelling_difference
from cors_harness.model.server import CorsPolicy
from cors_harness.terms.headers import is_ok
from cors_harness.terms.origin import is_origin

# https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2: nothing else gets into a line of code
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Frameworks name these in every answer; nobody configures them.
_SAFELISTED = frozenset({"accept", "accept-language", "content-language"})
_DEFAULT_MAX_AGES = frozenset({"600", "86400"})  # of CORSMiddleware and of django-cors-headers
_STARLETTE = frozenset({"fastapi", "starlette"})


def policy_for_fix(blocked: Blocked) -> CorsPolicy:
    """The policy as a developer would write it; the page's own origin stands last."""
    all_grants = (blocked.grants, *(each.grants for each in blocked.neighbours))
    is_star = lets_everyone_in(blocked)
    return CorsPolicy(
        allow_origins=STAR if is_star else (*_other_origins(blocked), blocked.page),
        allow_methods=_methods(blocked, all_grants),
        allow_headers=_headers(blocked, all_grants),
        allow_credentials=not is_star and _credentials(blocked),
        expose_headers=_names(
            (*(name for grants in all_grants for name in grants.exposed), *blocked.hidden)
        ),
        max_age=_max_age(all_grants),
    )


def policy_to_shut_out(blocked: Blocked, pages: tuple[str, ...]) -> CorsPolicy:
    """The policy of today with these pages, and no other one."""
    policy = policy_for_fix(blocked)
    return replace(policy, allow_origins=pages, allow_credentials=_credentials(blocked))


def lets_everyone_in(blocked: Blocked) -> bool:
    """Whether the policy stays `*`: it is so here today, and the call needs no credentials.

    An error that nothing put a header on has the policy of the rest, where all of that is `*`.
    """
    if blocked.with_credentials:
        return False
    path = blocked.last.target.partition("?")[0] if blocked.last else ""
    near = [each.grants for each in blocked.neighbours if each.path == path]
    if any(grants.is_star for grants in (blocked.grants, *near)):
        return True
    named = [each.grants for each in blocked.neighbours if each.grants.origins]
    is_error = blocked.last is not None and not is_ok(blocked.last.status)
    return is_error and bool(named) and all(grants.is_star for grants in named)


def ends_star(blocked: Blocked) -> bool:
    """Whether `*` lets everyone in today, and has to end for the sake of credentials."""
    is_star = any(each.grants.is_star for each in blocked.neighbours) or blocked.grants.is_star
    return blocked.with_credentials and is_star


def _other_origins(blocked: Blocked) -> tuple[str, ...]:
    """The origins that are let in now, in the order of the alphabet.

    Without those that are none, those that the run keeps out, and the page's own, misspelt.
    """
    pages = {each.page for each in blocked.neighbours if _is_let_in_by_name(each, blocked)}
    if blocked.with_credentials:  # any page can have the origin null, and would get them
        pages.discard(NULL)
    on_the_wire = {
        part.strip()
        for grants in (blocked.grants, *(each.grants for each in blocked.neighbours))
        for value in grants.origins
        for part in value.split(",")
    }
    misspelt = {each for each in on_the_wire if not _is_another(each, blocked.page)}
    return tuple(sorted(pages | (on_the_wire - misspelt - blocked.strangers) - {blocked.page}))


def _is_let_in_by_name(neighbour: Neighbour, blocked: Blocked) -> bool:
    by_star = neighbour.grants.is_star and not ends_star(blocked)
    return neighbour.is_granted and not by_star and neighbour.page != blocked.page


def _is_another(value: str, page: str) -> bool:
    return value != page and is_origin(value) and not spelling_difference(value, page)


def _methods(blocked: Blocked, all_grants: Iterable[Grants]) -> tuple[str, ...]:
    """Those that are allowed, and the call's; `*` stays beside them, where it is."""
    named = (name for grants in all_grants for name in grants.methods)
    return _names((*named, (blocked.call.method or "GET")))


def _headers(blocked: Blocked, all_grants: tuple[Grants, ...]) -> tuple[str, ...]:
    """The request headers to allow, written as the page writes them where it sends them."""
    if blocked.made_of & _STARLETTE and any(map(_mirrors, all_grants)):
        return STAR
    named = (name for grants in all_grants for name in grants.headers)
    asked = (*named, *blocked.grants.asked)
    written = {name.lower(): name for name, _ in blocked.call.headers}
    names = (name for name in asked if name.lower() not in _SAFELISTED)
    return _names(written.get(name.lower(), name) for name in names)


def _mirrors(grants: Grants) -> bool:
    """Whether the answer allows just what was asked for; a list of Starlette's has more in it."""
    allowed = {name.lower() for name in grants.headers}
    return bool(allowed) and allowed == {*grants.asked} and not allowed & _SAFELISTED


def _credentials(blocked: Blocked) -> bool:
    """Whether credentials stay allowed: to an origin by its name, never to what `*` lets in."""
    others = (each.grants for each in blocked.neighbours if each.is_granted)
    named = (grants for grants in (blocked.grants, *others) if not grants.is_star)
    return blocked.with_credentials or any(grants.credentials for grants in named)


def _max_age(all_grants: Iterable[Grants]) -> int | None:
    ages = [grants.max_age for grants in all_grants if grants.max_age]
    if not ages or ages[0] in _DEFAULT_MAX_AGES or not re.fullmatch("[0-9]+", ages[0]):
        return None
    return int(ages[0])


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """The names without repeats and without what is no name."""
    by_lower = {name.lower(): name for name in names if _TOKEN.fullmatch(name)}
    return tuple(by_lower.values())


def losses(policy: CorsPolicy, blocked: Blocked) -> Iterator[str]:
    """What a policy would do to other calls of the run: parts of a sentence.

    None: whoever reads a response today goes on, and whoever is kept out stays out.
    """
    for each in blocked.neighbours:
        call = f"{each.method} {each.path}{' with credentials' if each.with_credentials else ''}"
        if each.is_granted and not lets_in(policy, each):
            yield f"{each.page} would lose {call}, which it reads today"
        elif each.is_stranger and each.is_kept_out_by_policy and lets_in(policy, each):
            yield f"{each.page} would read {call}, which {each.scenario} keeps out"


def lets_in(policy: CorsPolicy, call: Neighbour) -> bool:
    """Whether a policy lets a call of the run through, as browsers read its headers.

    https://fetch.spec.whatwg.org/#concept-cors-check and #cors-preflight-fetch
    """
    is_named = call.page in policy.allow_origins
    is_origin_let_in = is_named or (policy.allow_origins == STAR and not call.with_credentials)
    has_credentials = policy.allow_credentials or not call.with_credentials
    if not (is_origin_let_in and has_credentials):
        return False
    if not call.grants.asked and call.method in {"GET", "HEAD", "POST"}:
        return True
    wild = not call.with_credentials
    methods = {*policy.allow_methods, "GET", "HEAD", "POST"}
    names = {name.lower() for name in policy.allow_headers}
    is_method = call.method in methods or (wild and "*" in methods)
    return is_method and (names >= {*call.grants.asked} or "*" in names)
