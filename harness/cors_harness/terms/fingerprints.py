"""Fingerprints: what stands for secrets in what is shown and kept; equal values have equal ones."""

import hmac
import os
import re
from dataclasses import dataclass, field

# 48 bits: of a million different values two are alike once in 500 runs.
_DIGITS = 12
FINGERPRINT = re.compile(rf"fingerprint-[0-9a-f]{{{_DIGITS}}}")
KEY_BYTES = 32
_OF_THIS_PROCESS = os.urandom(KEY_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprints:
    """Makes fingerprints under one key: without it nobody can try out what has been hidden.

    They have letters, digits and `-` only, so that they stand everywhere as they are: in a URL, a
    cookie, JSON. https://www.rfc-editor.org/rfc/rfc2104

    Attributes:
        key: 32 random bytes; that of this process where nobody keeps one.
    """

    key: bytes = field(default=_OF_THIS_PROCESS, repr=False)

    def of(self, value: str) -> str:
        """What stands for `value`; an empty one stays, and so does what is one already."""
        if not value or FINGERPRINT.fullmatch(value):
            return value
        digest = hmac.digest(self.key, value.encode("utf-8", "surrogatepass"), "sha256").hex()
        return f"fingerprint-{digest[:_DIGITS]}"
