"""Remote: a browser somewhere else, which a WebDriver endpoint starts and drives.

https://w3c.github.io/webdriver/#endpoint-node
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from cors_harness.terms.engine_names import ENGINE_OF_BROWSER, is_column
from cors_harness.terms.origin import is_loopback
from cors_harness.terms.refused_value import RefusedValue
from cors_harness.terms.secrets import HIDDEN

EXAMPLE = "http://127.0.0.1:4444"
OPTION = "safari=http://mac.local:4444"
COLUMN = "small letters and digits with - between words, the first one a browser"
CAPABILITY_SECRET = re.compile(r"key|token|secret|pass|user|auth|credential", re.IGNORECASE)
FEWEST = 4  # characters of a secret that is looked for in what an endpoint says


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """Where a browser is to be had, and what is asked for.

    Attributes:
        name: of its column, such as `safari-mac`.
        url: of the endpoint, without credentials and without a slash at the end.
        user, password: for HTTP authentication; empty: none.
        capabilities: that every session must have, beside those that the harness asks for.
            https://w3c.github.io/webdriver/#capabilities
    """

    name: str
    url: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    capabilities: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_on_this_machine(self) -> bool:
        """Whether the endpoint is on a loopback host."""
        return is_loopback(urlsplit(self.url).hostname or "")

    def without_secrets(self, text: str) -> str:
        """`text` without what stands in its credentials and its capabilities' keys."""
        secrets = {self.user, self.password, *_secrets(self.capabilities)}
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) >= FEWEST:
                text = text.replace(secret, HIDDEN)
        return text


class RemoteError(RefusedValue):
    """Values that name no remote browser."""


def remote_of(name: str, url: str, capabilities: Mapping[str, Any] | None = None) -> Remote:
    """The remote browser that these values name.

    Raises:
        RemoteError: the name is none of a column, or the URL none of an endpoint.
    """
    if not is_column(name):
        raise RemoteError(repr(name), COLUMN, f"browsers: {', '.join(ENGINE_OF_BROWSER)}")
    parts = _parts(url.strip())
    if parts is None:
        raise RemoteError(_shown(url), f"the URL of a WebDriver endpoint, such as {EXAMPLE}")
    if parts.query or parts.fragment:
        hint = "keys go before the host: https://USER:KEY@hub.example/wd/hub"
        raise RemoteError(f"{_shown(url)}, with a query or a fragment", "neither", hint)
    host = parts.netloc.rpartition("@")[2]
    return Remote(
        name=name,
        url=f"{parts.scheme}://{host}{parts.path}".rstrip("/"),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        capabilities=capabilities or {},
    )


def _parts(url: str) -> SplitResult | None:
    """The parts of a URL of http or https; None: it is none."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, or too large; a bracket too many
        return None
    return parts if is_good and re.fullmatch(r"[!-~]+", url) else None


def _secrets(value: object, key: str = "") -> Iterator[str]:
    """The texts below keys that are called like a secret, such as `accessKey`."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _secrets(inner, str(name))
    elif isinstance(value, str) and CAPABILITY_SECRET.search(key):
        yield value


def _shown(url: str) -> str:
    """The URL without its query, and without credentials whatever else is wrong with it."""
    text = url.partition("?")[0].partition("#")[0]
    scheme, sign, rest = text.partition("://")
    if "@" in text:
        text = f"{scheme}://{HIDDEN}@{rest.rpartition('@')[2]}" if sign else HIDDEN
    return repr(text)
