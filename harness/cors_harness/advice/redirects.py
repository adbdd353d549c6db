"""Where a redirect leads: to itself, to the same address with a slash, or to a login."""

import re
from urllib.parse import urljoin, urlsplit

from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import REDIRECT_STATUSES, get

_LOGIN = re.compile(r"(log|sign)[-_]?(in|on)", re.IGNORECASE)
_ELSEWHERE = re.compile(r"sso|oauth2?|auth|authorize", re.IGNORECASE)  # as the last part only


def location_of(redirect: Exchange) -> str:
    """The Location without its query, as the server wrote it; empty: it is no redirect."""
    if redirect.status not in REDIRECT_STATUSES:
        return ""
    location = get(redirect.response_headers, "Location") or b""
    return location.decode("latin-1").partition("?")[0]


def address_behind(redirect: Exchange) -> str:
    """The whole address that a redirect leads to, without its query.

    One of the server's own is under https where the redirect was: a page calls no other. What is
    no URL stays as it is.
    """
    origin, asked = redirect.origin, f"{redirect.origin}{redirect.target}"
    try:
        address = urljoin(asked, location_of(redirect))
    except ValueError:  # no URL
        return location_of(redirect)
    by_http = origin.replace("https://", "http://", 1)
    is_own = address == by_http or address.startswith(f"{by_http}/")
    return origin + address.removeprefix(by_http) if is_own else address


def leads_to_itself(redirect: Exchange) -> bool:
    """Whether an https address answers with a redirect to itself, as what takes it for http does.

    The query does not count: it may have lost the cell's token. A Location without a scheme says
    nothing about https.
    """
    asked = f"{redirect.origin}{redirect.target}".partition("?")[0]
    return asked.startswith("https://") and location_of(redirect) == asked


def leads_to_slash(redirect: Exchange) -> bool:
    """Whether it leads to the same address with a slash at the end, or without the one it has."""
    asked = f"{redirect.origin}{redirect.target}".partition("?")[0]
    there = address_behind(redirect)
    return asked != there and asked.rstrip("/") == there.rstrip("/")


def leads_to_login(redirect: Exchange) -> bool:
    """Whether the last parts of its path are what people call a login."""
    try:
        path = urlsplit(location_of(redirect)).path.rstrip("/")
    except ValueError:  # no URL
        return False
    parts = [part.partition(".")[0] for part in path.split("/")[-2:]]
    return any(map(_LOGIN.fullmatch, parts)) or bool(_ELSEWHERE.fullmatch(parts[-1]))
