"""Scrub: takes out of recorded text what differs from run to run by itself: tokens and ports."""

import re
from collections.abc import Iterable, Mapping

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
_TOKEN = r"[0-9A-Za-z]+\.[0-9]+"  # noqa: S105 - a cell's token, see terms.token
_IN_QUERY = re.compile(
    rf"(?P<first>{_FIRST})cell{_IS}{_TOKEN}(?P<next>{_MORE})?|{_MORE}cell{_IS}{_TOKEN}"
)
_FOUND = re.compile(rf"[?&]cell=({_TOKEN})")
_LITERAL = re.compile(rf"\{{(?:{'|'.join(ROLES)})(?:\.port)?\}}|\{{token\}}")


def token_in(targets: Iterable[str]) -> str:
    """The token of the cell that made these requests; empty where none has one."""
    return next((found[1] for each in targets if (found := _FOUND.search(each))), "")


class Scrub:
    """What makes the texts of one cell comparable; a call gives the text without token and ports.

    `cell=TOKEN` goes from every query, a token elsewhere becomes `{token}`. The origin of a role
    becomes `{page}`, `{server}`, ..., its port in any other spelling `{page.port}`. Where a text
    has such a placeholder of its own, it stands in a second pair of braces afterwards.
    """

    def __init__(self, placeholders: Mapping[str, str], token: str) -> None:
        """`placeholders`: origins of roles that are on ports of the run."""
        self._origins = tuple(
            (re.compile(_origin_pattern(origin)), f"{{{role}}}")
            for role, origin in placeholders.items()
        )
        self._ports = tuple(
            (re.compile(rf"({_COLON}){origin.rpartition(':')[2]}(?![0-9])"), rf"\1{{{role}.port}}")
            for role, origin in placeholders.items()
        )
        self._token = (
            re.compile(rf"(?<![0-9A-Za-z.]){re.escape(token)}(?![0-9])") if token else None
        )

    def __call__(self, text: str) -> str:
        """`text` as any other run would have it."""
        text = _LITERAL.sub(lambda found: f"{{{found[0]}}}", text)
        text = _IN_QUERY.sub(lambda found: found["first"] if found["next"] else "", text)
        for pattern, name in self._origins:
            text = pattern.sub(name, text)
        for pattern, name in self._ports:
            text = pattern.sub(name, text)
        return self._token.sub("{token}", text) if self._token else text


def _origin_pattern(origin: str) -> str:
    scheme, _, rest = origin.partition("://")
    host, _, port = rest.rpartition(":")
    return rf"{scheme}{_COLON}{_SLASH}{{2}}{re.escape(host)}{_COLON}{port}(?![0-9])"
