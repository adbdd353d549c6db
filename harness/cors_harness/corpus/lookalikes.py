"""Lookalikes: the origins around an allowed one from which no page must get in, and why not."""

import ipaddress
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cors_harness.terms.origin import DEFAULT_PORTS, Origin, is_origin, registrable_domain

NULL_PAGE = "sandboxed-frame"  # the place in a page whose origin is opaque
ATTACKER = "attacker.example"
OTHER_PORTS = {"http": 8080, "https": 8443}

ATTACKS = {
    "other-scheme": "whoever sits between user and network answers in place of the http page",
    "other-port": "another service on the same machine, perhaps one that anybody may start",
    "longer-port": "a comparison of the beginning only takes a port with one more digit for it",
    "prefix": "a comparison of the end only takes a longer host for it",
    "hyphen-prefix": "a regular expression with a word boundary takes a hyphen for one",
    "domain-prefix": "a comparison of the domain's end takes a domain that anybody may buy for it",
    "suffix": "a regular expression without an end takes a name below the attacker's domain for it",
    "unescaped-dot": "a dot that is not escaped in a regular expression is any character",
    "subdomain": "a forgotten DNS entry or a user's page below it is no page of its owner",
    "parent-domain": "the site above it is another application, often with third-party scripts",
    "null": "any page can have the origin null, in a sandboxed frame",
    "foreign": "any site that the user happens to visit while being logged in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookalike:
    """An origin that must not be taken for the allowed one.

    Attributes:
        name: a slug, such as `unescaped-dot`; the next one of its sort is `unescaped-dot-2`.
        page: what `page:` of a scenario takes: an origin, or `sandboxed-frame` for `null`.
        attack: what it stands for, one line.
    """

    name: str
    page: str
    attack: str


def lookalikes(origin: Origin) -> tuple[Lookalike, ...]:
    """The corpus around one origin; what makes no sense for it is left out.

    An http origin has no other scheme (https would be the better one), an address no name around
    it, and a single label such as `localhost` no domain.
    """
    allowed = str(origin)
    pages = {**_pages(origin), "null": NULL_PAGE}
    # A label or a port may have become too long.
    real = ((name, page) for name, page in pages.items() if page == NULL_PAGE or is_origin(page))
    names_by_page: dict[str, str] = {}
    for name, page in real:
        if page != allowed:
            names_by_page.setdefault(page, name)
    return tuple(
        Lookalike(name=name, page=page, attack=attack)
        for sort, attack in ATTACKS.items()
        for page, name in names_by_page.items()
        if _sort(name) == sort
    )


def lookalikes_of_all(origins: Iterable[Origin]) -> tuple[Lookalike, ...]:
    """The corpus around several origins, each page once and none of the allowed ones.

    Names of later origins have a number behind them where an earlier one has the name.
    """
    allowed = tuple(dict.fromkeys(origins))
    own = {str(origin) for origin in allowed}
    by_page: dict[str, Lookalike] = {}
    taken: set[str] = set()
    for number, origin in enumerate(allowed, start=1):
        for lookalike in lookalikes(origin):
            if lookalike.page in own or lookalike.page in by_page:
                continue
            name = next(name for name in _numbered(lookalike.name, number) if name not in taken)
            taken.add(name)
            by_page[lookalike.page] = Lookalike(
                name=name, page=lookalike.page, attack=lookalike.attack
            )
    return tuple(by_page.values())


def _numbered(name: str, number: int) -> Iterator[str]:
    yield name
    yield from (f"{name}-{count}" for count in itertools.count(number))


def _pages(origin: Origin) -> Mapping[str, str]:
    """Pages by name; some may be no origins."""
    host = origin.host
    port = "" if origin.port == DEFAULT_PORTS[origin.scheme] else f":{origin.port}"
    by_name = dict(_names_around(host)) if not _is_address(host) else {}
    return {
        **dict(_other_scheme(origin)),
        **dict(_other_ports(origin)),
        **{name: f"{origin.scheme}://{around}{port}" for name, around in by_name.items()},
        **({} if _is_ipv6(host) else {"suffix": f"{origin.scheme}://{host}.{ATTACKER}{port}"}),
        "foreign": f"{origin.scheme}://{ATTACKER}",
    }


def _other_scheme(origin: Origin) -> Iterator[tuple[str, str]]:
    """The http twin of an https origin, on http's own port: one port cannot speak both."""
    if origin.is_secure:
        yield "other-scheme", f"http://{origin.host}"


def _other_ports(origin: Origin) -> Iterator[tuple[str, str]]:
    default = origin.port == DEFAULT_PORTS[origin.scheme]
    other = f":{OTHER_PORTS[origin.scheme]}" if default else ""
    yield "other-port", f"{origin.scheme}://{origin.host}{other}"
    if not default:
        yield "longer-port", f"{origin}1"


def _names_around(host: str) -> Iterator[tuple[str, str]]:
    """(name, host) around a host; a lone label has nothing above, below or inside."""
    if "." not in host:
        return
    domain = registrable_domain(host)
    yield "prefix", f"evil{host}"
    yield "hyphen-prefix", f"evil-{host}"
    yield "domain-prefix", f"evil{domain}"
    yield from _dots_replaced(host)
    yield "subdomain", f"evil.{host}"
    if host != domain:
        yield "parent-domain", host.partition(".")[2]


def _dots_replaced(host: str) -> Iterator[tuple[str, str]]:
    """One host for each dot but the last, without which nobody could register it."""
    labels = host.split(".")
    for number in range(1, len(labels) - 1):
        name = "unescaped-dot" if number == 1 else f"unescaped-dot-{number}"
        yield name, f"{'.'.join(labels[:number])}x{'.'.join(labels[number:])}"


def _sort(name: str) -> str:
    """The key of ATTACKS that a numbered name belongs to."""
    return re.sub(r"-\d+$", "", name)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_ipv6(host: str) -> bool:
    return host.startswith("[")
