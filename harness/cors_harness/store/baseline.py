"""The baseline file: accepted facts as text that people review in a pull request."""

import contextlib
import os
from pathlib import Path

from cors_harness.errors import BaselineError
from cors_harness.model.baseline import Baseline
from cors_harness.store.baseline_reading import parse_baseline
from cors_harness.store.baseline_text import baseline_text

__all__ = ["DEFAULT_NAME", "baseline_text", "read_baseline", "write_baseline"]

# Beside the scenarios, whose folder is read for *.yaml.
DEFAULT_NAME = "cors-baseline.txt"


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Puts `baseline` in place of `path`, whole or not at all; raises BaselineError."""
    target = path.resolve()
    new = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        data = baseline_text(baseline).encode()
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(new, data)
        if target.exists():
            new.chmod(target.stat().st_mode)
        new.replace(target)
    except (OSError, UnicodeEncodeError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        hint = "choose another place: --out FILE"
        raise BaselineError([f"{path}: cannot be written: {reason}\n  {hint}"]) from exc
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # else a power cut may leave an empty file under the name


def read_baseline(path: Path) -> Baseline:
    """What was accepted; raises BaselineError with every problem of the file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as exc:
        hint = "accept what browsers do now: cors-harness record"
        raise BaselineError([f"{path}: there is no baseline\n  {hint}"]) from exc
    except OSError as exc:
        hint = "name the baseline's file: --baseline FILE"
        raise BaselineError([f"{path}: cannot be read: {exc.strerror or exc}\n  {hint}"]) from exc
    return parse_baseline(data, str(path))
