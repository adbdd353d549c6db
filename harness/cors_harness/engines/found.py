"""EngineFound: a browser that is on this machine, and how it will be driven."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Driver(StrEnum):
    """Who opens pages in the engine."""

    PLAYWRIGHT = "playwright"
    BIDI = "playwright-bidi"  # stock Firefox over WebDriver BiDi
    MINIBROWSER = "minibrowser"  # WebKitGTK's own small browser, no automation


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFound:
    """A browser on this machine.

    Attributes:
        name: `chromium`, `firefox` or `webkit`.
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
