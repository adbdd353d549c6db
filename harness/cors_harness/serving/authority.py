"""Authority: the certificate authority of one run, in a folder that ends with it.

Nothing but the browsers of the run, which are told to, trusts it.
"""

import datetime
import os
from dataclasses import dataclass
from pathlib import Path

from cors_harness.errors import UsageError
from cors_harness.processes.temporary import make_folder, remove_folder
from cors_harness.text.problems import shown

# A clock that is wrong, or set right in the middle of a run, does no harm. Browsers trust no
# certificate of more than 398 days.
_HALF_A_YEAR = datetime.timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A certificate and its key.

    Attributes:
        certificate: PEM, the chain without the authority's own certificate.
        key: PEM, unencrypted; only its owner may read it.
    """

    certificate: Path
    key: Path


class Authority:
    """Issues certificates for the origins of one run.

    Attributes:
        ca_pem: its own certificate, which browsers must trust.
    """

    def __init__(self) -> None:
        import trustme  # noqa: PLC0415 - it takes long, and most runs have no real origins

        self._folder = make_folder("ca")
        self._ca = trustme.CA(organization_name="cors-harness, for one run")
        self._issued: dict[tuple[str, bool], Issued] = {}
        self.ca_pem = self._write("ca.pem", self._ca.cert_pem.bytes())

    def pem(self) -> tuple[str, str]:
        """Its certificate and its key, for whoever has to issue more in this run."""
        return self._ca.cert_pem.bytes().decode(), self._ca.private_key_pem.bytes().decode()

    def issue(self, host: str, *, expired: bool = False) -> Issued:
        """A certificate for `host`, the same one each time; `expired`: for half a year.

        Args:
            host: a DNS name or an address as a URL has it: `app.example.com`, `127.0.0.1`, `[::1]`.
            expired: whether its validity has ended.

        Raises:
            ValueError: `host` is neither.
        """
        if (host, expired) not in self._issued:
            self._issued[host, expired] = self._make(host.strip("[]"), expired=expired)
        return self._issued[host, expired]

    def close(self) -> None:
        """Remove the folder with everything in it; may be called more than once."""
        remove_folder(self._folder)

    def _make(self, host: str, *, expired: bool) -> Issued:
        now = datetime.datetime.now(datetime.UTC)
        try:
            leaf = self._ca.issue_cert(
                host,
                not_before=now - 2 * _HALF_A_YEAR if expired else now - _HALF_A_YEAR,
                not_after=now - _HALF_A_YEAR if expired else now + _HALF_A_YEAR,
            )
        except UnicodeError as error:  # that of IDNA
            raise UsageError(
                f"no certificate can be made for the host {shown(host)}: {error}\n"
                "  expected labels of letters, digits and hyphens, not two of these in the third"
                " and fourth place"
            ) from error
        stem = f"{len(self._issued)}"
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        return Issued(
            certificate=self._write(f"{stem}.pem", chain),
            key=self._write(f"{stem}.key", leaf.private_key_pem.bytes()),
        )

    def _write(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        return path
