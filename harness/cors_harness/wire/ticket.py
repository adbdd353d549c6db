"""Ticket: what a browser on another machine shows at the entry, as the path of a URL.

It proves that whoever made the URL has the token of the run, and does not give the token away:
nobody can make another ticket of it.
https://www.rfc-editor.org/rfc/rfc2104
"""

import base64
import hashlib
import hmac
import re
import secrets

from cors_harness.terms.secrets import HIDDEN

_NONCE_BYTES = 16
_TICKET = re.compile(r"(?<=/)[\w-]{22}\.[\w-]{43}(?![\w.-])", re.ASCII)


def new_token() -> str:
    """A token of a run: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_ticket(token: str) -> str:
    """A ticket of a run, `NONCE.PROOF`; another one each time."""
    nonce = _text(secrets.token_bytes(_NONCE_BYTES))
    return f"{nonce}.{_proof(token, nonce)}"


def nonce_of(ticket: str, token: str) -> str | None:
    """What tells a ticket from all others; None: it is none of this run."""
    nonce, _, proof = ticket.partition(".")
    return nonce if hmac.compare_digest(proof, _proof(token, nonce)) else None


def without_tickets(text: str) -> str:
    """`text` as it may be shown and kept."""
    return _TICKET.sub(HIDDEN, text)


def _proof(token: str, nonce: str) -> str:
    return _text(hmac.digest(token.encode(), nonce.encode(), hashlib.sha256))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
