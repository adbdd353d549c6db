"""Trust: what a browser of Playwright's is given so that it trusts an authority of ours.

The authority is trusted as one that the user installed, no check is switched off: an expired or
a wrong certificate fails as in production. Where an engine has no such way, errors of
certificates are ignored, and the driver's name says so.
"""

import os
import shlex
import sys
from pathlib import Path
from typing import Any

from cors_harness.engine_kinds.kind import CaStore
from cors_harness.engines.found import EngineFound
from cors_harness.engines.registry import CERTUTIL
from cors_harness.errors import EngineFailed, EngineMissing
from cors_harness.processes.groups import run_through
from cors_harness.processes.statuses import status_text
from cors_harness.processes.temporary import make_folder, remove_folder


async def make_database(folder: Path, authority: Path, engine: str) -> None:
    """Makes a database in `folder` in which one authority may sign for servers.

    Args:
        folder: an empty one.
        authority: its certificate, PEM.
        engine: for whom, to say so.

    Raises:
        EngineMissing: certutil is not installed.
        EngineFailed: certutil refuses, with its words.
    """
    database = ("-d", f"sql:{folder}")
    await _certutil(engine, "-N", *database, "--empty-password")
    await _certutil(
        engine, "-A", *database, "-n", "cors-harness", "-t", "C,,", "-i", str(authority)
    )


async def _certutil(engine: str, *arguments: str) -> None:
    try:
        status, printed = await run_through((CERTUTIL.program, *arguments))
    except FileNotFoundError:
        why, command = f"{engine} {CERTUTIL.what_for}", CERTUTIL.install_command(sys.platform)
        raise EngineMissing(engine, why, command, tool=CERTUTIL.program) from None
    if status != 0:
        ended = f"certutil {arguments[0]} ended with {status_text(status)}"
        raise EngineFailed(f"{engine}: {ended}: {printed}")


IGNORES = "certificate errors ignored"
# NSS knows the profile only once it runs; the driver makes the profile and names it to us.
PROFILE_SCRIPT = """\
#!/bin/sh
previous=
for each do
  case "$previous" in
    -profile | --profile) cp {database}/cert9.db {database}/key4.db "$each"/ || exit ;;
  esac
  previous=$each
done
exec {browser} "$@"
"""


class Trust:
    """Files in a private folder, and the options of Playwright's that lead to them.

    Attributes:
        launch: options for launching the browser.
        context: options for every context.
        note: what the driver's name must admit, mostly nothing.
    """

    def __init__(self) -> None:
        self.launch: dict[str, Any] = {}
        self.context: dict[str, Any] = {}
        self.note = ""
        self._folder: Path | None = None

    async def make(self, browser: EngineFound, authority: Path, own_build: str) -> None:
        """Makes what `browser` needs to trust `authority`.

        Args:
            browser: that was found.
            authority: its certificate, PEM.
            own_build: Playwright's own build of it, used where `browser` names no file.

        Raises:
            EngineMissing: certutil is not installed.
            EngineFailed: it cannot be made.
        """
        match browser.kind.ca_store(sys.platform):
            case CaStore.HOME:
                home, database = self._private_folder(".pki/nssdb")
                await make_database(database, authority, browser.name)
                self.launch = {"env": {**os.environ, "HOME": str(home)}}
            case CaStore.PROFILE:
                file = _file(browser, own_build)
                folder, database = self._private_folder("nss")
                await make_database(database, authority, browser.name)
                self.launch = {"executable_path": str(_write_script(folder, database, file))}
            case CaStore.SYSTEM:
                self.context, self.note = {"ignore_https_errors": True}, IGNORES

    def close(self) -> None:
        """Removes the folder; idempotent."""
        if self._folder is not None:
            remove_folder(self._folder)
            self._folder = None

    def _private_folder(self, below: str) -> tuple[Path, Path]:
        self._folder = make_folder("trust")
        database = self._folder / below
        database.mkdir(parents=True)
        return self._folder, database


def _file(browser: EngineFound, own_build: str) -> str:
    if browser.channel is not None:
        raise EngineFailed(
            f"{browser.name}: {browser.build}: to trust the authority of real origins the browser's"
            f" file must be known; name it with --browser-executable {browser.name}=FILE"
        )
    return str(browser.executable or own_build)


def _write_script(folder: Path, database: Path, browser: str) -> Path:
    script = folder / "browser"
    quoted = {"database": shlex.quote(str(database)), "browser": shlex.quote(browser)}
    script.write_text(PROFILE_SCRIPT.format(**quoted))
    script.chmod(0o700)
    return script
