"""SetCookie: one `Set-Cookie` of a response, with its attributes.

https://www.rfc-editor.org/rfc/rfc6265#section-5.2
"""

import email.utils
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cors_harness.terms.headers import HeaderList, get_all


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCookie:
    """A cookie as a response sets it.

    Attributes:
        attributes: values by name in lower case; `Secure` and its like have an empty one.
    """

    name: str
    value: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether it deletes the cookie: it ends at once, or has ended."""
        max_age = self.attributes.get("max-age", "")
        if re.fullmatch(r"-?[0-9]{1,18}", max_age):
            return int(max_age) <= 0
        try:
            expires = email.utils.parsedate_to_datetime(self.attributes.get("expires", ""))
            return expires.timestamp() <= time.time()
        except (ValueError, OverflowError, OSError):
            return False

    @property
    def same_site(self) -> str | None:
        """`strict`, `lax` or `none`; None: it says nothing, or something else."""
        value = self.attributes.get("samesite", "").lower()
        return value if value in {"strict", "lax", "none"} else None


def cookies_set(headers: HeaderList) -> Iterator[SetCookie]:
    """What a response sets, in wire order; a line without a name is left out."""
    for header in get_all(headers, "Set-Cookie"):
        pair, *attributes = header.decode("latin-1").split(";")
        name, is_there, value = pair.partition("=")
        if is_there and name.strip():
            pairs = (attribute.partition("=") for attribute in attributes)
            named = {key.strip().lower(): text.strip() for key, _, text in pairs}
            yield SetCookie(name=name.strip(), value=value.strip(), attributes=named)


def cookies_sent(headers: HeaderList) -> Iterator[tuple[str, str]]:
    """(name, value) of each cookie of a request, in wire order."""
    for header in get_all(headers, "Cookie"):
        for pair in header.decode("latin-1").split(";"):
            name, _, value = pair.partition("=")
            yield name.strip(), value.strip()
