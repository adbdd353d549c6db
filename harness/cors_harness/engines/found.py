"""EngineFound: a browser that is on this machine, and the driver that will open pages in it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.engine_kinds.table import engine_kinds

if TYPE_CHECKING:
    from cors_harness.engine_kinds.kind import EngineKind


class Driver(StrEnum):
    """What opens pages in a browser; `registry` has a row for each."""

    PLAYWRIGHT = "playwright"
    BIDI = "bidi"  # stock Firefox over WebDriver BiDi, by ourselves
    PLAYWRIGHT_BIDI = "playwright-bidi"  # the same by Playwright
    MINIBROWSER = "minibrowser"  # WebKitGTK's own small browser, no automation


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFound:
    """A browser on this machine.

    Attributes:
        name: of its engine: `chromium`, `firefox` or `webkit`.
        executable: the file to start; None: Playwright knows where its own build is.
        build: `Playwright chromium-1187`, `system /usr/bin/chromium`, ...
        version: as the file itself says, None when it must be started to know.
        channel: Playwright's name for the build; None: the engine's usual one.
    """

    name: str
    executable: Path | None
    driver: Driver
    build: str
    version: str | None = None
    channel: str | None = None

    @property
    def kind(self) -> "EngineKind":
        """The facts of its engine."""
        return engine_kinds()[self.name]
