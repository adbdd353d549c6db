"""The table of drivers: every row is whole, and versions that do not go together are said."""

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error

from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.engines.base import LaunchOptions
from cors_harness.engines.found import Driver, EngineFound
from cors_harness.engines.playwright import PlaywrightEngine
from cors_harness.engines.registry import (
    DRIVERS,
    check_driver_fits,
    engine_version,
    make_engine,
    playwright_version,
    system_driver,
    tool_of,
)
from cors_harness.errors import EngineFailed, EngineMissing, EngineUndrivable

COMMAND = "emulation.setMediaFeaturesOverride"


def browser(driver: Driver, version: str | None = None, name: str = "firefox") -> EngineFound:
    return EngineFound(
        name=name, executable=Path("/b"), driver=driver, build="system /b", version=version
    )


def test_every_driver_has_a_row() -> None:
    assert set(DRIVERS) == set(Driver)


@pytest.mark.parametrize("driver", Driver)
def test_engine_is_of_the_class_that_the_row_names(driver: Driver) -> None:
    row = DRIVERS[driver]
    module, _, name = row.engine_class.partition(":")
    for engine_name in row.labels:
        engine = make_engine(browser(driver, name=engine_name), LaunchOptions())
        assert type(engine) is getattr(import_module(module), name)
        assert engine.hears_console in {True, False}
        assert engine.at_once > 0


@pytest.mark.parametrize("name", ENGINE_NAMES)
def test_engine_has_one_driver_of_system_builds(name: str) -> None:
    drivers = [driver for driver, row in DRIVERS.items() if name in row.system_builds]
    assert drivers == [system_driver(name)]
    assert name in DRIVERS[system_driver(name)].labels


RECORDED = {
    "Playwright's": (Driver.PLAYWRIGHT, "chromium", "", "Playwright", "Chromium 1.2"),
    "over BiDi": (Driver.BIDI, "firefox", "", "WebDriver BiDi", "Firefox 1.2"),
    "Playwright's over BiDi": (
        Driver.PLAYWRIGHT_BIDI,
        "firefox",
        "",
        "Playwright (WebDriver BiDi)",
        "Firefox 1.2",
    ),
    "with a note": (
        Driver.MINIBROWSER,
        "webkit",
        "certificate errors ignored",
        "MiniBrowser (no automation; certificate errors ignored)",
        "WebKitGTK 1.2, not Safari",
    ),
}


@pytest.mark.parametrize(
    ("driver", "name", "note", "recorded", "label"), RECORDED.values(), ids=RECORDED
)
def test_record_says_what_drove_what(
    driver: Driver, name: str, note: str, recorded: str, label: str
) -> None:
    version = engine_version(browser(driver, name=name), "1.2", note)
    assert (version.name, version.driver, version.label) == (name, recorded, label)


# Playwright, driver, the browser's version, and whether they go together as far as is known.
FITS = {
    "as measured": ("1.65.2", Driver.PLAYWRIGHT_BIDI, "153.8.0esr", False),
    "first release": ("1.65.0", Driver.PLAYWRIGHT_BIDI, "153.8.0esr", False),
    "release before": ("1.64.1", Driver.PLAYWRIGHT_BIDI, "153.8.0esr", True),
    "release that nobody tried": ("1.66.0", Driver.PLAYWRIGHT_BIDI, "153.8.0esr", True),
    "another that begins alike": ("1.650.0", Driver.PLAYWRIGHT_BIDI, "153.8.0esr", True),
    "last Firefox without the command": ("1.65.2", Driver.PLAYWRIGHT_BIDI, "158.0.1", False),
    "first Firefox with it": ("1.65.2", Driver.PLAYWRIGHT_BIDI, "159.0", True),
    "not by Playwright": ("1.65.2", Driver.BIDI, "153.8.0esr", True),
    "Playwright's own build": ("1.65.2", Driver.PLAYWRIGHT, "153.0", True),
    "version known once it runs": ("1.65.2", Driver.PLAYWRIGHT_BIDI, None, True),
}


@pytest.mark.parametrize(("release", "driver", "version", "fits"), FITS.values(), ids=FITS)
def test_playwright_that_cannot_drive_a_browser_is_said(
    monkeypatch: pytest.MonkeyPatch,
    release: str,
    driver: Driver,
    version: str | None,
    fits: bool,
) -> None:
    monkeypatch.setattr("cors_harness.engines.registry.playwright_version", lambda: release)
    if fits:
        check_driver_fits(browser(driver, version))
        return
    with pytest.raises(EngineUndrivable) as undrivable:
        check_driver_fits(browser(driver, version))
    text = str(undrivable.value)
    assert text.startswith(f"firefox cannot be driven: Playwright {release} gives Firefox")
    assert COMMAND in text
    assert text.endswith("\n  install a version that can: pip install 'playwright<1.65'")


def test_browser_that_cannot_be_driven_counts_as_missing() -> None:
    """So it can be skipped aloud, and ends a run with the same status."""
    assert issubclass(EngineUndrivable, EngineMissing)
    assert EngineUndrivable.exit_status == 3


class _Browser:
    """Starts, and answers a driver's first command."""

    version = "153.8.0"

    def __init__(self, answer: str) -> None:
        self.answer = answer

    async def new_context(self, **_: object) -> None:
        raise Error(self.answer)

    async def close(self) -> None:
        pass


class _Playwright:
    """Stands in for Playwright's driver."""

    def __init__(self, answer: str) -> None:
        self.firefox, self.executable_path, self.answer = self, "", answer

    async def start(self) -> Any:
        return self

    async def launch(self, **_: object) -> _Browser:
        return _Browser(self.answer)

    async def stop(self) -> None:
        pass


ANSWERS = {
    "unknown command": (
        f"Browser.new_context: Protocol error ({COMMAND}): unknown command\nMessage: {COMMAND}",
        EngineUndrivable,
        f"Playwright {playwright_version()} gives Firefox 153.8.0 a command that it does not know",
    ),
    "something else": ("Protocol error: nope", EngineFailed, "does not start or stay up:\n  Proto"),
}


@pytest.mark.parametrize(("answer", "error", "text"), ANSWERS.values(), ids=ANSWERS)
def test_first_page_shows_what_no_row_knows(
    monkeypatch: pytest.MonkeyPatch, answer: str, error: type[Exception], text: str
) -> None:
    monkeypatch.setattr(
        "cors_harness.engines.playwright_driver.async_playwright", lambda: _Playwright(answer)
    )
    engine = PlaywrightEngine(browser(Driver.PLAYWRIGHT_BIDI), LaunchOptions())
    with pytest.raises(error, match=text):
        asyncio.run(engine.start())


TOOLS = {
    "chromium": ("linux", "chromium", Driver.PLAYWRIGHT, "certutil"),
    "chromium on macOS": ("darwin", "chromium", Driver.PLAYWRIGHT, None),
    "stock Firefox": ("linux", "firefox", Driver.BIDI, "certutil"),
    "stock Firefox by Playwright": ("linux", "firefox", Driver.PLAYWRIGHT_BIDI, "certutil"),
    "Playwright's Firefox": ("darwin", "firefox", Driver.PLAYWRIGHT, "certutil"),
    "MiniBrowser": ("linux", "webkit", Driver.MINIBROWSER, "bwrap"),
    "Playwright's WebKit": ("linux", "webkit", Driver.PLAYWRIGHT, None),
}


@pytest.mark.parametrize(("platform", "name", "driver", "program"), TOOLS.values(), ids=TOOLS)
def test_tool_is_what_the_engine_needs_beside_it(
    platform: str, name: str, driver: Driver, program: str | None
) -> None:
    found = EngineFound(name=name, executable=None, driver=driver, build="")
    tool = tool_of(found, platform)
    assert (tool.program if tool else None) == program
