"""RunSettings: everything about a run that is not which cells it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class UserApp:
    """An app of the user's.

    Attributes:
        spec: `package.module:app` or `package.module:create_app()`.
        folder: where its package lies.
    """

    spec: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How to run.

    Attributes:
        app: the app that plays the server `app`.
        executables: engine name to the browser file that is to be used for it.
        channel: a browser by Playwright's name for it, such as `chrome`, for the engine it is.
        headed: show the browsers.
        isolated: every cell alone in a fresh context, to prove that batching changes nothing.
        allow_missing: go on without engines that are not there; their cells are skipped aloud.
        timeout_ms: milliseconds a call may take unless its scenario says otherwise.
        stall_s: seconds without a sign of life from a page before its engine counts as hung.
        concurrency: cells that one page runs at the same time.
    """

    app: UserApp | None = None
    executables: Mapping[str, Path] = field(default_factory=dict)
    channel: str | None = None
    headed: bool = False
    isolated: bool = False
    allow_missing: bool = False
    timeout_ms: int = 10_000
    stall_s: float = 15.0
    concurrency: int = 32
