"""Origin: scheme, host and port of a tuple origin, and its serialization.

https://html.spec.whatwg.org/multipage/browsers.html#concept-origin-tuple
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cors_harness.terms.refused_value import RefusedValue

DEFAULT_PORTS = {"http": 80, "https": 443}
# fmt: off
BAD_PORTS = frozenset((
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
))
# fmt: on
"""https://fetch.spec.whatwg.org/#port-blocking: a request to one of them is a network error."""

_SHAPE = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^/?#@:\[\]\s]+)(?::(?P<port>\d{1,5}))?"
)
# The last label of what a browser takes for an IPv4 address, or for no host at all:
# https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


# Labels under which a country's registry sells names: nobody has `co.uk` for a parent domain.
# The whole list (https://publicsuffix.org/list/) would only spare one harmless page more, and
# name a site more exactly where a cookie was held back.
REGISTRY_LABELS = frozenset(
    ("ac", "co", "com", "edu", "gov", "gob", "go", "ne", "net", "or", "org")
)


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
    match = _SHAPE.match(text)
    if not match:
        raise ValueError("expected http:// or https:// and a host, such as https://app.example.com")
    scheme, host = match["scheme"], match["host"]
    port = int(match["port"] or DEFAULT_PORTS[scheme])
    if rest := text[match.end() :]:
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


def registrable_domain(host: str) -> str:
    """The part of a host that somebody has registered: `example.com` of `app.example.com`."""
    labels = host.split(".")
    by_country = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in REGISTRY_LABELS
    return ".".join(labels[-3 if by_country else -2 :])


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


def is_local(host: str) -> bool:
    """Whether `host` is this machine or one of its own network, by its address or by its name.

    https://wicg.github.io/local-network-access/#ip-address-space-heading
    """
    if is_loopback(host) or host.endswith(".local"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_private
    except ValueError:
        return False


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return _is_address(host[1:-1])
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return _is_address(host)
    return all(_LABEL.fullmatch(label) for label in host.split("."))


def _is_address(text: str) -> bool:
    try:
        return str(ipaddress.ip_address(text)) == text
    except ValueError:
        return False


EXAMPLE = "http://127.0.0.1:8000"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - found in what people type


class ServerUrlError(RefusedValue):
    """A text that is not the URL of a server."""


def parse_server_url(text: str) -> Origin:
    """The origin of the server at `text`, such as `HTTP://localhost:8000/`.

    Raises:
        ServerUrlError: it has credentials, a path or a query, or is no URL of http or https.
    """
    if "@" in text:
        raise ServerUrlError(
            "credentials in it, which are not shown",
            f"a URL without: {EXAMPLE}",
            "a scenario may send them as a header: Authorization",
        )
    parts = urlsplit(text.strip())
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ServerUrlError(_shown(text), f"http:// or https://, such as {EXAMPLE}")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ServerUrlError(
            f"{_shown(text)}, with more than host and port",
            f"{parts.scheme}://{parts.netloc}",
            "paths are named by the scenarios: request: {path: …}",
        )
    if parts.hostname in EVERY_ADDRESS:
        raise ServerUrlError(f"{_shown(text)}, where servers listen", EXAMPLE)
    try:
        return _origin(parts.scheme, parts.hostname, parts.port)
    except ValueError as error:
        raise ServerUrlError(_shown(text), f"a URL such as {EXAMPLE}", str(error)) from error


def _origin(scheme: str, hostname: str, port: int | None) -> Origin:
    host = f"[{hostname}]" if ":" in hostname else hostname
    default = port in {None, DEFAULT_PORTS[scheme]}
    return parse_origin(f"{scheme}://{host}" + ("" if default else f":{port}"))


def _shown(text: str) -> str:
    """`text` without its query, which may hold a token."""
    return repr(text.partition("?")[0].partition("#")[0])
