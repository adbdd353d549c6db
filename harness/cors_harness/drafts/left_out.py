"""LeftOut: what of an app is in no draft, and why: streams, WebSockets, documentation."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

MOST_NAMED, LONGEST_NAME = 100, 100
NO_OBJECT = "no object in its document"

# The names that Swagger UI, Redoc and the documents that they show have in every framework.
_DOCUMENTATION = re.compile(
    r"/(?:(?:openapi|swagger)(?:[.\w-]*\.(?:json|ya?ml|html|js|css))?|apispec(?:_\d+)?(?:\.json)?"
    r"|swagger-ui(?:/.*)?|swagger-ui-init\.js|redoc|rapidoc|scalar|apidocs|api-docs"
    r"|(?:docs/)?oauth2-redirect(?:\.html)?|docs/swagger.*|openapi/.*|flasgger_static/.*)/?",
    re.IGNORECASE,
)
_PARENT = re.compile(r"(?:/[\w.-]+)*")  # not below a parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An operation that is not drafted.

    Attributes:
        why: what it is: `a WebSocket`.
    """

    template: str
    method: str
    why: str


def is_documentation(template: str) -> bool:
    """Whether a route, by its name, is a page or file of documentation, as frameworks make them."""
    at = (match.start() for match in re.finditer("/", template))
    return any(
        _DOCUMENTATION.fullmatch(template[start:]) and _PARENT.fullmatch(template[:start])
        for start in at
    )


def left_out_lines(left_out: Iterable[LeftOut]) -> Iterator[str]:
    """A line for each kind of it, with its routes."""
    by_kind: dict[str, dict[str, None]] = {}
    for each in left_out:
        by_kind.setdefault(each.why, {})[each.template] = None
    for why, templates in by_kind.items():
        more = f" and {len(templates) - MOST_NAMED} more" if len(templates) > MOST_NAMED else ""
        named = (template[:LONGEST_NAME] for template in islice(templates, MOST_NAMED))
        yield f"left out, as {why}: {' '.join(named)}{more}"
