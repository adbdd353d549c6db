"""Origin: scheme, host and port of a tuple origin, and its serialization.

https://html.spec.whatwg.org/multipage/browsers.html#concept-origin-tuple
"""

import ipaddress
import re
from dataclasses import dataclass

DEFAULT_PORTS = {"http": 80, "https": 443}

_SHAPE = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^/?#@:\[\]\s]+)(?::(?P<port>\d{1,5}))?"
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A tuple origin of http or https.

    Attributes:
        scheme: `http` or `https`.
        host: as a URL has it, in lower case: `app.example.com`, `127.0.0.1`, `[::1]`.
        port: the number, also where it is the scheme's default.
    """

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """Its serialization: `https://app.example.com`, `http://localhost:3000`."""
        default = DEFAULT_PORTS[self.scheme] == self.port
        return f"{self.scheme}://{self.host}" + ("" if default else f":{self.port}")

    @property
    def is_secure(self) -> bool:
        """Whether its scheme is https."""
        return self.scheme == "https"


def parse_origin(text: str) -> Origin:
    """The origin that `text` is the serialization of.

    Raises:
        ValueError: it is none; the text says why, and what it would have to be.
    """
    if "@" in text:
        raise ValueError("expected an origin, which has neither user name nor password")
    found = _SHAPE.match(text)
    if not found:
        raise ValueError("expected http:// or https:// and a host, such as https://app.example.com")
    scheme, host = found["scheme"], found["host"]
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    if rest := text[found.end() :]:
        raise ValueError(f"an origin has nothing behind host and port, so without {rest!r}")
    if not 0 < port < 65536 or not _is_host(host):
        raise ValueError("expected a host in lower case and a port from 1 to 65535")
    origin = Origin(scheme=scheme, host=host, port=port)
    if str(origin) != text:
        raise ValueError(f"browsers write it {str(origin)!r}")
    return origin


def is_origin(text: str) -> bool:
    """Whether browsers can have a page there: whether `parse_origin` takes it."""
    try:
        parse_origin(text)
    except ValueError:
        return False
    return True


def typed_origin(text: str) -> Origin:
    """The origin that a browser makes of `text`, typed as the beginning of a URL.

    Capitals, the scheme's own port and one slash at the end are taken, and nothing else that
    `parse_origin` refuses.

    Raises:
        ValueError: as `parse_origin`.
    """
    text = text.removesuffix("/").lower()
    for scheme, port in DEFAULT_PORTS.items():
        if text.startswith(f"{scheme}://"):
            text = text.removesuffix(f":{port}")
    return parse_origin(text)


def is_loopback(host: str) -> bool:
    """Whether `host`, as a URL has it, names this machine, as browsers see it.

    https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return _is_address(host[1:-1])
    if host.replace(".", "").isdigit():
        return _is_address(host)
    return all(_LABEL.fullmatch(label) for label in host.split("."))


def _is_address(text: str) -> bool:
    try:
        return str(ipaddress.ip_address(text)) == text
    except ValueError:
        return False
