"""advertised_host(): the host of `--advertise`, by which browsers on other machines call this one.

It becomes the host of URLs, so it is read as browsers read one.
https://url.spec.whatwg.org/#host-parsing
"""

import ipaddress
import re

from cors_harness.terms.origin import EVERY_ADDRESS, is_loopback, parse_origin

EXPECTED = "a name or an address of this machine, such as 192.168.1.20 or devbox.lan"
_PORT = re.compile(r":[0-9]*$")


class AdvertiseError(ValueError):
    """A text that is no host by which another machine could call this one.

    Attributes:
        found, expected: both sides, ready to be read.
        hint: how to write it; may be empty.
    """

    def __init__(self, found: str, hint: str = "") -> None:
        self.found, self.expected, self.hint = found, EXPECTED, hint
        super().__init__("\n  ".join(filter(None, (f"found {found}; expected {EXPECTED}", hint))))


def advertised_host(text: str) -> str:
    """The host as a URL has it, `[fd00::2]` for one; empty: loopback, which is not advertised.

    Raises:
        AdvertiseError: it is no host, or more than one, or none that another machine can call.
    """
    host = text.strip().lower()
    if "@" in host:
        raise AdvertiseError("credentials, which are not shown", "only the host is named")
    if "/" in host:
        raise AdvertiseError(repr(text), "neither scheme nor path: the harness chooses the rest")
    host = _with_brackets(host)
    if host.strip("[]") in EVERY_ADDRESS:
        hint = "that is where servers listen; browsers on other machines call one address"
        raise AdvertiseError(repr(text), hint)
    if not host.endswith("]") and _PORT.search(host):
        raise AdvertiseError(repr(text), "without a port: free ones are taken")
    if "%" in host:
        raise AdvertiseError(repr(text), "an address with a zone cannot stand in a URL")
    try:
        parse_origin(f"http://{host}")
    except ValueError as error:
        raise AdvertiseError(repr(text)) from error
    return "" if host == "127.0.0.1" or _is_loopback_name(host) else host


def _with_brackets(host: str) -> str:
    """An IPv6 address as a URL has it; anything else as it is."""
    try:
        address = ipaddress.IPv6Address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return host
    return host if address.scope_id else f"[{address}]"


def _is_loopback_name(host: str) -> bool:
    """Whether every machine has that name for itself."""
    return is_loopback(host) and "localhost" in host
