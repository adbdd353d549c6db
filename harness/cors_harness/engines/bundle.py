"""BundleTrust: how MiniBrowser is started so that it believes an authority of ours.

WebKitGTK trusts what the system's one file of certificates holds, and has no option to trust
more. So MiniBrowser sees our authority's own file in its place, in a mount namespace of its own;
nothing on the machine changes. It trusts nobody else then, and has nobody else to trust: all TLS
of a run ends in our gate. The system's certificates are left out for speed as well: GnuTLS parses
the whole file, a hundred and more, anew for every connection. Where the system forbids such
namespaces, errors of certificates are ignored instead, and the driver's name says so.
"""

from collections.abc import Iterator
from pathlib import Path

from cors_harness.engines.processes import run_through
from cors_harness.engines.trust import IGNORES

# Debian, Fedora, openSUSE, Alpine.
PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
MOUNT_AND_GO = 'mount --bind "$0" "$1" && shift && exec "$@"'
IGNORE_ERRORS = "--ignore-tls-errors"


class BundleTrust:
    """How a file of certificates comes before MiniBrowser's eyes.

    Attributes:
        prefix: what MiniBrowser's own command line is put behind.
        options: options of MiniBrowser's.
        note: what the driver's name must admit, mostly nothing.
    """

    def __init__(self) -> None:
        self.prefix: tuple[str, ...] = ()
        self.options: tuple[str, ...] = ()
        self.note = ""

    async def make(self, authority: Path) -> None:
        """Finds the way that works on this machine.

        Args:
            authority: a certificate, PEM; the file must stay while MiniBrowser runs.
        """
        for system in _system_bundle():
            for prefix in _ways(authority, system):
                if await _shows(prefix, authority, system):
                    self.prefix = prefix
                    return
        self.options, self.note = (IGNORE_ERRORS,), IGNORES


def _system_bundle() -> tuple[Path, ...]:
    """The system's file; none where no package of certificates is installed."""
    return tuple(path.resolve() for path in map(Path, PLACES) if path.is_file())[:1]


def _ways(ours: Path, system: Path) -> Iterator[tuple[str, ...]]:
    """Command lines that run the program behind them with `ours` in the place of `system`."""
    seen = ("--dev-bind", "/", "/", "--ro-bind", str(ours), str(system))
    yield ("bwrap", "--die-with-parent", *seen, "--")
    yield (
        "unshare",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        MOUNT_AND_GO,
        str(ours),
        str(system),
    )


async def _shows(prefix: tuple[str, ...], ours: Path, system: Path) -> bool:
    try:
        status, _ = await run_through((*prefix, "cmp", str(ours), str(system)))
    except FileNotFoundError:
        return False
    return status == 0
