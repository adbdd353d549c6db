"""held_back_cookies(): cookies that were set and that a later call lacks, and why.

The rules are those of https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html
(sections "Storage Model" and "Retrieval Model"); what none of them says is the engine's own doing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call, FetchContext
from cors_harness.model.verdict import HeldBackCookie
from cors_harness.terms.engine_names import engine_of
from cors_harness.terms.headers import get
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.origin import Origin, is_loopback, parse_origin, registrable_domain
from cors_harness.terms.set_cookie import SetCookie, cookies_sent, cookies_set

NO_CREDENTIALS = "it was set in a response to a call without credentials: include"
NOT_OVER_HTTP = "it is Secure, and {origin} is not https"
NONE_NEEDS_SECURE = "SameSite=None without Secure is refused"
PREFIX = "a name that begins with {prefix} needs {needs}"
DOMAIN = "its Domain={domain} is not that of {host}"
PATH = "its Path={path} does not cover {target}"
OF_SAME_SITE = "SameSite={value}, and a page of {page} is of another site than {host}"
NO_SAME_SITE = "it has no SameSite, which counts as Lax: a page of {page} is of another site"
THIRD_PARTY = "the engine keeps cookies of {host} from pages of {page}, which is another site"
UNKNOWN = "why is not known"
CHROMIUM = "chromium"


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredCookie:
    """A cookie, the response that set it, and the call that this was the answer to."""

    cookie: SetCookie
    setter: Exchange
    call: Call


def held_back_cookies(cell: Cell, exchanges: Sequence[Exchange]) -> tuple[HeldBackCookie, ...]:
    """The cookies, in the order of the calls that lack them; `exchanges` are all of the cell."""
    stored: dict[tuple[str, str], _StoredCookie] = {}
    found: dict[tuple[int, str], HeldBackCookie] = {}
    steps = cell.scenario.steps
    for exchange in exchanges:
        if exchange.kind is not ExchangeKind.REQUEST or exchange.step >= len(steps):
            continue
        call, host = steps[exchange.step].call, _host(exchange)
        if call.credentials is CredentialsMode.INCLUDE:
            for each in _lacking(stored, exchange):
                why = _why(cell, each, exchange)
                back = HeldBackCookie(step=exchange.step, name=each.cookie.name, why=why)
                found.setdefault((exchange.step, each.cookie.name), back)
        for cookie in cookies_set(exchange.response_headers):
            stored.pop((host, cookie.name), None)
            if not cookie.is_over:
                stored[host, cookie.name] = _StoredCookie(cookie=cookie, setter=exchange, call=call)
    return tuple(found.values())


def _lacking(
    stored: dict[tuple[str, str], _StoredCookie], exchange: Exchange
) -> Iterator[_StoredCookie]:
    sent = {name for name, _ in cookies_sent(exchange.request_headers)}
    for (host, name), each in stored.items():
        if host == _host(exchange) and name not in sent:
            yield each


def _why(cell: Cell, stored: _StoredCookie, exchange: Exchange) -> str:
    reasons = (
        *_not_stored(stored),
        *_not_for(stored.cookie, exchange),
        *_of_site(cell, stored, exchange),
    )
    return next(iter(reasons), UNKNOWN)


def _not_stored(stored: _StoredCookie) -> Iterator[str]:
    """Why a browser does not take it."""
    cookie, origin = stored.cookie, parse_origin(stored.setter.origin)
    attributes = cookie.attributes
    if stored.call.credentials is not CredentialsMode.INCLUDE:
        yield NO_CREDENTIALS
    if "secure" in attributes and not (origin.is_secure or is_loopback(origin.host)):
        yield NOT_OVER_HTTP.format(origin=origin)
    if cookie.same_site == "none" and "secure" not in attributes:
        yield NONE_NEEDS_SECURE
    yield from _prefix(cookie)
    domain = attributes.get("domain", "").lstrip(".").lower()
    if domain and origin.host != domain and not origin.host.endswith(f".{domain}"):
        yield DOMAIN.format(domain=domain, host=origin.host)


def _prefix(cookie: SetCookie) -> Iterator[str]:
    name, attributes = cookie.name.lower(), cookie.attributes
    is_secure = "secure" in attributes
    if name.startswith("__secure-") and not is_secure:
        yield PREFIX.format(prefix="__Secure-", needs="Secure")
    is_host = is_secure and attributes.get("path") == "/" and not attributes.get("domain")
    if name.startswith("__host-") and not is_host:
        yield PREFIX.format(prefix="__Host-", needs="Secure, Path=/ and no Domain")


def _not_for(cookie: SetCookie, exchange: Exchange) -> Iterator[str]:
    """Why it does not go to this URL."""
    origin, target = parse_origin(exchange.origin), urlsplit(exchange.target).path
    if "secure" in cookie.attributes and not (origin.is_secure or is_loopback(origin.host)):
        yield NOT_OVER_HTTP.format(origin=origin)
    path = cookie.attributes.get("path", "")
    if path.startswith("/") and not f"{target}/".startswith(f"{path.rstrip('/')}/"):
        yield PATH.format(path=path, target=target)


def _of_site(cell: Cell, stored: _StoredCookie, exchange: Exchange) -> Iterator[str]:
    """Why it does not go with a call from a page of another site."""
    page, server = _page(cell), parse_origin(exchange.origin)
    if page is not None and _site(page) == _site(server):
        return
    named = {"page": page or "an opaque origin", "host": server.host}
    value = stored.cookie.same_site
    if value in {"strict", "lax"}:
        yield OF_SAME_SITE.format(value=value.capitalize(), **named)
    if value is None and engine_of(cell.engine) == CHROMIUM:
        yield NO_SAME_SITE.format(**named)
    denied = get(exchange.request_headers, "Sec-Fetch-Storage-Access") == b"none"
    yield THIRD_PARTY.format(**named) + (" (sec-fetch-storage-access: none)" if denied else "")


def _page(cell: Cell) -> Origin | None:
    """The origin of the page; None: it is opaque."""
    page = cell.scenario.page
    if page.place is FetchContext.SANDBOXED_FRAME:
        return None
    return page.origin or parse_origin(f"http://{page.host}")


def _site(origin: Origin) -> tuple[str, str]:
    """https://html.spec.whatwg.org/multipage/browsers.html#obtain-a-site, as far as we know it."""
    if is_loopback(origin.host) or origin.host[-1:].isdigit() or origin.host.endswith("]"):
        return origin.scheme, origin.host
    return origin.scheme, registrable_domain(origin.host)


def _host(exchange: Exchange) -> str:
    return parse_origin(exchange.origin).host
