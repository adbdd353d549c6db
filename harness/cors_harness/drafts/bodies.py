"""RequestBody: what a drafted call sends, as text with its Content-Type."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from cors_harness.drafts.json_samples import JsonObject, is_small, json_sample, mapping, resolved
from cors_harness.drafts.unique_values import MARK, unmarked, with_unique

JSON_TYPE = "application/json"
FORM_TYPE, PARTS_TYPE = "application/x-www-form-urlencoded", "multipart/form-data"
BOUNDARY = "cors-harness"
MOST_EXAMPLES = 20
LONGEST = 2_000  # characters: it stands in a file that people read, and in every cell
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_NAME_IN_BRACES = re.compile(r"\{(?=[A-Za-z][\w.-]*\})")  # a scenario file may fill it in
_FIELD_NAME = re.compile(r"[\w.\[\]-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """A body.

    Attributes:
        content_type: with the boundary, of a body in parts.
    """

    text: str
    content_type: str = JSON_TYPE

    @property
    def is_json(self) -> bool:
        """Whether it is JSON, under whatever name."""
        return is_json_type(self.content_type)


def is_json_type(content_type: str) -> bool:
    """Whether it is a JSON MIME type: https://mimesniff.spec.whatwg.org/#json-mime-type."""
    essence = content_type.partition(";")[0].strip().lower()
    return essence in {JSON_TYPE, "text/json"} or essence.endswith("+json")


def json_text(value: Any) -> str:
    """JSON in ASCII, in which nothing looks like a placeholder of scenario files."""
    return unmarked(_NAME_IN_BRACES.sub(r"\\u007b", json.dumps(value)))


def body_of_content(
    content: JsonObject, document: JsonObject, *, creates: bool
) -> RequestBody | None:
    """A body of one of the media types that a document has for a request; None: of none of them.

    JSON goes before forms, and these before other text. Where it `creates` something, what looks
    like a key of it is another one in each cell.
    """
    by_type = {name: mapping(media) for name, media in content.items() if _TYPE.match(name)}
    ranked = sorted(by_type, key=_rank)  # stable: the document's order
    for name in ranked:
        if (value := _sample(by_type[name], document)) is not None:
            media = by_type[name]
            values = (value, _sample(media, document, examples=False))
            if creates:
                values = tuple(with_unique(v, media.get("schema"), document) for v in values)
            return _small(name, values)
    return None


def _rank(content_type: str) -> int:
    kinds = (is_json_type(content_type), content_type.startswith(FORM_TYPE))
    others = (content_type.startswith(PARTS_TYPE), content_type.startswith("text/plain"))
    return next((rank for rank, fits in enumerate((*kinds, *others)) if fits), 4)


def _sample(media: JsonObject, document: JsonObject, *, examples: bool = True) -> Any:
    if examples:
        listed = islice(mapping(media.get("examples")).values(), MOST_EXAMPLES)
        examples_of_it = [resolved(each, document) for each in listed]
        told = [media["example"]] if "example" in media else []
        told += [each["value"] for each in examples_of_it if "value" in each]
        if told and is_small(told[0]):
            return told[0]
    return json_sample(media.get("schema", {}), document, examples=examples)


def _small(name: str, values: Iterable[Any]) -> RequestBody:
    """The first of the values that is no long text, as that media type."""
    bodies = (_written(name, value) for value in values)
    return next((body for body in bodies if len(body.text) <= LONGEST), _written(name, {}))


def _written(name: str, value: Any) -> RequestBody:
    content_type = _TYPE.findall(name)[0].lower()
    if is_json_type(name) or name.startswith("*/"):
        is_any = name.startswith("*/")
        return RequestBody(
            text=json_text(value), content_type=JSON_TYPE if is_any else content_type
        )
    if content_type == FORM_TYPE:
        return RequestBody(text=form_text(value), content_type=FORM_TYPE)
    if content_type == PARTS_TYPE:
        return RequestBody(text=_parts(value), content_type=f"{PARTS_TYPE}; boundary={BOUNDARY}")
    text = value if isinstance(value, str) else "a"
    return RequestBody(text=clean(text), content_type=content_type)


def form_text(value: Any) -> str:
    """The fields of an object as application/x-www-form-urlencoded."""
    fields = {name: plain(each) for name, each in mapping(value).items()}
    return unmarked(urlencode(fields, errors="replace"))


def plain(value: Any) -> str:
    """A value as a form, a path or a header has it: text as it is, else JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def clean(text: str) -> str:
    """Printable ASCII and line breaks of it, without braces: scenario files give them a meaning."""
    return re.sub(r"[^\n\r\t -z|~]", "?", text)


def _parts(value: Any) -> str:
    """https://www.rfc-editor.org/rfc/rfc7578#section-4, each field as text."""
    fields: Mapping[str, Any] = mapping(value)
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        f"{MARK.join(map(clean, plain(each).split(MARK)))}\r\n"
        for name, each in fields.items()
        if _FIELD_NAME.fullmatch(name)
    ]
    return unmarked("".join((*parts, f"--{BOUNDARY}--\r\n")))
