"""links_in(): where a page of documentation says that the document is which it shows."""

import html
import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

MOST_LINKS = 12

# `url: "/openapi.json"`, `spec-url='…'`, `"specUrl": "…"`, `url = "…"`: what Swagger UI, Redoc,
# Stoplight Elements, Scalar and RapiDoc are given.
_NAMED = re.compile(
    r"(?:url|spec|definition)[\"']?\s*[:=]\s*[\"'`]([^\"'`<>\s]{1,300})[\"'`]", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"'`]([^\"'`<>\s]{1,300})[\"'`]")
_LIKE_A_DOCUMENT = re.compile(
    r"(?:openapi|swagger|schema|api-?docs?|api-?spec)[^/]*$|\.(?:json|ya?ml)(?:\?.*)?$",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?:css|js|map|png|ico|svg|jpe?g|gif|woff2?|html?)(?:\?.*)?$", re.IGNORECASE)
_SCRIPT = re.compile(r"<script[^<>]*\ssrc\s*=\s*[\"']([^\"'<>\s]+)[\"']", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def links_in(page: str, place: str) -> tuple[str, ...]:
    """Paths that may be of a document, the likeliest first, from a page or script at `place`.

    What is on another origin is left out.
    """
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), html.unescape(page))
    text = text.replace("\\/", "/")
    named = (match[1] for match in _NAMED.finditer(text))
    quoted = (match[1] for match in _QUOTED.finditer(text) if _LIKE_A_DOCUMENT.search(match[1]))
    found = (link for link in (*named, *quoted) if not _FILE.search(link))
    return tuple(dict.fromkeys(_paths(found, place)))[:MOST_LINKS]


def scripts_in(page: str, place: str) -> tuple[str, ...]:
    """Paths of the page's own scripts, which may say where the document is."""
    found = (html.unescape(match[1]) for match in _SCRIPT.finditer(page))
    small = (link for link in found if "bundle" not in link and "standalone" not in link)
    return tuple(dict.fromkeys(_paths(small, place)))[:MOST_LINKS]


def _paths(links: Iterator[str], place: str) -> Iterator[str]:
    """Path and query of those on the page's origin."""
    for link in links:
        try:
            parts = urlsplit(urljoin(f"http://here.invalid{place}", link))
        except ValueError:
            continue
        query = f"?{parts.query}" if parts.query else ""
        target = f"{parts.path}{query}"
        if parts.netloc == "here.invalid" and re.fullmatch(r"/[!-~]*", target):
            yield target
