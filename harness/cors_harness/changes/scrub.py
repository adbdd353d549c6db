"""Scrub: takes out of recorded text what differs from run to run by itself: tokens and ports."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from cors_harness.terms.token import TOKEN_IN_URL

USUAL_HOST = "127.0.0.1"
ROLES = ("page", "server", "other", "third")
# A server may carry the URL along in the query of another one, encoded, even twice.
_FIRST, _MORE, _IS, _COLON, _SLASH = (
    rf"(?:{char}|%(?:25)*{code})"
    for char, code in (
        (r"\?", "3[Ff]"),
        ("&", "26"),
        ("=", "3[Dd]"),
        (":", "3[Aa]"),
        ("/", "2[Ff]"),
    )
)
_SHAPE = r"[0-9A-Za-z]+\.[0-9]+"
_IN_QUERY = re.compile(
    rf"(?:(?P<first>{_FIRST})|{_MORE})cell{_IS}(?P<token>{_SHAPE})(?P<next>{_MORE})?"
)
_ELSEWHERE = re.compile(rf"(?<![0-9A-Za-z.]){_SHAPE}(?![0-9])")
_LITERAL = re.compile(rf"\{{(?:{'|'.join(ROLES)})(?:\.port)?\}}|\{{token\}}")


def token_in(targets: Iterable[str]) -> str:
    """The token of the cell that made these requests; empty where none has one."""
    return next((found[1] for each in targets if (found := TOKEN_IN_URL.search(each))), "")


class Scrub:
    """What makes the texts of one cell comparable; a call gives the text without token and ports.

    `cell=TOKEN` goes from every query, the token elsewhere becomes `{token}`. The origin of a role
    on 127.0.0.1 becomes `{page}`, `{server}`, ..., its port in any other spelling `{page.port}`.
    Other hosts stay, as in `http://localhost:{page.port}`: they are cross-site to 127.0.0.1. Where
    a text has such a placeholder of its own, it stands in a second pair of braces afterwards.
    """

    def __init__(self, placeholders: Mapping[str, str], token: str) -> None:
        """`placeholders`: origins of roles that are on ports of the run."""
        self._places = _places(tuple(placeholders.items()))
        self._token = token

    def __call__(self, text: str) -> str:
        """`text` as any other run would have it."""
        text = _LITERAL.sub(lambda found: f"{{{found[0]}}}", text)
        text = _IN_QUERY.sub(self._without_query, text)
        text = _ELSEWHERE.sub(self._named, text)
        for pattern, name in self._places:
            text = pattern.sub(name, text)
        return text

    def _without_query(self, found: re.Match[str]) -> str:
        if found["token"] != self._token:
            return found[0]
        return (found["first"] or found["next"]) if found["next"] else ""

    def _named(self, found: re.Match[str]) -> str:
        return "{token}" if found[0] == self._token else found[0]


@lru_cache(maxsize=256)
def _places(placeholders: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns and what stands in their place, whole origins first."""
    origins, ports = [], []
    for role, origin in placeholders:
        scheme, host, port = re.split("://|:(?=[0-9]+$)", origin)
        if host == USUAL_HOST:
            before = rf"{scheme}{_COLON}{_SLASH}{{2}}{re.escape(host)}"
            origins.append((re.compile(rf"{before}{_COLON}{port}(?![0-9])"), f"{{{role}}}"))
        ports.append((re.compile(rf"({_COLON}){port}(?![0-9])"), rf"\1{{{role}.port}}"))
    return (*origins, *ports)
