"""write_whole(): a file that is written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from cors_harness.errors import UsageError


def write_whole(file: Path, option: str, text: str) -> None:
    """Writes a file in one go: whoever reads it has the old one or the new one, never a half.

    Raises UsageError, which names `option`, where it cannot be written.
    """
    target = file.resolve()
    new = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_file():  # such as /dev/stdout
            target.write_text(text, encoding="utf-8", newline="\n")
            return
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(target)
    except OSError as exc:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise UsageError(f"{option}: {file} cannot be written: {exc.strerror or exc}") from exc
