"""with_unique(): a sample with {unique} where a thing of the same name may be there already."""

import re
from collections.abc import Mapping
from typing import Any

from cors_harness.drafts.json_samples import JsonObject, mapping, resolved
from cors_harness.terms.token import UNIQUE, UNIQUE_LENGTH

MARK = "\x00unique\x00"  # until the sample is text, in which braces may be escaped
_WRITTEN = (r"\u0000unique\u0000", "%00unique%00")
_KEY = re.compile(
    r"(?:\w*[_-])?(?:e[-_]?mail|user_?name)|name|login|slug|id|handle|sku", re.IGNORECASE
)
_RESTRICTIONS = ("enum", "const", "pattern")
_PLAIN_FORMATS = (None, "email", "string")


def with_unique(sample: Any, schema: Any, document: JsonObject) -> Any:
    """The sample of an object, with MARK in those of its texts that look like keys.

    A text that its schema of `document` restricts stays as it is.
    """
    if not isinstance(sample, Mapping):
        return sample
    properties = mapping(resolved(schema, document).get("properties"))
    return {
        name: _unique(name, value, resolved(properties.get(name), document))
        for name, value in sample.items()
    }


def _unique(name: str, value: Any, schema: JsonObject) -> Any:
    is_free = schema.get("format") in _PLAIN_FORMATS and not any(map(schema.get, _RESTRICTIONS))
    if not isinstance(value, str) or not _KEY.fullmatch(name) or not is_free:
        return value
    local, at, domain = value.partition("@")
    text = f"{local}-{MARK}{at}{domain}" if len(local) > 1 else f"{MARK}{at}{domain}"
    longest = schema.get("maxLength")
    length = len(text) - len(MARK) + UNIQUE_LENGTH
    return text if not isinstance(longest, int) or length <= longest else value


def unmarked(text: str) -> str:
    """The text of a body with the placeholder in place of MARK."""
    for written in (MARK, *_WRITTEN):
        text = text.replace(written, f"{{{UNIQUE}}}")
    return text
