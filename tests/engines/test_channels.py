"""Which engine a browser channel is a build of."""

import pytest

from cors_harness.engines.found import Driver
from cors_harness.engines.playwright_builds import engine_of, find_channel
from cors_harness.errors import UsageError

ENGINES = {
    "chrome": "chromium",
    "chrome-beta": "chromium",
    "msedge": "chromium",
    "msedge-dev": "chromium",
    "chromium": "chromium",
    "moz-firefox": "firefox",
    "moz-firefox-nightly": "firefox",
}


@pytest.mark.parametrize(("channel", "engine"), ENGINES.items(), ids=ENGINES)
def test_channel_is_a_build_of_one_engine(channel: str, engine: str) -> None:
    assert engine_of(channel) == engine


@pytest.mark.parametrize("channel", ["opera", "chromee", "", "-beta"])
def test_unknown_channel_is_wrong_usage(channel: str) -> None:
    with pytest.raises(UsageError, match="expected one of chrome, msedge, chromium, moz-firefox"):
        engine_of(channel)


def test_channel_replaces_only_its_own_engine() -> None:
    assert find_channel("webkit", "chrome") is None
    assert find_channel("chromium", None) is None


@pytest.mark.parametrize(
    ("engine", "channel", "driver"),
    [
        ("chromium", "msedge", Driver.PLAYWRIGHT),
        ("firefox", "moz-firefox-beta", Driver.PLAYWRIGHT_BIDI),
    ],
)
def test_channel_is_what_is_reported(engine: str, channel: str, driver: Driver) -> None:
    found = find_channel(engine, channel)
    assert found is not None
    assert (found.name, found.channel, found.driver) == (engine, channel, driver)
    assert found.build == f"channel {channel}"
