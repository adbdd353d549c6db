"""Channels: browsers that the user names as Playwright does, such as `chrome` or `msedge-beta`."""

from cors_harness.engines.found import Driver, EngineFound
from cors_harness.errors import UsageError

FAMILIES = {"chrome": "chromium", "msedge": "chromium", "chromium": "chromium"}
FIREFOX_CHANNEL = "moz-firefox"


def engine_of(channel: str) -> str:
    """The engine that a channel is a build of; raises UsageError for a name nobody knows."""
    if channel.startswith(FIREFOX_CHANNEL):
        return "firefox"
    family = channel.split("-", 1)[0]
    if family not in FAMILIES:
        known = ", ".join([*FAMILIES, FIREFOX_CHANNEL])
        raise UsageError(f"browser channel: found {channel!r}; expected one of {known}")
    return FAMILIES[family]


def find_channel(name: str, channel: str | None) -> EngineFound | None:
    """The channel's browser if it is a build of engine `name`; Playwright looks for the file."""
    if channel is None or engine_of(channel) != name:
        return None
    driver = Driver.BIDI if name == "firefox" else Driver.PLAYWRIGHT
    build = f"channel {channel}"
    return EngineFound(name=name, executable=None, driver=driver, build=build, channel=channel)
