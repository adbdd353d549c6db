"""What is in a page: its data blocks, unpacked, and its policy; read as a browser would."""

import json
import re
import zlib
from base64 import b64decode
from html import unescape
from html.parser import HTMLParser
from typing import Any


class _Elements(HTMLParser):
    """The scripts, the style sheet and the metadata of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self._open = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag in {"script", "style"}
        self.found.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - as the parser calls it
        self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, attributes, text = self.found[-1]
            self.found[-1] = (tag, attributes, text + data)


def elements(page: str, tag: str) -> list[tuple[dict[str, str | None], str]]:
    """Attributes and text of every element of that name, in order."""
    return [(attrs, text) for name, attrs, text in _Elements(page).found if name == tag]


def index_of(page: str) -> Any:
    """What the page reads at once."""
    return next(_unpacked(text) for attrs, text in elements(page, "script") if attrs.get("id"))


def details_of(page: str) -> list[Any]:
    """The details of every cell; header lists as pairs again."""
    blocks = (text for attrs, text in elements(page, "script") if attrs.get("class") == "details")
    return [cell for block in blocks for cell in _cells(_unpacked(block))]


def _cells(chunk: Any) -> list[Any]:
    texts = chunk["texts"]
    lists = [
        [[texts[row[at]], texts[row[at + 1]]] for at in range(0, len(row), 2)]
        for row in chunk["lists"]
    ]
    for cell in chunk["cells"]:
        for side in filter(None, cell.values()):
            for exchange in side["exchanges"]:
                exchange.update({name: lists[exchange[name]] for name in ("request", "response")})
    return list(chunk["cells"])


def _unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(b64decode(text, validate=True)))


def policy_of(page: str) -> dict[str, str]:
    """The directives of its Content-Security-Policy."""
    ((attributes, _),) = [
        found for found in elements(page, "meta") if "content-security" in str(found[0]).lower()
    ]
    directives = unescape(attributes["content"] or "").split("; ")
    return dict(re.split(" ", directive, maxsplit=1) for directive in directives)
