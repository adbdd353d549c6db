"""reset_of() and the like: how resets, times and counts are written, in options and in TOML."""

import re
from pathlib import Path

from cors_harness.model.subject import Reset, ResetCommand, ResetRequest

SECONDS = "whole seconds from 1 to 86400, such as 120"
_LONGEST_S = 24 * 3600
SESSIONS = "a whole number from 1 to 999, such as 4"

# What begins with a slash and has no space in it is a path.
_METHOD_AND_PATH = re.compile(
    r"(?:(?P<method>GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)\s+)?(?P<path>/[!-~]*)", re.IGNORECASE
)


def reset_of(text: str, folder: Path) -> Reset:
    """The reset that `text` means, which says something.

    `/path` is asked for by POST, `PUT /path` by that method. Anything else is a command, and so is
    the path of a file of this machine, which is its program.

    Args:
        text: as it was written.
        folder: where a command is run.
    """
    text = text.strip()
    match = _METHOD_AND_PATH.fullmatch(text)
    if match and (match["method"] or not Path(text).is_file()):
        return ResetRequest(method=(match["method"] or "POST").upper(), path=match["path"])
    return ResetCommand(text=text, folder=folder)


def seconds_of(text: str) -> int | None:
    """The number of seconds; None where it is none, or makes no sense."""
    seconds = int(text) if re.fullmatch("[0-9]{1,6}", text) else 0
    return seconds if 1 <= seconds <= _LONGEST_S else None


def sessions_of(text: str) -> int | None:
    """The number of sessions; None where it is none."""
    return int(text) if re.fullmatch("[1-9][0-9]{0,2}", text) else None
