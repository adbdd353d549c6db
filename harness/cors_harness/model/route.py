"""Route: where the requests of one origin go, and Refusal: what the gate let nobody reach."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cors_harness.terms.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens that speaks HTTP/1.1.

    Attributes:
        host: a name or an address, IPv6 without brackets.
        tls_name: where it speaks TLS the name that its certificate must be good for; the authority
            behind that must be one that this machine, or SSL_CERT_FILE, trusts. None: no TLS.
    """

    port: int
    host: str = "127.0.0.1"
    tls_name: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it may be a port that the harness gave out: on 127.0.0.1, without TLS."""
        return self.host == "127.0.0.1" and self.tls_name is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A server behind an origin.

    Attributes:
        role: of the origin that the record names: `server`, `other`, `third`; `page`: what goes
            there is recorded where it is a cell's; None: nothing that goes there is recorded.
        forwarded: whether its requests tell by X-Forwarded-* that browsers call it by https.
    """

    address: Address
    role: str | None
    forwarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An origin that browsers reach through the gate, and the servers that stand behind it.

    Attributes:
        origin: as the browsers see it.
        certificate, key: PEM files for https, chain and private key; None for http.
        default: for requests whose token has no entry in `by_key`; None: such are closed unheard.
        by_key: for requests with a token `KEY.N`, by KEY.
    """

    origin: Origin
    certificate: Path | None = None
    key: Path | None = None
    default: Backend | None = None
    by_key: Mapping[str, Backend] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A connection that came to nothing at the gate.

    Attributes:
        client: whose connection it was, as `open_gate` was told: an engine's name.
        why: `not mapped`; `no server for this request`; `TLS alert NAME`, the browser's own;
            `TLS: REASON` or `HTTP/2: REASON`, in the libraries' words, such as `TLS: closed during
            the handshake`.
        count: how often.
    """

    host: str
    port: int
    client: str
    why: str
    count: int
