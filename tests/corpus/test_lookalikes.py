"""The corpus of origins around an allowed one."""

import re

import pytest

from cors_harness.corpus.lookalikes import (
    ATTACKS,
    Lookalike,
    lookalikes,
    lookalikes_of_all,
)
from cors_harness.terms.origin import parse_origin, registrable_domain

APP = {
    "other-scheme": "http://app.example.com",
    "other-port": "https://app.example.com:8443",
    "prefix": "https://evilapp.example.com",
    "hyphen-prefix": "https://evil-app.example.com",
    "domain-prefix": "https://evilexample.com",
    "suffix": "https://app.example.com.attacker.example",
    "unescaped-dot": "https://appxexample.com",
    "subdomain": "https://evil.app.example.com",
    "parent-domain": "https://example.com",
    "null": "sandboxed-frame",
    "foreign": "https://attacker.example",
}
# id -> (origin, pages that are there, names that are left out)
ODD: dict[str, tuple[str, dict[str, str], set[str]]] = {
    "an origin without a host of its own below a registry": (
        "https://example.com",
        {"prefix": "https://evilexample.com", "subdomain": "https://evil.example.com"},
        {"parent-domain", "domain-prefix", "unescaped-dot", "longer-port"},
    ),
    "a registry of a country": (
        "https://example.co.uk",
        {"unescaped-dot": "https://examplexco.uk"},
        {"parent-domain", "domain-prefix"},
    ),
    "a host below a registry of a country": (
        "https://app.example.co.uk",
        {
            "parent-domain": "https://example.co.uk",
            "domain-prefix": "https://evilexample.co.uk",
            "unescaped-dot": "https://appxexample.co.uk",
            "unescaped-dot-2": "https://app.examplexco.uk",
        },
        {"unescaped-dot-3"},
    ),
    "a host two levels below its domain": (
        "https://api.eu.example.com",
        {
            "unescaped-dot": "https://apixeu.example.com",
            "unescaped-dot-2": "https://api.euxexample.com",
        },
        {"unescaped-dot-3"},
    ),
    "localhost with a port": (
        "http://localhost:3000",
        {
            "other-port": "http://localhost",
            "longer-port": "http://localhost:30001",
            "suffix": "http://localhost.attacker.example:3000",
            "foreign": "http://attacker.example",
        },
        {"other-scheme", "prefix", "hyphen-prefix", "subdomain", "parent-domain"},
    ),
    "an address": (
        "http://192.0.2.1",
        {"other-port": "http://192.0.2.1:8080", "suffix": "http://192.0.2.1.attacker.example"},
        {"prefix", "unescaped-dot", "subdomain", "parent-domain", "other-scheme"},
    ),
    "an IPv6 address": (
        "https://[2001:db8::1]",
        {"other-port": "https://[2001:db8::1]:8443", "other-scheme": "http://[2001:db8::1]"},
        {"prefix", "suffix", "unescaped-dot", "subdomain"},
    ),
    "a port of its own": (
        "https://app.example.com:8443",
        {
            "other-scheme": "http://app.example.com",
            "other-port": "https://app.example.com",
            "prefix": "https://evilapp.example.com:8443",
        },
        {"longer-port"},
    ),
    "the attacker's own origin": ("https://attacker.example", {}, {"foreign"}),
    "a label that has no room for a prefix": (
        f"https://{'a' * 62}.example.com",
        {"subdomain": f"https://evil.{'a' * 62}.example.com"},
        {"prefix", "hyphen-prefix"},
    ),
}


def pages(origin: str) -> dict[str, str]:
    return {each.name: each.page for each in lookalikes(parse_origin(origin))}


def test_every_sort_of_lookalike_of_an_ordinary_origin() -> None:
    assert pages("https://app.example.com") == APP


@pytest.mark.parametrize(("origin", "there", "absent"), ODD.values(), ids=ODD)
def test_what_makes_no_sense_for_an_odd_origin_is_left_out(
    origin: str, there: dict[str, str], absent: set[str]
) -> None:
    by_name = pages(origin)
    assert {name: by_name.get(name) for name in there} == there
    assert not absent & by_name.keys()
    assert {"other-port", "null"} <= by_name.keys()
    assert origin not in by_name.values()


@pytest.mark.parametrize(
    "regex",
    [
        r"https://api.eu\.example\.com",
        r"https://api\.eu.example\.com",
        r"https://(\w+).eu\.example\.com",
    ],
)
def test_regex_with_any_dot_unescaped_lets_a_lookalike_in(regex: str) -> None:
    let_in = [
        n for n, page in pages("https://api.eu.example.com").items() if re.fullmatch(regex, page)
    ]
    assert [name for name in let_in if name.startswith("unescaped-dot")]


def test_every_dot_stands_for_the_same_attack() -> None:
    pages = lookalikes(parse_origin("https://api.eu.example.com"))
    dots = [each for each in pages if each.name.startswith("unescaped-dot")]
    assert [each.attack for each in dots] == [ATTACKS["unescaped-dot"]] * 2


def test_names_of_several_origins_with_several_dots_are_all_different() -> None:
    hosts = ("api.eu.example.com", "api.us.example.com", "app.example.com")
    pages = lookalikes_of_all([parse_origin(f"https://{host}") for host in hosts])
    assert len({each.name for each in pages}) == len(pages)
    dots = {each.page for each in pages if each.name.startswith("unescaped-dot")}
    assert dots == {
        "https://apixeu.example.com",
        "https://api.euxexample.com",
        "https://apixus.example.com",
        "https://api.usxexample.com",
        "https://appxexample.com",
    }


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_one_line_that_reads_as_the_rest_of_a_sentence(name: str) -> None:
    assert ATTACKS[name]
    assert "\n" not in ATTACKS[name]
    assert not ATTACKS[name].endswith(".")


def test_of_several_origins_none_is_its_neighbours_lookalike() -> None:
    origins = [parse_origin(text) for text in ("https://app.example.com", "https://example.com")]
    pages = lookalikes_of_all(origins)
    assert not {str(origin) for origin in origins} & {each.page for each in pages}
    assert len({each.page for each in pages}) == len(pages) == len({each.name for each in pages})
    by_name = {each.name: each for each in pages}
    assert by_name["hyphen-prefix-2"] == Lookalike(
        name="hyphen-prefix-2", page="https://evil-example.com", attack=ATTACKS["hyphen-prefix"]
    )
    assert "null-2" not in by_name


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("app.example.com", "example.com"),
        ("example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("example.io", "example.io"),
        ("app.com.io", "app.com.io"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain
