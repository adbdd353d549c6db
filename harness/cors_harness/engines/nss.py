"""NSS database: where Chromium on Linux and Firefox keep the authorities that they trust."""

import sys
from pathlib import Path

from cors_harness.engines.processes import run_through
from cors_harness.engines.tools import CERTUTIL
from cors_harness.errors import EngineFailed, EngineMissing


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


async def _certutil(engine: str, *words: str) -> None:
    try:
        status, said = await run_through((CERTUTIL.program, *words))
    except FileNotFoundError:
        why, command = f"{engine} {CERTUTIL.what_for}", CERTUTIL.install_command(sys.platform)
        raise EngineMissing(engine, why, command, tool=CERTUTIL.program) from None
    if status != 0:
        raise EngineFailed(f"{engine}: certutil {words[0]} ended with status {status}: {said}")
