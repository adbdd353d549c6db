"""Makes the engine for what was found on this machine; Playwright is imported only when used."""

from cors_harness.engines.base import Engine, LaunchOptions
from cors_harness.engines.found import Driver, EngineFound


def make_engine(found: EngineFound, ways: LaunchOptions) -> Engine:
    """An engine that is not started yet."""
    if found.driver is Driver.MINIBROWSER:
        from cors_harness.engines.minibrowser import MiniBrowserEngine

        return MiniBrowserEngine(found, ways)
    from cors_harness.engines.playwright import PlaywrightEngine

    return PlaywrightEngine(found, ways)
