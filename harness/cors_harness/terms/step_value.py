"""StepValue: what a step uses of an earlier one, as in `{steps.0.header.mcp-session-id}`.

The number is that of the earlier step, counted from 0 as in `steps[0]` of messages.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote


class StepSource(StrEnum):
    """What of a step's response a value is taken from."""

    HEADER = "header"  # as page code reads it
    JSON = "json"  # of the body, as page code reads it
    COOKIE = "cookie"  # of Set-Cookie, as it was on the wire


FORMS = ("{steps.0.header.NAME}", "{steps.0.json.KEY.KEY}", "{steps.0.cookie.NAME}")
_NUMBER = r"0|[1-9][0-9]{0,3}"
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - https://www.rfc-editor.org/rfc/rfc9110#name-tokens
_KEYS = r"[^{}\s.]+(?:\.[^{}\s.]+)*"
STEP_VALUE = re.compile(
    rf"\{{steps\.(?P<step>{_NUMBER})\."
    rf"(?:(?P<plain>header|cookie)\.(?P<name>{_TOKEN})|json\.(?P<keys>{_KEYS}))\}}"
)
"""A placeholder of this kind, in braces."""
MEANT_AS_STEP_VALUE = re.compile(r"\{steps?[.\[][^{}]*\}?", re.IGNORECASE)
"""What can only be meant as one, also where it is misspelt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepValue:
    """A value of an earlier step; `str()` gives the placeholder without its braces.

    Attributes:
        step: index of the earlier step.
        name: of the header or the cookie; of JSON the keys from the outside in, dots between.
    """

    step: int
    source: StepSource
    name: str

    def __str__(self) -> str:
        return f"steps.{self.step}.{self.source}.{self.name}"

    @property
    def identity(self) -> tuple[int, StepSource, str]:
        """The same for a header however it is written: case makes no difference there."""
        name = self.name.lower() if self.source is StepSource.HEADER else self.name
        return self.step, self.source, name

    @property
    def words(self) -> str:
        """What it is, in a sentence: `the header mcp-session-id of steps[0]`."""
        what = f"{self.name} in the JSON" if self.source is StepSource.JSON else self.name
        the = "" if self.source is StepSource.JSON else f"the {self.source} "
        return f"{the}{what} of steps[{self.step}]"


def step_values_in(text: str) -> Iterator[StepValue]:
    """Every value of an earlier step that `text` names, in order, repeats kept."""
    for match in STEP_VALUE.finditer(text):
        yield StepValue(
            step=int(match["step"]),
            source=StepSource(match["plain"] or StepSource.JSON),
            name=match["name"] or match["keys"],
        )


def in_url(value: str) -> str:
    """`value` as one segment of a path or one value of a query: percent-encoded as UTF-8.

    https://url.spec.whatwg.org/#string-utf-8-percent-encode, with the component percent-encode set
    and `!'()*` besides; a lone surrogate becomes U+FFFD.
    """
    return quote(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), safe="")
